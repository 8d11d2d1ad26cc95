"""Loads and saves of auth. What belongs to a person is opened with `person_id`; row-level security does the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from scholr.contexts.auth.errors import PasskeyRefused
from scholr.contexts.auth.model import Proof, Purpose, SessionId
from scholr.contexts.auth.tables import (
    ApiTokenRow,
    CredentialRow,
    OneTimeRow,
    PasskeyRow,
    RecoveryCodeRow,
    SessionRow,
    SignInRuleRow,
    TotpRow,
)
from scholr.kernel.events import Event
from scholr.kernel.ids import PersonId, TenantId
from scholr.platform.db.database import Database
from scholr.platform.db.statement import DefinerCall, statement
from scholr.platform.db.unit import ReadUnit, WriteUnit
from scholr.platform.outbox.origin import encode_origin
from scholr.platform.outbox.trace import current_traceparent

_CREDENTIAL_OF = DefinerCall("auth_credential_of", 1)
_PEEK_ONE_TIME = DefinerCall("auth_peek_one_time", 3)
_TAKE_ONE_TIME = DefinerCall("auth_take_one_time", 3)
_PASSKEY_OF = DefinerCall("auth_passkey_of", 1)
_PUT_CHALLENGE = DefinerCall("auth_put_challenge", 4)
_TAKE_CHALLENGE = DefinerCall("auth_take_challenge", 3)
_ATTEMPT = DefinerCall("auth_throttle_attempt", 3)
_FORGIVE = DefinerCall("auth_throttle_forgive", 2)
_TELL = DefinerCall("auth_tell", 7)
_PUT_RULE = statement(
    "insert into auth_sign_in_rule (tenant_id, second_step) values ($1, $2)"
    " on conflict (tenant_id) do update set second_step = excluded.second_step, updated_at = now()"
)
_SWEEP = DefinerCall("auth_sweep", 1)


@dataclass(frozen=True, slots=True)
class Credential:
    """What sign-in needs of an account; `password_hash` is None where nobody chose a password yet."""

    person_id: PersonId
    email: str
    password_hash: str | None
    has_totp: bool


@dataclass(frozen=True, slots=True)
class OneTime:
    person_id: PersonId
    email: str
    remembered: bool


@dataclass(frozen=True, slots=True)
class KnownPasskey:
    id: UUID
    person_id: PersonId
    public_key: bytes
    sign_count: int


async def credential_of(db: Database, email: str) -> Credential | None:
    rows = await db.ask(_CREDENTIAL_OF, email)
    if not rows:
        return None
    row = rows[0]
    return Credential(PersonId(row["person_id"]), row["email"], row["password_hash"], row["has_totp"])


async def credential(rx: ReadUnit, person_id: PersonId) -> CredentialRow | None:
    return await rx.session.get(CredentialRow, person_id)


async def count_attempt(db: Database, keys: Sequence[tuple[bytes, int]], at: datetime) -> int:
    """Count an attempt against every key with its free attempts; the seconds to wait, 0 when it may be made."""
    rows = await db.ask(_ATTEMPT, [key for key, _ in keys], [free for _, free in keys], at)
    return int(rows[0]["wait"])


async def forgive(db: Database, *, own: Sequence[bytes], shared: Sequence[bytes]) -> None:
    await db.ask(_FORGIVE, list(own), list(shared))


async def session(rx: ReadUnit, session_id: SessionId) -> SessionRow | None:
    return await rx.session.get(SessionRow, session_id)


async def end_sessions(tx: WriteUnit, person_id: PersonId, *, keep: SessionId | None = None) -> int:
    """Delete the person's sessions, all but `keep`; served by ix_auth_session_person_id."""
    wanted = delete(SessionRow).where(SessionRow.person_id == person_id)
    if keep is not None:
        wanted = wanted.where(SessionRow.id != keep)
    return len((await tx.session.scalars(wanted.returning(SessionRow.id))).all())


async def reprove_sessions(tx: WriteUnit, person_id: PersonId, before: Proof, now: Proof) -> None:
    """Sessions of the person that were proven in one way count as proven in another."""
    wanted = update(SessionRow).where(SessionRow.person_id == person_id, SessionRow.proof == before)
    await tx.session.execute(wanted.values(proof=now))


async def end_session_of_tenant(tx: WriteUnit, session_id: SessionId, tenant_id: TenantId) -> bool:
    wanted = delete(SessionRow).where(SessionRow.id == session_id, SessionRow.current_tenant_id == tenant_id)
    return (await tx.session.scalar(wanted.returning(SessionRow.id))) is not None


def add_one_time(
    tx: WriteUnit,
    *,
    person_id: PersonId,
    purpose: Purpose,
    token_hash: bytes,
    email: str,
    remembered: bool,
    now: datetime,
    expires_at: datetime,
) -> None:
    tx.session.add(
        OneTimeRow(
            person_id=person_id,
            purpose=purpose,
            token_hash=token_hash,
            email=email,
            remembered=remembered,
            created_at=now,
            expires_at=expires_at,
        )
    )


async def forget_one_time(tx: WriteUnit, person_id: PersonId, purpose: Purpose) -> None:
    """What was sent before stops working; served by ix_auth_one_time_person_id."""
    await tx.session.execute(delete(OneTimeRow).where(OneTimeRow.person_id == person_id, OneTimeRow.purpose == purpose))


async def peek_one_time(db: Database, token_hash: bytes, purpose: Purpose, now: datetime) -> OneTime | None:
    return _one_time(await db.ask(_PEEK_ONE_TIME, token_hash, purpose, now))


async def take_one_time(db: Database, token_hash: bytes, purpose: Purpose, now: datetime) -> OneTime | None:
    """Use the token up; of two callers at once only one gets it."""
    return _one_time(await db.ask(_TAKE_ONE_TIME, token_hash, purpose, now))


def _one_time(rows: "Sequence[asyncpg.Record]") -> OneTime | None:
    return OneTime(PersonId(rows[0]["person_id"]), rows[0]["email"], rows[0]["remembered"]) if rows else None


async def totp(rx: ReadUnit, person_id: PersonId, *, lock: bool = False) -> TotpRow | None:
    """`lock` makes two uses of one code wait for each other."""
    wanted = select(TotpRow).where(TotpRow.person_id == person_id)
    return await rx.session.scalar(wanted.with_for_update() if lock else wanted)


async def replace_recovery_codes(tx: WriteUnit, person_id: PersonId, hashes: Sequence[bytes]) -> None:
    await tx.session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.person_id == person_id))
    tx.session.add_all(RecoveryCodeRow(person_id=person_id, code_hash=code_hash) for code_hash in hashes)


async def recovery_code(tx: WriteUnit, person_id: PersonId, hashes: Sequence[bytes]) -> RecoveryCodeRow | None:
    """An unused code with one of these hashes (one for each valid key), locked."""
    wanted = select(RecoveryCodeRow).where(
        RecoveryCodeRow.person_id == person_id,
        RecoveryCodeRow.code_hash.in_(hashes),
        RecoveryCodeRow.used_at.is_(None),
    )
    return await tx.session.scalar(wanted.with_for_update())


async def passkey_of(db: Database, credential_id: bytes) -> KnownPasskey | None:
    rows = await db.ask(_PASSKEY_OF, credential_id)
    if not rows:
        return None
    row = rows[0]
    return KnownPasskey(row["id"], PersonId(row["person_id"]), row["public_key"], row["sign_count"])


async def passkeys(rx: ReadUnit, person_id: PersonId) -> Sequence[PasskeyRow]:
    wanted = select(PasskeyRow).where(PasskeyRow.person_id == person_id).order_by(PasskeyRow.created_at)
    return (await rx.session.scalars(wanted)).all()


async def passkey(rx: ReadUnit, passkey_id: UUID) -> PasskeyRow | None:
    """By primary key; row-level security shows a person's own only."""
    return await rx.session.get(PasskeyRow, passkey_id)


async def add_passkey(tx: WriteUnit, row: PasskeyRow) -> None:
    """Raises PasskeyRefused when a passkey with this credential is registered already, whosever it is."""
    tx.session.add(row)
    try:
        await tx.session.flush()
    except IntegrityError as error:
        raise PasskeyRefused("This passkey is registered already.") from error


async def remove_passkey(tx: WriteUnit, row: PasskeyRow) -> None:
    await tx.session.delete(row)


async def put_challenge(db: Database, challenge_id: UUID, purpose: str, challenge: bytes, expires_at: datetime) -> None:
    await db.ask(_PUT_CHALLENGE, challenge_id, purpose, challenge, expires_at)


async def take_challenge(db: Database, challenge_id: UUID, purpose: str, now: datetime) -> bytes | None:
    """A challenge is answered once; None when it was taken, has expired or never was."""
    rows = await db.ask(_TAKE_CHALLENGE, challenge_id, purpose, now)
    return bytes(rows[0]["challenge"]) if rows else None


async def sign_in_rule(rx: ReadUnit) -> SignInRuleRow | None:
    """Of the unit's organisation; None where nothing was ever asked."""
    return await rx.session.get(SignInRuleRow, rx.tenant_id)


async def put_sign_in_rule(tx: WriteUnit, second_step: str) -> None:
    await tx.execute(_PUT_RULE, second_step)


async def api_token(rx: ReadUnit, token_id: UUID) -> ApiTokenRow | None:
    return await rx.session.scalar(select(ApiTokenRow).where(ApiTokenRow.id == token_id))


async def tell(
    tx: WriteUnit, person_id: PersonId, fact: type[Event], at: datetime, *, only: UUID | None = None, **facts: object
) -> None:
    """Emit the fact to every organisation of the person, or to `only` that one; `facts` are the event's own fields.

    Commits with the unit. Nothing happens where the person is no active member.
    """
    await tx.ask(_TELL, *_told(person_id, fact, at, only, facts))


async def tell_at_once(
    db: Database, person_id: PersonId | None, fact: type[Event], at: datetime, **facts: object
) -> None:
    """The same as a transaction of its own, for what is refused; as much work when there is no such person."""
    await db.ask(_TELL, *_told(person_id, fact, at, None, facts))


def _told(
    person_id: PersonId | None, fact: type[Event], at: datetime, only: UUID | None, facts: dict[str, object]
) -> tuple[object, ...]:
    payload = msgspec.json.encode(facts).decode()
    return person_id, only, fact.event_type, payload, at, current_traceparent.get(), encode_origin(None)


async def sweep(db: Database, now: datetime) -> None:
    """Delete what has expired."""
    await db.ask(_SWEEP, now)


# Served by ix_auth_api_token_membership; the names that people gave them go too.
_FORGET_TOKENS = statement("delete from auth_api_token where tenant_id = $1 and membership_id = $2")

_FORGET_ACCOUNT = DefinerCall("auth_forget_account", 2)


async def forget_member(tx: WriteUnit, membership_id: UUID) -> dict[str, int]:
    """Safe to repeat."""
    tokens = await tx.execute(_FORGET_TOKENS, membership_id)
    row = (await tx.ask(_FORGET_ACCOUNT, tx.require_tenant(), membership_id))[0]
    return {"tokens": tokens, "sessions": row["sessions"], "credentials": row["credentials"]}
