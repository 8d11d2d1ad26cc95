"""Loads and saves of identity."""

from uuid import UUID

from sqlalchemy import func, select

from scholr.contexts.identity.tables import MembershipRow, OrganizationRow
from scholr.kernel.ids import MembershipId, PersonId, TenantId, new_id
from scholr.platform.db.unit import ReadUnit, WriteUnit


def add_organization(tx: WriteUnit, tenant_id: TenantId, name: str) -> None:
    tx.session.add(OrganizationRow(tenant_id=tenant_id, name=name))


async def find_or_create_person(tx: WriteUnit, email: str) -> PersonId:
    """The one person with this address; concurrent callers get the same id."""
    found = await tx.session.scalar(select(func.identity_find_or_create_person(email, new_id())))
    return PersonId(UUID(str(found)))


async def membership_of_person(rx: ReadUnit, person_id: PersonId) -> MembershipRow | None:
    """Served by uq_identity_membership_person."""
    return await rx.session.scalar(select(MembershipRow).where(MembershipRow.person_id == person_id))


async def membership(rx: ReadUnit, membership_id: MembershipId) -> MembershipRow | None:
    return await rx.session.scalar(select(MembershipRow).where(MembershipRow.id == membership_id))
