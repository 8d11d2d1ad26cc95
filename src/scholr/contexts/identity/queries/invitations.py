"""Invitations as they are seen, by the organisation and by whoever holds the link."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from scholr.contexts.identity.model import InvitationId
from scholr.kernel.actor import Role
from scholr.kernel.ids import MembershipId, TenantId, parse_id
from scholr.kernel.pagination import DEFAULT_LIMIT, Page, check_limit, page_of
from scholr.platform.db.database import Database
from scholr.platform.db.statement import DefinerCall, statement
from scholr.platform.db.unit import ReadUnit
from scholr.platform.security.tokens import token_hash


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


_INVITATION_FOR = DefinerCall("identity_invitation_for", 2)

# The newest first, by primary key.
_INVITATIONS = statement("""
select id, email, display_name, roles, invited_by, created_at, expires_at, last_sent_at, times_sent, accepted_at,
       revoked_at
from identity_invitation
where tenant_id = $1 and ($2::uuid is null or id < $2) and (not $3 or (accepted_at is null and revoked_at is null))
order by id desc limit $4
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
