"""Data keys of people; written and read by hand-made statements only."""

from sqlalchemy import CheckConstraint, Column, DateTime, LargeBinary, Table, Text, Uuid, func, text

from scholr.platform.db.personal import About, Kind, Whose, describe, of
from scholr.platform.db.tables import CURRENT_TENANT, Base

Table(
    "platform_data_key",
    Base.metadata,
    Column("tenant_id", Uuid, primary_key=True, server_default=text(CURRENT_TENANT)),
    Column("member_id", Uuid, primary_key=True),
    Column("wrapped", LargeBinary),
    Column("secret", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("destroyed_at", DateTime(timezone=True)),
    CheckConstraint("(wrapped is null) = (destroyed_at is not null)", name="destroyed"),
)

describe(
    "platform_data_key",
    About(
        "The key under which the person's words are kept, itself sealed",
        Whose("member_id"),
        of(Kind.SECRET, "wrapped") | of(Kind.BEHAVIOUR, "destroyed_at"),
        ("secret",),
        withheld={
            "wrapped": "sealed by the deployment; what it opens is exported as it was written",
            "secret": "which secret of the deployment has sealed it",
        },
    ),
)
