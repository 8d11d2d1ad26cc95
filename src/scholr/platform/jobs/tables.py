"""The tables of jobs and of those who run them; written and read by hand-made statements only."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from scholr.platform.db.personal import About, Erasure, Kind, describe, nobodys, of
from scholr.platform.db.tables import CURRENT_TENANT, Base

_WAITING = text("state = 'waiting'")

Table(
    "platform_job",
    Base.metadata,
    Column("tenant_id", Uuid, primary_key=True, server_default=text(CURRENT_TENANT)),
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("key", Text),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("worker_id", Uuid),
    Column("heartbeat_at", DateTime(timezone=True)),
    Column("last_error", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("state in ('waiting', 'running', 'failed')", name="state"),
    Index("ix_platform_job_waiting", "tenant_id", "due_at", "id", postgresql_where=_WAITING),
    Index("ix_platform_job_running", "tenant_id", "name", "key", postgresql_where=text("state = 'running'")),
    Index("ix_platform_job_failed", "created_at", postgresql_where=text("state = 'failed'")),
    Index(
        "uq_platform_job_key",
        "tenant_id",
        "name",
        "key",
        unique=True,
        postgresql_where=text("key is not null and state = 'waiting'"),
    ),
)

Table(
    "platform_job_lane",
    Base.metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("turn", BigInteger, nullable=False),
)

Table(
    "platform_periodic",
    Base.metadata,
    Column("name", Text, primary_key=True),
    Column("next_at", DateTime(timezone=True), nullable=False),
)

Table(
    "platform_worker",
    Base.metadata,
    Column("id", Uuid, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Column("knows_lanes", Boolean, nullable=False, server_default=text("false")),
)

describe(
    "platform_job",
    About(
        "Work that waits; its payload holds ids, and the words of what it has to do",
        personal=of(Kind.TECHNICAL, "payload", "last_error", "key"),
        things=("name", "state", "worker_id"),
        retention="until it is done",
        erasure=Erasure.EXPIRES,
        withheld={
            "payload": "a passing copy of what is exported from where it is kept",
            "last_error": "what the program said when it failed",
            "key": "a number of the program's own",
        },
    ),
)
describe("platform_job_lane", nobodys("Whose turn it is"))
describe("platform_periodic", nobodys("When periodic work is due", "name"))
describe("platform_worker", nobodys("A worker process", "host"))
