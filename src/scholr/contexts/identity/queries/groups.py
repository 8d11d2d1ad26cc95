"""Groups as they are seen."""

from dataclasses import dataclass

import asyncpg

from scholr.contexts.identity.errors import GroupNotFound
from scholr.contexts.identity.model import GroupId
from scholr.contexts.identity.queries.positions import cursor_after, position_of
from scholr.kernel.ids import MembershipId
from scholr.kernel.pagination import DEFAULT_LIMIT, Page, check_limit, page_of
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class GroupView:
    id: GroupId
    name: str
    description: str
    members: int


# By name; one count per group, served by the primary key of the members' table.
_GROUPS = statement("""
select g.id, g.name, g.description,
       (select count(*) from identity_group_member m where m.tenant_id = $1 and m.group_id = g.id) as members
from identity_group g
where g.tenant_id = $1 and ($2::uuid is null or g.id = $2)
  and ($3::text is null or (lower(g.name), g.id) > (lower($3), $4::uuid))
order by lower(g.name), g.id limit $5
""")

# A handful of rows by ix_identity_group_member_membership.
_GROUPS_OF = statement("""
select g.id, g.name, g.description, 0 as members
from identity_group_member m join identity_group g on g.tenant_id = m.tenant_id and g.id = m.group_id
where m.tenant_id = $1 and m.membership_id = $2 order by lower(g.name)
""")


async def groups(rx: ReadUnit, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[GroupView]:
    """By name, with the number of their members."""
    name, after = position_of(cursor)
    rows = await rx.fetch(_GROUPS, None, name, after, check_limit(limit) + 1)
    return page_of([_group(row) for row in rows], limit, lambda view: cursor_after(view.name, view.id))


async def require_group(rx: ReadUnit, group_id: GroupId) -> GroupView:
    """Raises GroupNotFound."""
    row = await rx.fetch_row(_GROUPS, group_id, None, None, 1)
    if row is None:
        raise GroupNotFound
    return _group(row)


async def groups_of(rx: ReadUnit, membership_id: MembershipId) -> list[GroupView]:
    """The groups that a member is in, by name; `members` is not counted."""
    return [_group(row) for row in await rx.fetch(_GROUPS_OF, membership_id)]


def _group(row: "asyncpg.Record") -> GroupView:
    return GroupView(GroupId(row["id"]), row["name"], row["description"], row["members"])
