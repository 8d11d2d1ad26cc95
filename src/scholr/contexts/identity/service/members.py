"""People and what they may do here: add, change roles, suspend, take back."""

from collections.abc import Iterable
from dataclasses import dataclass

from scholr.contexts.identity import model, repository
from scholr.contexts.identity.errors import MemberNotFound, PersonNotFound
from scholr.contexts.identity.events import (
    MemberAdded,
    MemberReactivated,
    MemberRenamed,
    MemberRolesChanged,
    MemberSuspended,
)
from scholr.contexts.identity.policy import MANAGE_PEOPLE
from scholr.contexts.identity.repository import FoundPerson
from scholr.contexts.identity.tables import MembershipRow
from scholr.kernel.actor import Actor, Role
from scholr.kernel.ids import MembershipId, PersonId, new_id
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
async def add_member(
    platform: Platform, actor: Actor, *, email: str, name: str, role: Role = Role.LEARNER
) -> AddedMember:
    """Make the person with this address a member; the same address again changes nothing."""
    require(actor, MANAGE_PEOPLE)
    model.check_grant(actor.roles, before=frozenset(), after=frozenset({role}))
    address, display_name = model.normal_email(email), model.checked_name(name)
    async with platform.db.write(actor.tenant_id) as tx:
        person = await repository.find_or_create_person(tx, address, display_name)
        row = await repository.membership_of_person(tx, person.id)
        if row is not None:
            return _added(row, created=False)
        row = await insert_member(platform, tx, person.id, address, display_name, [role])
        return _added(row, created=True)


async def insert_member(
    platform: Platform, tx: WriteUnit, person_id: PersonId, email: str, name: str, roles: list[Role]
) -> MembershipRow:
    """A new membership and its event; the caller has checked who may."""
    row = MembershipRow(id=new_id(), person_id=person_id, email=email, display_name=name, roles=list(roles))
    tx.session.add(row)
    await tx.emit(
        MemberAdded(
            tenant_id=tx.require_tenant(),
            aggregate_id=row.id,
            occurred_at=platform.clock.now(),
            roles=tuple(roles),
        )
    )
    return row


def _added(row: MembershipRow, *, created: bool) -> AddedMember:
    roles = tuple(Role(r) for r in row.roles)
    return AddedMember(MembershipId(row.id), row.email, row.display_name, roles, created)


@retried
async def change_roles(
    platform: Platform, actor: Actor, membership_id: MembershipId, roles: Iterable[Role]
) -> frozenset[Role]:
    """Give the member exactly these roles; returns those from before, so that it can be undone.

    Raises MemberNotFound, OwnersOnly, LastOwner, NoRole.
    """
    require(actor, MANAGE_PEOPLE)
    wanted = model.checked_roles(roles)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await _require_member(tx, membership_id)
        before = frozenset(Role(role) for role in row.roles)
        if before == wanted:
            return before
        model.check_grant(actor.roles, before=before, after=wanted)
        if Role.OWNER in before - wanted:
            await _keep_an_owner(tx, membership_id)
        row.roles = sorted(wanted)
        await tx.emit(
            MemberRolesChanged(
                tenant_id=tx.require_tenant(),
                aggregate_id=row.id,
                occurred_at=platform.clock.now(),
                roles=tuple(sorted(wanted)),
                before=tuple(sorted(before)),
            )
        )
    return before


@retried
async def rename_member(platform: Platform, actor: Actor, membership_id: MembershipId, name: str) -> None:
    """What the organisation calls the person. Raises MemberNotFound, InvalidName."""
    require(actor, MANAGE_PEOPLE)
    checked = model.checked_name(name)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await _require_member(tx, membership_id)
        model.check_grant(actor.roles, before=frozenset(Role(role) for role in row.roles), after=frozenset())
        if row.display_name != checked:
            row.display_name = checked
            await tx.emit(
                MemberRenamed(tenant_id=tx.require_tenant(), aggregate_id=row.id, occurred_at=platform.clock.now())
            )


@retried
async def suspend_member(platform: Platform, actor: Actor, membership_id: MembershipId) -> bool:
    """Shut the member out, with the next request; nothing is deleted. False when that was so already.

    Raises MemberNotFound, OwnersOnly, LastOwner, Yourself.
    """
    require(actor, MANAGE_PEOPLE)
    model.check_not_oneself(actor, membership_id)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await _require_member(tx, membership_id)
        if row.status == model.SUSPENDED:
            return False
        before = frozenset(Role(role) for role in row.roles)
        model.check_grant(actor.roles, before=before, after=frozenset())
        if Role.OWNER in before:
            await _keep_an_owner(tx, membership_id)
        row.status = model.SUSPENDED
        await tx.emit(
            MemberSuspended(tenant_id=tx.require_tenant(), aggregate_id=row.id, occurred_at=platform.clock.now())
        )
    return True


@retried
async def reactivate_member(platform: Platform, actor: Actor, membership_id: MembershipId) -> bool:
    """Let a suspended member in again, with the roles from before. False when nothing had to change."""
    require(actor, MANAGE_PEOPLE)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await _require_member(tx, membership_id)
        if row.status == model.ACTIVE:
            return False
        model.check_grant(actor.roles, before=frozenset(Role(role) for role in row.roles), after=frozenset())
        row.status = model.ACTIVE
        await tx.emit(
            MemberReactivated(tenant_id=tx.require_tenant(), aggregate_id=row.id, occurred_at=platform.clock.now())
        )
    return True


async def _require_member(tx: WriteUnit, membership_id: MembershipId) -> MembershipRow:
    """A person's membership, locked; the tenant's service account cannot be reached."""
    row = await repository.membership(tx, membership_id, lock=True)
    if row is None or row.person_id is None:
        raise MemberNotFound
    return row


async def _keep_an_owner(tx: WriteUnit, membership_id: MembershipId) -> None:
    """Owners are locked while they are counted: two who remove each other at once cannot both succeed."""
    others = [owner for owner in await repository.lock_owners(tx) if owner != membership_id]
    model.check_owner_remains(others)


@retried
async def find_or_create_person(platform: Platform, *, email: str, name: str) -> FoundPerson:
    """The account with this address, without any membership; the same address again finds the same one."""
    address, checked = model.normal_email(email), model.checked_name(name)
    async with platform.db.write(None) as tx:
        return await repository.find_or_create_person(tx, address, checked)


async def verify_email(platform: Platform, *, person_id: PersonId, email: str) -> None:
    """Note that the person was reached at this address; changes nothing when the address is another by now."""
    await repository.verify_email(platform.db, person_id, email, platform.clock.now())


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
