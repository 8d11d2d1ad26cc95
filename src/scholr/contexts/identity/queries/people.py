"""People and memberships as they are seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from scholr.contexts.identity.errors import MemberNotFound, PersonNotFound
from scholr.contexts.identity.model import ACTIVE, GroupId
from scholr.contexts.identity.queries.positions import cursor_after, position_of
from scholr.contexts.identity.tables import PersonRow
from scholr.kernel.actor import Role
from scholr.kernel.ids import MembershipId, PersonId
from scholr.kernel.pagination import DEFAULT_LIMIT, Page, check_limit, page_of
from scholr.platform.db.statement import DefinerCall, statement
from scholr.platform.db.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class MemberView:
    """`last_seen_at` is None for somebody who never came; it is at most a minute old."""

    id: MembershipId
    email: str
    name: str
    roles: frozenset[Role]
    status: str
    created_at: datetime
    last_seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PersonView:
    """Somebody with an account. `locale` and `time_zone` None mean: like the organisation."""

    id: PersonId
    email: str
    name: str
    email_verified_at: datetime | None
    locale: str | None
    time_zone: str | None
    theme: str


@dataclass(frozen=True, slots=True)
class PersonAddress:
    id: PersonId
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """`text` is looked for in names and addresses, whatever its case. "" and None do not narrow."""

    text: str = ""
    role: Role | None = None
    status: str = ""
    group_id: GroupId | None = None


@dataclass(frozen=True, slots=True)
class PeopleCount:
    people: int
    suspended: int
    never_seen: int
    open_invitations: int


_MEMBER_COLUMNS = "id, email, display_name, roles, status, created_at, last_seen_at"

# One row by primary key.
_MEMBER = statement(f"select {_MEMBER_COLUMNS} from identity_membership where tenant_id = $1 and id = $2")

# Rows by primary key.
_MEMBERS = statement(f"select {_MEMBER_COLUMNS} from identity_membership where tenant_id = $1 and id = any($2)")

# Rows by uq_identity_membership_person.
_NAMES = statement(
    "select person_id, display_name from identity_membership where tenant_id = $1 and person_id = any($2)"
)

# The tenant's first owner; served by the primary key's prefix, a handful of owners at most is looked at.
_OWNER = statement(
    "select id from identity_membership"
    " where tenant_id = $1 and 'owner' = any(roles) and status = 'active' order by id limit 1"
)

_PERSON_BY_EMAIL = DefinerCall("identity_person_by_email", 1)

# What narrows a list. Text is compared row by row: the operators of a trigram index are not leakproof, so row-level
# security would not let it be used; the cost grows with the members of one organisation.
_FITTING = """
m.tenant_id = $1 and m.person_id is not null
  and ($2 = '' or position(lower($2) in lower(m.display_name)) > 0 or position(lower($2) in lower(m.email)) > 0)
  and ($3 = '' or $3 = any(m.roles)) and ($4 = '' or m.status = $4)
"""

_AFTER = "($5::text is null or (lower(m.display_name), m.id) > (lower($5), $6::uuid))"

# Where the page ends, by ix_identity_membership_name: for what most fit.
_PEOPLE = statement(f"""
select {_MEMBER_COLUMNS} from identity_membership m where {_FITTING} and {_AFTER}
order by lower(m.display_name), m.id limit $7
""")

_CHOSEN = """
    select m.id, m.email, m.display_name, m.roles, m.status, m.created_at, m.last_seen_at
    from page p
    cross join lateral (select * from identity_membership i where i.tenant_id = $1 and i.id = p.id limit 1) m
    order by p.word, p.id
"""

# The next 5,000 by name, and if they do not fill the page, everybody as they lie: a name that many have is found at
# once, and for a rare one nobody is read in an order that is not theirs, which costs half as much again.
_NARROWED = statement(f"""
    with nearest as (
        select m.* from identity_membership m where m.tenant_id = $1 and {_AFTER}
        order by lower(m.display_name), m.id limit 5000
    ), near as materialized (
        select m.id, lower(m.display_name) as word from nearest m where {_FITTING}
        order by lower(m.display_name), m.id limit $7
    ), far as materialized (
        select m.id, lower(m.display_name) as word from identity_membership m
        where (select count(*) from near) < $7 and {_FITTING} and {_AFTER}
    ), page as (
        select id, word from near where (select count(*) from near) = $7
        union all
        (select id, word from far order by word, id limit $7)
    )
    {_CHOSEN}
""")

# The members of one group ($8), by primary key.
_GROUP_PEOPLE = statement(f"""
    with page as (
        select m.id, lower(m.display_name) as word
        from identity_group_member g
        join identity_membership m on m.tenant_id = $1 and m.id = g.membership_id
        where g.tenant_id = $1 and g.group_id = $8 and {_FITTING} and {_AFTER}
        order by 2, 1 limit $7
    )
    {_CHOSEN}
""")

# One row; both counts scan the tenant's own rows.
_PEOPLE_COUNT = statement("""
select count(*) as people, count(*) filter (where status = 'suspended') as suspended,
       count(*) filter (where last_seen_at is null) as never_seen,
       (select count(*) from identity_invitation i where i.tenant_id = $1 and i.accepted_at is null
            and i.revoked_at is null and i.expires_at > $2) as open_invitations
from identity_membership where tenant_id = $1 and person_id is not null
""")


async def member(rx: ReadUnit, membership_id: MembershipId) -> MemberView | None:
    row = await rx.fetch_row(_MEMBER, membership_id)
    return member_view(row) if row else None


async def require_member(rx: ReadUnit, membership_id: MembershipId) -> MemberView:
    """Raises MemberNotFound."""
    found = await member(rx, membership_id)
    if found is None:
        raise MemberNotFound
    return found


async def members(rx: ReadUnit, membership_ids: Sequence[MembershipId]) -> dict[MembershipId, MemberView]:
    """Those of the ids that are members here."""
    rows = await rx.fetch(_MEMBERS, list(membership_ids))
    return {MembershipId(row["id"]): member_view(row) for row in rows}


async def names_of_people(rx: ReadUnit, person_ids: Sequence[PersonId]) -> dict[PersonId, str]:
    """What this organisation calls those of the people who are its members."""
    rows = await rx.fetch(_NAMES, list(person_ids))
    return {PersonId(row["person_id"]): row["display_name"] for row in rows}


def member_view(row: "asyncpg.Record") -> MemberView:
    return MemberView(
        row["id"],
        row["email"],
        row["display_name"],
        frozenset(Role(r) for r in row["roles"]),
        row["status"],
        row["created_at"],
        row["last_seen_at"],
    )


async def owner_of(rx: ReadUnit) -> MembershipId | None:
    found: MembershipId | None = await rx.fetch_value(_OWNER)
    return found


async def person_by_email(rx: ReadUnit, email: str) -> PersonAddress | None:
    """For flows that begin with an address and must not tell whether it is known."""
    rows = await rx.ask(_PERSON_BY_EMAIL, email)
    return PersonAddress(PersonId(rows[0]["id"]), rows[0]["email"], rows[0]["name"]) if rows else None


async def require_person(rx: ReadUnit, person_id: PersonId) -> PersonView:
    """The person that the unit was opened for; anybody else is not found. Raises PersonNotFound."""
    row = await rx.session.get(PersonRow, person_id)
    if row is None:
        raise PersonNotFound
    return PersonView(
        PersonId(row.id), row.email, row.name, row.email_verified_at, row.locale, row.time_zone, row.theme
    )


async def people(
    rx: ReadUnit, wanted: PeopleFilter, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[MemberView]:
    """Members who are people, by name."""
    name, after = position_of(cursor)
    asked = (wanted.text.strip(), wanted.role.value if wanted.role else "", wanted.status)
    place = (name, after, check_limit(limit) + 1)
    if wanted.group_id is not None:
        rows = await rx.fetch(_GROUP_PEOPLE, *asked, *place, wanted.group_id)
    else:
        rows = await rx.fetch(_PEOPLE if _is_common(wanted) else _NARROWED, *asked, *place)
    return page_of([member_view(row) for row in rows], limit, lambda view: cursor_after(view.name, view.id))


def _is_common(wanted: PeopleFilter) -> bool:
    """Whether most of an organisation fits: learners, the active, or everybody."""
    return not wanted.text.strip() and wanted.role in (None, Role.LEARNER) and wanted.status in ("", ACTIVE)


async def count_of_people(rx: ReadUnit, now: datetime) -> PeopleCount:
    row = await rx.fetch_row(_PEOPLE_COUNT, now)
    if row is None:
        return PeopleCount(0, 0, 0, 0)
    return PeopleCount(row["people"], row["suspended"], row["never_seen"], row["open_invitations"])
