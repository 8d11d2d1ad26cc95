"""Which organisation has which plan, where it is not the standard one; set by operators only."""

from sqlalchemy import Column, DateTime, Index, Table, Text, Uuid, func

from scholr.platform.db.personal import describe, nobodys
from scholr.platform.db.tables import Base

Table(
    "platform_tenant_plan",
    Base.metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("plan", Text, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Index("ix_platform_tenant_plan_changed_at", "changed_at"),
)

describe("platform_tenant_plan", nobodys("Which plan an organisation has", "plan"))
