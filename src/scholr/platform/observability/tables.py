"""What the deployment keeps of its own figures. They belong to no organisation and name nobody."""

from sqlalchemy import BigInteger, Column, DateTime, Float, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from scholr.platform.db.personal import describe, nobodys
from scholr.platform.db.tables import Base

Table(
    "platform_signal",
    Base.metadata,
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("width", Integer, primary_key=True, autoincrement=False),
    Column("process", Uuid, primary_key=True),
    Column("class", Text, primary_key=True),
    Column("ok", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("buckets", ARRAY(BigInteger), nullable=False),
)

Table(
    "platform_signal_process",
    Base.metadata,
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("process", Uuid, primary_key=True),
    Column("service", Text, nullable=False),
    Column("facts", JSONB, nullable=False),
    Index("ix_platform_signal_process_service", "service", "at"),
)

describe("platform_signal", nobodys("Figures of the deployment", "process", "class", "buckets"))
describe("platform_signal_process", nobodys("Figures of a process", "process", "service", "facts"))
