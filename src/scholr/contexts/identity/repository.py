"""Loads and saves of identity."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from scholr.contexts.identity.errors import PersonNotFound
from scholr.contexts.identity.tables import MembershipRow, OrganizationRow, PersonRow
from scholr.kernel.ids import MembershipId, PersonId, TenantId, new_id
from scholr.platform.db.database import Database
from scholr.platform.db.statement import DefinerCall
from scholr.platform.db.unit import ReadUnit, WriteUnit

_FIND_OR_CREATE = DefinerCall("identity_find_or_create_person", 3)
_VERIFY_EMAIL = DefinerCall("identity_verify_email", 3)


def add_organization(tx: WriteUnit, tenant_id: TenantId, name: str) -> None:
    tx.session.add(OrganizationRow(tenant_id=tenant_id, name=name))


@dataclass(frozen=True, slots=True)
class FoundPerson:
    id: PersonId
    name: str
    created: bool


async def find_or_create_person(tx: WriteUnit, email: str, name: str = "") -> FoundPerson:
    """The one person with this address; concurrent callers get the same id, and the first name stays."""
    row = (await tx.ask(_FIND_OR_CREATE, email, name, new_id()))[0]
    return FoundPerson(PersonId(row["id"]), row["name"], row["created"])


async def membership_of_person(rx: ReadUnit, person_id: PersonId) -> MembershipRow | None:
    """Served by uq_identity_membership_person."""
    return await rx.session.scalar(select(MembershipRow).where(MembershipRow.person_id == person_id))


async def membership(rx: ReadUnit, membership_id: MembershipId) -> MembershipRow | None:
    return await rx.session.scalar(select(MembershipRow).where(MembershipRow.id == membership_id))


async def verify_email(db: Database, person_id: PersonId, email: str, now: datetime) -> None:
    await db.ask(_VERIFY_EMAIL, person_id, email, now)


async def update_preferences(tx: WriteUnit, person_id: PersonId, changes: Mapping[str, str | None]) -> None:
    """Write the person's own row; the unit was opened for that person."""
    row = await tx.session.get(PersonRow, person_id)
    if row is None:
        raise PersonNotFound
    for name, value in changes.items():
        setattr(row, name, value)
