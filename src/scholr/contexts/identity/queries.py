"""The read side of identity."""

from dataclasses import dataclass
from datetime import datetime

from scholr.kernel.actor import Role
from scholr.kernel.ids import MembershipId, TenantId
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class OrganizationView:
    id: TenantId
    name: str


@dataclass(frozen=True, slots=True)
class MemberView:
    id: MembershipId
    email: str
    name: str
    roles: frozenset[Role]
    status: str
    created_at: datetime


# One row by primary key.
_ORGANIZATION = statement("select tenant_id, name from identity_organization where tenant_id = $1")

# One row by primary key.
_MEMBER = statement(
    "select id, email, display_name, roles, status, created_at from identity_membership"
    " where tenant_id = $1 and id = $2"
)

# The tenant's first owner; served by the primary key's prefix, a handful of owners at most is looked at.
_OWNER = statement(
    "select id from identity_membership"
    " where tenant_id = $1 and 'owner' = any(roles) and status = 'active' order by id limit 1"
)


async def organization(rx: ReadUnit) -> OrganizationView | None:
    row = await rx.fetch_row(_ORGANIZATION)
    return OrganizationView(row["tenant_id"], row["name"]) if row else None


async def member(rx: ReadUnit, membership_id: MembershipId) -> MemberView | None:
    row = await rx.fetch_row(_MEMBER, membership_id)
    if row is None:
        return None
    roles = frozenset(Role(r) for r in row["roles"])
    return MemberView(row["id"], row["email"], row["display_name"], roles, row["status"], row["created_at"])


async def owner_of(rx: ReadUnit) -> MembershipId | None:
    found: MembershipId | None = await rx.fetch_value(_OWNER)
    return found
