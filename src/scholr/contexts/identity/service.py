"""The use cases of identity."""

from dataclasses import dataclass

from scholr.contexts.identity import model, repository
from scholr.contexts.identity.errors import PersonNotFound
from scholr.contexts.identity.events import MemberAdded, OrganizationCreated
from scholr.contexts.identity.policy import MANAGE_PEOPLE
from scholr.contexts.identity.repository import FoundPerson
from scholr.contexts.identity.tables import MembershipRow
from scholr.kernel.actor import Actor, Role
from scholr.kernel.ids import MembershipId, PersonId, TenantId, new_id
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import WriteUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require


@dataclass(frozen=True, slots=True)
class AddedMember:
    """`created` is False when the person was a member already; nothing was changed then."""

    id: MembershipId
    email: str
    name: str
    roles: tuple[Role, ...]
    created: bool


@retried
async def create_organization(platform: Platform, *, name: str) -> TenantId:
    """Open a new tenant with a service account as its first owner."""
    tenant_id = TenantId(new_id())
    checked = model.checked_name(name)
    async with platform.db.write(tenant_id) as tx:
        repository.add_organization(tx, tenant_id, checked)
        owner = MembershipRow(
            id=new_id(), person_id=None, email="", display_name=f"{checked} (service)", roles=[Role.OWNER]
        )
        tx.session.add(owner)
        await tx.emit(
            OrganizationCreated(tenant_id=tenant_id, aggregate_id=tenant_id, occurred_at=platform.clock.now())
        )
    return tenant_id


@retried
async def add_member(
    platform: Platform, actor: Actor, *, email: str, name: str, role: Role = Role.LEARNER
) -> AddedMember:
    """Make the person with this address a member; the same address again changes nothing."""
    require(actor, MANAGE_PEOPLE)
    address, display_name = model.normal_email(email), model.checked_name(name)
    async with platform.db.write(actor.tenant_id) as tx:
        person = await repository.find_or_create_person(tx, address, display_name)
        row = await repository.membership_of_person(tx, person.id)
        if row is not None:
            return _added(row, created=False)
        row = await _insert_member(platform, tx, person.id, address, display_name, role)
        return _added(row, created=True)


async def _insert_member(
    platform: Platform, tx: WriteUnit, person_id: PersonId, email: str, name: str, role: Role
) -> MembershipRow:
    row = MembershipRow(id=new_id(), person_id=person_id, email=email, display_name=name, roles=[role])
    tx.session.add(row)
    await tx.emit(
        MemberAdded(
            tenant_id=tx.require_tenant(),
            aggregate_id=row.id,
            occurred_at=platform.clock.now(),
            roles=(role,),
        )
    )
    return row


def _added(row: MembershipRow, *, created: bool) -> AddedMember:
    roles = tuple(Role(r) for r in row.roles)
    return AddedMember(MembershipId(row.id), row.email, row.display_name, roles, created)


async def verify_email(platform: Platform, *, person_id: PersonId, email: str) -> None:
    """Note that the person was reached at this address; changes nothing when the address is another by now."""
    await repository.verify_email(platform.db, person_id, email, platform.clock.now())


@retried
async def find_or_create_person(platform: Platform, *, email: str, name: str) -> FoundPerson:
    """The account with this address, without any membership; the same address again finds the same one."""
    address, checked = model.normal_email(email), model.checked_name(name)
    async with platform.db.write(None) as tx:
        return await repository.find_or_create_person(tx, address, checked)


@retried
async def update_profile(
    platform: Platform,
    actor: Actor,
    *,
    name: str | None = None,
    locale: str | None = None,
    time_zone: str | None = None,
    theme: str | None = None,
) -> None:
    """Change what the person is called here and how everything looks to them; None leaves a thing as it is.

    The name changes in the current organisation only. "" as locale or time zone means: like the organisation.
    """
    if actor.person_id is None:
        raise PersonNotFound
    checked = model.checked_preferences(locale=locale, time_zone=time_zone, theme=theme)
    display_name = model.checked_name(name) if name is not None else None
    async with platform.db.write(actor.tenant_id, person_id=actor.person_id) as tx:
        await repository.update_preferences(tx, actor.person_id, checked)
        if display_name is not None and actor.membership_id is not None:
            row = await repository.membership(tx, actor.membership_id)
            if row is not None:
                row.display_name = display_name
