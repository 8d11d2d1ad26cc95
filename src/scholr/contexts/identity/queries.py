"""The read side of identity."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from scholr.contexts.identity.errors import MemberNotFound, PersonNotFound
from scholr.contexts.identity.tables import PersonRow
from scholr.kernel.actor import Role
from scholr.kernel.ids import MembershipId, PersonId, TenantId
from scholr.platform.db.statement import DefinerCall, statement
from scholr.platform.db.unit import ReadUnit


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
