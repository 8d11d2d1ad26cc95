"""Groups: named sets of members."""

from collections.abc import Iterable
from dataclasses import dataclass

from scholr.contexts.identity import model, repository
from scholr.contexts.identity.errors import GroupNameTaken, GroupNotFound, MemberNotFound
from scholr.contexts.identity.model import GroupId
from scholr.contexts.identity.policy import MANAGE_PEOPLE
from scholr.contexts.identity.tables import GroupRow
from scholr.kernel.actor import Actor
from scholr.kernel.ids import MembershipId, new_id
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import WriteUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require


@dataclass(frozen=True, slots=True)
class CreatedGroup:
    """`created` is False when there was a group of that name already."""

    id: GroupId
    created: bool


@retried
async def create_group(platform: Platform, actor: Actor, *, name: str, description: str = "") -> CreatedGroup:
    """Find or create the group of this name, whatever its case."""
    require(actor, MANAGE_PEOPLE)
    checked, told = model.checked_name(name), model.checked_description(description)
    async with platform.db.write(actor.tenant_id) as tx:
        group_id, created = await repository.find_or_create_group(tx, new_id(), checked, told)
    return CreatedGroup(GroupId(group_id), created)


@retried
async def update_group(platform: Platform, actor: Actor, group_id: GroupId, *, name: str, description: str) -> None:
    """Raises GroupNotFound, GroupNameTaken."""
    require(actor, MANAGE_PEOPLE)
    checked, told = model.checked_name(name), model.checked_description(description)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await _require_group(tx, group_id)
        other = await repository.group_named(tx, checked)
        if other is not None and other.id != row.id:
            raise GroupNameTaken(fields={"name": GroupNameTaken.message})
        row.name, row.description = checked, told


@retried
async def delete_group(platform: Platform, actor: Actor, group_id: GroupId) -> None:
    """The members stay members of the organisation. Raises GroupNotFound."""
    require(actor, MANAGE_PEOPLE)
    async with platform.db.write(actor.tenant_id) as tx:
        await tx.session.delete(await _require_group(tx, group_id))


@retried
async def add_to_group(
    platform: Platform, actor: Actor, group_id: GroupId, membership_ids: Iterable[MembershipId]
) -> int:
    """Put members into the group; those who are in it stay. Returns how many are new. Raises MemberNotFound."""
    require(actor, MANAGE_PEOPLE)
    wanted = list(dict.fromkeys(membership_ids))
    async with platform.db.write(actor.tenant_id) as tx:
        await _require_group(tx, group_id)
        if await repository.count_people(tx, wanted) != len(wanted):
            raise MemberNotFound
        return await repository.add_group_members(tx, group_id, wanted)


@retried
async def remove_from_group(
    platform: Platform, actor: Actor, group_id: GroupId, membership_ids: Iterable[MembershipId]
) -> int:
    """Take members out of the group; returns how many were in it. Raises GroupNotFound."""
    require(actor, MANAGE_PEOPLE)
    async with platform.db.write(actor.tenant_id) as tx:
        await _require_group(tx, group_id)
        return await repository.remove_group_members(tx, group_id, list(membership_ids))


async def _require_group(tx: WriteUnit, group_id: GroupId) -> GroupRow:
    row = await repository.group(tx, group_id)
    if row is None:
        raise GroupNotFound
    return row
