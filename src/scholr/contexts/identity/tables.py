"""Table definitions of identity."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from scholr.kernel.ids import new_id
from scholr.platform.db.tables import Base, TenantRow, TenantScoped, Timestamps


class OrganizationRow(TenantScoped, Timestamps, Base):
    """The tenant itself: its row is visible to itself only."""

    __tablename__ = "identity_organization"

    name: Mapped[str]


class PersonRow(Base):
    """Global and thin. Seen by that person's own session, or through a SECURITY DEFINER function."""

    __tablename__ = "identity_person"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(Text, unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class MembershipRow(TenantRow, Timestamps, Base):
    """What one tenant knows of a person. `person_id` is null for the tenant's own service account."""

    __tablename__ = "identity_membership"
    __table_args__ = (
        Index("uq_identity_membership_person", "tenant_id", "person_id", unique=True),
        Index("ix_identity_membership_email", "tenant_id", text("lower(email)")),
    )

    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("identity_person.id"))
    email: Mapped[str]
    display_name: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    status: Mapped[str] = mapped_column(server_default="active")
