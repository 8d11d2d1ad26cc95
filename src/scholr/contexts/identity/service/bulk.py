"""Many people at once, for imports."""

from collections.abc import Sequence
from dataclasses import replace

from asyncpg import Record

from scholr.contexts.identity import model, repository
from scholr.contexts.identity.policy import MANAGE_PEOPLE
from scholr.contexts.identity.repository import NewMember
from scholr.contexts.identity.service.members import AddedMember
from scholr.kernel.actor import Actor, Role
from scholr.kernel.ids import MembershipId
from scholr.platform.db.retry import retried
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require


@retried
async def add_members(platform: Platform, actor: Actor, people: Sequence[NewMember]) -> list[AddedMember]:
    """Make up to a thousand people members at once, in the order given; who is a member already stays as they are.

    `created` is true for a membership with the id that was given: also when this batch is repeated.
    """
    require(actor, MANAGE_PEOPLE)
    model.check_grant(actor.roles, before=frozenset(), after=frozenset(each.role for each in people))
    checked = [
        replace(each, email=model.normal_email(each.email), name=model.checked_name(each.name)) for each in people
    ]
    async with platform.db.write(actor.tenant_id) as tx:
        rows = await repository.add_members(tx, checked, platform.clock.now())
    return [_in_bulk(each, rows[each.email]) for each in checked]


def _in_bulk(asked: NewMember, row: Record) -> AddedMember:
    roles = tuple(Role(r) for r in row["roles"])
    return AddedMember(row["id"], row["email"], row["display_name"], roles, created=row["id"] == asked.id)


@retried
async def suspend_members(platform: Platform, actor: Actor, membership_ids: Sequence[MembershipId]) -> int:
    """Take access away from these people without forgetting anything of them; owners keep theirs.

    Returns how many were active until now.
    """
    require(actor, MANAGE_PEOPLE)
    async with platform.db.write(actor.tenant_id) as tx:
        return await repository.suspend_members(tx, membership_ids, platform.clock.now())
