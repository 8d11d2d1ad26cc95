"""The tables of the outbox and what stands beside it; written and read by hand-made statements only."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import UserDefinedType

from scholr.platform.db.personal import About, Erasure, Kind, describe, nobodys, of
from scholr.platform.db.tables import CURRENT_TENANT, Base


class Xid8(UserDefinedType[Any]):
    """A transaction's number that does not wrap around."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        return "xid8"


class PgSnapshot(UserDefinedType[Any]):
    """Which transactions could be seen at one moment."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        return "pg_snapshot"


Table(
    "platform_outbox",
    Base.metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("seq", BigInteger, Identity(always=True), nullable=False),
    Column("xid", Xid8, nullable=False, server_default=text("pg_current_xact_id()")),
    Column("aggregatetype", Text, nullable=False),
    Column("aggregateid", Uuid, nullable=False),
    Column("type", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("traceparent", Text),
    Column("origin", JSONB),
    Column("shard", SmallInteger, Computed("(uuid_hash_extended(aggregateid, 0) & 7)::smallint", persisted=True)),
    Index("ix_platform_outbox_cursor", "shard", "xid"),
)

Table(
    "platform_outbox_shard",
    Base.metadata,
    Column("shard", SmallInteger, primary_key=True, autoincrement=False),
    Column("done", PgSnapshot, nullable=False),
    Column("upto", PgSnapshot),
    Column("position", BigInteger, nullable=False, server_default="0"),
)

Table(
    "platform_outbox_lane",
    Base.metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("shard", SmallInteger, primary_key=True, autoincrement=False),
    Column("since", PgSnapshot, nullable=False),
    Column("upto", PgSnapshot),
    Column("position", BigInteger, nullable=False, server_default="0"),
    Column("served_at", DateTime(timezone=True), nullable=False, server_default=text("'-infinity'")),
)

Table(
    "platform_inbox",
    Base.metadata,
    Column("tenant_id", Uuid, primary_key=True, server_default=text(CURRENT_TENANT)),
    Column("consumer", Text, primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("handled_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("ix_platform_inbox_handled_at", "handled_at"),
)

_WAITING = text("state = 'waiting'")

Table(
    "platform_delivery",
    Base.metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("consumer", Text, primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("aggregateid", Uuid, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("attempts", Integer, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("last_error", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    ForeignKeyConstraint(["tenant_id", "event_id"], ["platform_outbox.tenant_id", "platform_outbox.id"]),
    CheckConstraint("state in ('waiting', 'dead')", name="state"),
    Index("ix_platform_delivery_due_at", "due_at", postgresql_where=_WAITING),
    Index("ix_platform_delivery_order", "tenant_id", "consumer", "aggregateid", "seq", postgresql_where=_WAITING),
    Index("ix_platform_delivery_event", "tenant_id", "event_id"),
)

describe(
    "platform_outbox",
    About(
        "What happened, on its way to those whom it concerns",
        personal=of(Kind.BEHAVIOUR, "payload", "aggregateid") | of(Kind.TECHNICAL, "origin", "traceparent"),
        things=("aggregatetype", "type", "xid"),
        retention="events",
        erasure=Erasure.UNREADABLE,
        withheld=dict.fromkeys(
            ("payload", "aggregateid", "origin", "traceparent"),
            "a passing copy of what is exported from where it is kept",
        ),
    ),
)
describe("platform_outbox_shard", nobodys("How far the outbox was read", "done", "upto"))
describe("platform_outbox_lane", nobodys("How far one organisation's own line was read", "since", "upto"))
describe("platform_inbox", nobodys("Which event was handled", "consumer", "event_id"))
describe(
    "platform_delivery",
    About(
        "An event that could not be handled yet",
        personal=of(Kind.TECHNICAL, "last_error", "aggregateid"),
        things=("consumer", "event_id", "state"),
        retention="until it is done",
        erasure=Erasure.EXPIRES,
        withheld={
            "last_error": "what the program said when it failed",
            "aggregateid": "a passing copy of what is exported from where it is kept",
        },
    ),
)
