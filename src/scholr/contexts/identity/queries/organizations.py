"""Organisations as they are seen: name, branding, logo, domains."""

from dataclasses import dataclass
from datetime import datetime

from scholr.contexts.identity.errors import OrganizationNotFound
from scholr.contexts.identity.model import DomainId, TxtRecord, txt_record
from scholr.kernel.actor import Role
from scholr.kernel.ids import MembershipId, PersonId, TenantId
from scholr.platform.db.database import Database
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


# One row by primary key.
_ORGANIZATION = statement(
    "select tenant_id, name, brand_colour, logo_digest, locale, time_zone from identity_organization"
    " where tenant_id = $1"
)

_ORGANIZATIONS_OF = DefinerCall("identity_organizations_of", 1)

_TENANT_OF_HOST = DefinerCall("identity_tenant_of_host", 1)

# A handful of rows.
_DOMAINS = statement("""
select id, host, challenge, verified_at, last_checked_at from identity_domain where tenant_id = $1 order by host
""")

# One row by primary key.
_LOGO = statement("""
select l.content, l.media_type, o.logo_digest from identity_logo l
join identity_organization o on o.tenant_id = l.tenant_id where l.tenant_id = $1
""")


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
