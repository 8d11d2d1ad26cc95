"""First answers, sealed; written and read by hand-made statements only."""

from sqlalchemy import Column, DateTime, Index, LargeBinary, Table, Uuid, text

from scholr.platform.db.personal import About, Erasure, Kind, describe, of
from scholr.platform.db.tables import CURRENT_TENANT, Base

Table(
    "platform_idempotency",
    Base.metadata,
    Column("tenant_id", Uuid, primary_key=True, server_default=text(CURRENT_TENANT)),
    Column("scope", LargeBinary, primary_key=True),
    Column("request", LargeBinary, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index("ix_platform_idempotency_expires_at", "expires_at"),
)

describe(
    "platform_idempotency",
    About(
        "First answers to requests that may be sent twice, encrypted",
        personal=of(Kind.TECHNICAL, "request", "answer", "scope"),
        retention="answers",
        erasure=Erasure.EXPIRES,
        withheld=dict.fromkeys(
            ("request", "answer", "scope"), "a passing copy, sealed; what it holds is exported from where it is kept"
        ),
    ),
)
