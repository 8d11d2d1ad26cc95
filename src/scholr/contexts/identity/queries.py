"""The read side of identity."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from scholr.contexts.identity.errors import GroupNotFound, MemberNotFound, OrganizationNotFound, PersonNotFound
from scholr.contexts.identity.model import DomainId, GroupId, InvitationId, TxtRecord, txt_record
from scholr.contexts.identity.tables import PersonRow
from scholr.kernel.actor import Role
from scholr.kernel.errors import Invalid
from scholr.kernel.ids import MembershipId, PersonId, TenantId, parse_id
from scholr.kernel.pagination import DEFAULT_LIMIT, Page, check_limit, page_of
from scholr.kernel.text import text_problem
from scholr.platform.db.database import Database
from scholr.platform.db.statement import DefinerCall, statement
from scholr.platform.db.unit import ReadUnit
from scholr.platform.security.tokens import token_hash


@dataclass(frozen=True, slots=True)
class OrganizationView:
    """`logo_digest` names the logo's content; None where there is none. `brand_colour` is #rrggbb."""

    id: TenantId
    name: str
    brand_colour: str
    logo_digest: str | None
    locale: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class OrganizationOfPerson:
    """One of the organisations that a person is an active member of."""

    tenant_id: TenantId
    membership_id: MembershipId
    name: str
    brand_colour: str
    roles: frozenset[Role]


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


# One row by primary key.
_ORGANIZATION = statement(
    "select tenant_id, name, brand_colour, logo_digest, locale, time_zone from identity_organization"
    " where tenant_id = $1"
)

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

_ORGANIZATIONS_OF = DefinerCall("identity_organizations_of", 1)
_PERSON_BY_EMAIL = DefinerCall("identity_person_by_email", 1)


async def organization(rx: ReadUnit) -> OrganizationView | None:
    row = await rx.fetch_row(_ORGANIZATION)
    if row is None:
        return None
    return OrganizationView(
        row["tenant_id"], row["name"], row["brand_colour"], row["logo_digest"], row["locale"], row["time_zone"]
    )


async def require_organization(rx: ReadUnit) -> OrganizationView:
    """Raises OrganizationNotFound."""
    found = await organization(rx)
    if found is None:
        raise OrganizationNotFound
    return found


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


async def organizations_of(rx: ReadUnit, person_id: PersonId) -> list[OrganizationOfPerson]:
    """Where the person is an active member, by name; served by ix_identity_membership_person."""
    return [
        OrganizationOfPerson(
            TenantId(row["tenant_id"]),
            MembershipId(row["membership_id"]),
            row["organization_name"],
            row["brand_colour"],
            frozenset(Role(r) for r in row["roles"]),
        )
        for row in await rx.ask(_ORGANIZATIONS_OF, person_id)
    ]


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


@dataclass(frozen=True, slots=True)
class InvitationOffer:
    """What whoever holds an invitation's link may know. `name` may be empty."""

    tenant_id: TenantId
    id: InvitationId
    email: str
    name: str
    roles: frozenset[Role]
    organization_name: str
    brand_colour: str
    locale: str


@dataclass(frozen=True, slots=True)
class InvitationView:
    """`state` is open, expired, accepted or revoked."""

    id: InvitationId
    email: str
    name: str
    roles: frozenset[Role]
    state: str
    invited_by: MembershipId | None
    created_at: datetime
    expires_at: datetime
    last_sent_at: datetime
    times_sent: int


@dataclass(frozen=True, slots=True)
class GroupView:
    id: GroupId
    name: str
    description: str
    members: int


@dataclass(frozen=True, slots=True)
class DomainView:
    """`record` is what the DNS has to answer."""

    id: DomainId
    host: str
    record: TxtRecord
    verified_at: datetime | None
    last_checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class HostOrganization:
    """The organisation that a verified host leads to."""

    tenant_id: TenantId
    name: str
    brand_colour: str
    logo_digest: str | None
    locale: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class LogoView:
    content: bytes
    media_type: str
    digest: str


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


_INVITATION_FOR = DefinerCall("identity_invitation_for", 2)
_TENANT_OF_HOST = DefinerCall("identity_tenant_of_host", 1)

# In the order of ix_identity_membership_name. Text is compared row by row: the operators of a trigram index are not
# leakproof, so row-level security would not let it be used; 100,000 members take about 60 ms.
_PEOPLE = statement(f"""
select {_MEMBER_COLUMNS} from identity_membership m
where m.tenant_id = $1 and m.person_id is not null
  and ($2 = '' or position($2 in lower(m.display_name)) > 0 or position($2 in lower(m.email)) > 0)
  and ($3 = '' or $3 = any(m.roles)) and ($4 = '' or m.status = $4)
  and ($5::uuid is null or exists (
        select from identity_group_member g
        where g.tenant_id = $1 and g.group_id = $5 and g.membership_id = m.id))
  and ($6::text is null or (lower(m.display_name), m.id) > ($6, $7::uuid))
order by lower(m.display_name), m.id limit $8
""")

# One row; both counts scan the tenant's own rows.
_PEOPLE_COUNT = statement("""
select count(*) as people, count(*) filter (where status = 'suspended') as suspended,
       count(*) filter (where last_seen_at is null) as never_seen,
       (select count(*) from identity_invitation i where i.tenant_id = $1 and i.accepted_at is null
            and i.revoked_at is null and i.expires_at > $2) as open_invitations
from identity_membership where tenant_id = $1 and person_id is not null
""")

# The newest first, by primary key.
_INVITATIONS = statement("""
select id, email, display_name, roles, invited_by, created_at, expires_at, last_sent_at, times_sent, accepted_at,
       revoked_at
from identity_invitation
where tenant_id = $1 and ($2::uuid is null or id < $2) and (not $3 or (accepted_at is null and revoked_at is null))
order by id desc limit $4
""")

# By name; one count per group, served by the primary key of the members' table.
_GROUPS = statement("""
select g.id, g.name, g.description,
       (select count(*) from identity_group_member m where m.tenant_id = $1 and m.group_id = g.id) as members
from identity_group g
where g.tenant_id = $1 and ($2::uuid is null or g.id = $2)
  and ($3::text is null or (lower(g.name), g.id) > ($3, $4::uuid))
order by lower(g.name), g.id limit $5
""")

# A handful of rows by ix_identity_group_member_membership.
_GROUPS_OF = statement("""
select g.id, g.name, g.description, 0 as members
from identity_group_member m join identity_group g on g.tenant_id = m.tenant_id and g.id = m.group_id
where m.tenant_id = $1 and m.membership_id = $2 order by lower(g.name)
""")

# A handful of rows.
_DOMAINS = statement("""
select id, host, challenge, verified_at, last_checked_at from identity_domain where tenant_id = $1 order by host
""")

# One row by primary key.
_LOGO = statement("""
select l.content, l.media_type, o.logo_digest from identity_logo l
join identity_organization o on o.tenant_id = l.tenant_id where l.tenant_id = $1
""")


async def invitation_for(db: Database, token: str, now: datetime) -> InvitationOffer | None:
    """The open invitation that a link belongs to, in whichever organisation; None when it is over."""
    rows = await db.ask(_INVITATION_FOR, token_hash(token), now)
    if not rows:
        return None
    row = rows[0]
    return InvitationOffer(
        TenantId(row["tenant_id"]),
        InvitationId(row["id"]),
        row["email"],
        row["display_name"],
        frozenset(Role(r) for r in row["roles"]),
        row["organization_name"],
        row["brand_colour"],
        row["locale"],
    )


async def organization_of_host(db: Database, host: str) -> HostOrganization | None:
    rows = await db.ask(_TENANT_OF_HOST, host)
    if not rows:
        return None
    row = rows[0]
    return HostOrganization(
        TenantId(row["tenant_id"]),
        row["organization_name"],
        row["brand_colour"],
        row["logo_digest"],
        row["locale"],
        row["time_zone"],
    )


async def people(
    rx: ReadUnit, wanted: PeopleFilter, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[MemberView]:
    """Members who are people, by name."""
    name, after = _position(cursor)
    rows = await rx.fetch(
        _PEOPLE,
        wanted.text.strip().lower(),
        wanted.role.value if wanted.role else "",
        wanted.status,
        wanted.group_id,
        name,
        after,
        check_limit(limit) + 1,
    )
    return page_of([member_view(row) for row in rows], limit, lambda view: _cursor(view.name, view.id))


async def count_of_people(rx: ReadUnit, now: datetime) -> PeopleCount:
    row = await rx.fetch_row(_PEOPLE_COUNT, now)
    if row is None:
        return PeopleCount(0, 0, 0, 0)
    return PeopleCount(row["people"], row["suspended"], row["never_seen"], row["open_invitations"])


async def invitations(
    rx: ReadUnit, now: datetime, *, only_open: bool = False, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[InvitationView]:
    """The newest first. `only_open` still shows expired ones: they can be sent again."""
    before = parse_id(cursor) if cursor else None
    rows = await rx.fetch(_INVITATIONS, before, only_open, check_limit(limit) + 1)
    return page_of([_invitation(row, now) for row in rows], limit, lambda view: str(view.id))


def _invitation(row: "asyncpg.Record", now: datetime) -> InvitationView:
    return InvitationView(
        InvitationId(row["id"]),
        row["email"],
        row["display_name"],
        frozenset(Role(r) for r in row["roles"]),
        _state(row, now),
        MembershipId(row["invited_by"]) if row["invited_by"] else None,
        row["created_at"],
        row["expires_at"],
        row["last_sent_at"],
        row["times_sent"],
    )


def _state(row: "asyncpg.Record", now: datetime) -> str:
    if row["accepted_at"] is not None:
        return "accepted"
    if row["revoked_at"] is not None:
        return "revoked"
    return "expired" if row["expires_at"] <= now else "open"


async def groups(rx: ReadUnit, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[GroupView]:
    """By name, with the number of their members."""
    name, after = _position(cursor)
    rows = await rx.fetch(_GROUPS, None, name, after, check_limit(limit) + 1)
    return page_of([_group(row) for row in rows], limit, lambda view: _cursor(view.name, view.id))


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


async def domains(rx: ReadUnit) -> list[DomainView]:
    return [
        DomainView(
            DomainId(row["id"]),
            row["host"],
            txt_record(row["host"], row["challenge"]),
            row["verified_at"],
            row["last_checked_at"],
        )
        for row in await rx.fetch(_DOMAINS)
    ]


async def logo(rx: ReadUnit) -> LogoView | None:
    row = await rx.fetch_row(_LOGO)
    return LogoView(bytes(row["content"]), row["media_type"], row["logo_digest"]) if row else None


def _cursor(name: str, row_id: UUID) -> str:
    """Where a list in the order of names goes on, in URL-safe text."""
    packed = msgspec.json.encode([name.lower(), str(row_id)])
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _position(cursor: str | None) -> tuple[str | None, UUID | None]:
    """The name and id after which to go on; raises Invalid for what is not a cursor of ours."""
    if not cursor:
        return None, None
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        name, row_id = msgspec.json.decode(packed, type=tuple[str, UUID])
    except (ValueError, msgspec.DecodeError) as error:
        raise Invalid("This cursor is not one of ours.", fields={"cursor": "unknown"}) from error
    if text_problem(name, most=200):
        raise Invalid("This cursor is not one of ours.", fields={"cursor": "unknown"})
    return name, row_id
