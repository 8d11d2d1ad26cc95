"""The read side of auth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from scholr.contexts.auth.model import PasskeyId, Proof, SessionId, TokenId
from scholr.contexts.auth.tables import (
    ApiTokenRow,
    CredentialRow,
    PasskeyRow,
    RecoveryCodeRow,
    SessionRow,
    TotpRow,
)
from scholr.contexts.identity import facade as identity
from scholr.kernel.ids import MembershipId, PersonId, parse_id
from scholr.kernel.pagination import DEFAULT_LIMIT, Page, check_limit, page_of
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class SessionView:
    """`last_seen_at` is at most a minute old. `who` is the member's name where an organisation looks."""

    id: SessionId
    proof: Proof
    remembered: bool
    created_at: datetime
    last_seen_at: datetime
    ends_at: datetime
    user_agent: str
    address: str
    who: str = ""


@dataclass(frozen=True, slots=True)
class TokenView:
    """`hint` is the beginning of the token, all of it that is still known."""

    id: TokenId
    membership_id: MembershipId
    name: str
    hint: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    who: str = ""


@dataclass(frozen=True, slots=True)
class PasskeyView:
    id: PasskeyId
    name: str
    backed_up: bool
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Protection:
    """What stands between a stranger and the account."""

    has_password: bool
    password_changed_at: datetime | None
    has_totp: bool
    recovery_codes_left: int
    passkeys: Sequence[PasskeyView]


async def sessions_of(rx: ReadUnit, person_id: PersonId, now: datetime) -> Sequence[SessionView]:
    """The person's live sessions, the one used last first; served by ix_auth_session_person_id."""
    wanted = (
        select(SessionRow)
        .where(SessionRow.person_id == person_id, SessionRow.expires_at > now)
        .order_by(SessionRow.last_seen_at.desc(), SessionRow.id)
    )
    return [view for row in (await rx.session.scalars(wanted)).all() if (view := _live(row, now)) is not None]


async def sessions_in_organization(
    rx: ReadUnit, now: datetime, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[SessionView]:
    """Sessions that are open in the unit's organisation, the newest first.

    Served by ix_auth_session_current_tenant_id; idle ones are left out after the page was cut, so a page may
    hold fewer than `limit`.
    """
    before = parse_id(cursor) if cursor else None
    wanted = select(SessionRow).where(SessionRow.current_tenant_id == rx.tenant_id, SessionRow.expires_at > now)
    if before is not None:
        wanted = wanted.where(SessionRow.id < before)
    rows = (await rx.session.scalars(wanted.order_by(SessionRow.id.desc()).limit(check_limit(limit) + 1))).all()
    names = await identity.names_of_people(rx, [PersonId(row.person_id) for row in rows])
    page = page_of(rows, limit, lambda row: str(row.id))
    views = (_live(row, now, names.get(PersonId(row.person_id), "")) for row in page.items)
    return Page([view for view in views if view is not None], page.next_cursor)


def _live(row: SessionRow, now: datetime, who: str = "") -> SessionView | None:
    idle_until = row.last_seen_at + timedelta(seconds=row.idle_seconds)
    ends_at = min(idle_until, row.expires_at)
    if ends_at <= now:
        return None
    return SessionView(
        SessionId(row.id),
        Proof(row.proof),
        row.remembered,
        row.created_at,
        row.last_seen_at,
        ends_at,
        row.user_agent,
        row.address,
        who,
    )


async def tokens(
    rx: ReadUnit,
    *,
    of: MembershipId | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[TokenView]:
    """The organisation's tokens, or those of one member; the newest first, revoked and expired ones too."""
    wanted = select(ApiTokenRow)
    if of is not None:
        wanted = wanted.where(ApiTokenRow.membership_id == of)
    if cursor and (before := parse_id(cursor)) is not None:
        wanted = wanted.where(ApiTokenRow.id < before)
    rows = (await rx.session.scalars(wanted.order_by(ApiTokenRow.id.desc()).limit(check_limit(limit) + 1))).all()
    members = await identity.members(rx, [MembershipId(row.membership_id) for row in rows])
    page = page_of(rows, limit, lambda row: str(row.id))
    return Page([_token(row, members) for row in page.items], page.next_cursor)


def _token(row: ApiTokenRow, members: dict[MembershipId, identity.MemberView]) -> TokenView:
    owner = members.get(MembershipId(row.membership_id))
    return TokenView(
        TokenId(row.id),
        MembershipId(row.membership_id),
        row.name,
        row.hint,
        tuple(row.scopes),
        row.created_at,
        row.expires_at,
        row.last_used_at,
        row.revoked_at,
        owner.name if owner else "",
    )


async def protection_of(rx: ReadUnit, person_id: PersonId) -> Protection:
    """Four statements by primary key or person index; the unit was opened for the person."""
    credential = await rx.session.get(CredentialRow, person_id)
    totp = await rx.session.get(TotpRow, person_id)
    left = await rx.session.scalar(
        select(func.count()).where(RecoveryCodeRow.person_id == person_id, RecoveryCodeRow.used_at.is_(None))
    )
    keys = (
        await rx.session.scalars(
            select(PasskeyRow).where(PasskeyRow.person_id == person_id).order_by(PasskeyRow.created_at)
        )
    ).all()
    return Protection(
        has_password=credential is not None,
        password_changed_at=credential.changed_at if credential else None,
        has_totp=totp is not None and totp.confirmed_at is not None,
        recovery_codes_left=left or 0,
        passkeys=[
            PasskeyView(PasskeyId(key.id), key.name, key.backed_up, key.created_at, key.last_used_at) for key in keys
        ],
    )


# A scan of one organisation's tokens; asked by operators, some times a year.
_TOKEN_AGES = statement(
    "select id, membership_id, scopes, created_at, expires_at, last_used_at from auth_api_token"
    " where tenant_id = $1 and revoked_at is null and expires_at > $2 order by id"
)


@dataclass(frozen=True, slots=True)
class TokenAge:
    """A token that works, without its name: people write there what they like."""

    id: TokenId
    membership_id: MembershipId
    scopes: Sequence[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


async def token_ages(rx: ReadUnit, now: datetime) -> list[TokenAge]:
    """Every token of the organisation that works."""
    return [
        TokenAge(
            TokenId(row["id"]),
            MembershipId(row["membership_id"]),
            row["scopes"],
            row["created_at"],
            row["expires_at"],
            row["last_used_at"],
        )
        for row in await rx.fetch(_TOKEN_AGES, now)
    ]
