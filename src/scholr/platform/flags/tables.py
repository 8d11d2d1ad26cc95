"""Rules of flags, and every change of one. Written by operators only."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, Table, Text, Uuid, func

from scholr.platform.db.personal import About, Erasure, Kind, describe, nobodys, of
from scholr.platform.db.tables import Base

Table(
    "platform_flag_rule",
    Base.metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("variant", Text, nullable=False),
    Column("share", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
)

Table(
    "platform_flag_change",
    Base.metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("action", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("variant", Text, nullable=False),
    Column("share", Integer, nullable=False),
    Column("operator", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_platform_flag_change_seq", "seq"),
    Index("ix_platform_flag_change_changed_at", "changed_at"),
)

describe("platform_flag_rule", nobodys("What is switched on for whom", "key", "scope", "subject", "variant"))
describe(
    "platform_flag_change",
    About(
        "Every change of what is switched on, by which operator, and why",
        personal=of(Kind.IDENTITY, "operator") | of(Kind.WORDS, "reason"),
        things=("action", "key", "scope", "subject", "variant"),
        retention="for ever",
        erasure=Erasure.KEPT,
        withheld=dict.fromkeys(("operator", "reason"), "the deployment's own log of its operators"),
    ),
)
