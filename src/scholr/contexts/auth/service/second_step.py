"""The second step: time-based codes (RFC 6238), each good for one use, and recovery codes for a lost phone."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

import pyotp

from scholr.contexts.auth import repository
from scholr.contexts.auth.errors import LinkExpired, TotpOn, WrongCode
from scholr.contexts.auth.events import (
    PasskeyRemoved,
    RecoveryCodesRenewed,
    SecondStepDisabled,
    SecondStepEnabled,
    SignInFailed,
)
from scholr.contexts.auth.model import (
    TOTP_PERIOD,
    Proof,
    Purpose,
    SessionId,
    is_recent,
    matching_step,
    normal_recovery_code,
)
from scholr.contexts.auth.service import letters
from scholr.contexts.auth.service.sessions import (
    Client,
    StartedSession,
    require_person,
    require_proof_for_factors,
    rotate_session,
    start_session,
)
from scholr.contexts.auth.service.throttling import count_attempt
from scholr.contexts.auth.tables import TotpRow
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.ids import PersonId, TenantId
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import ReadUnit, WriteUnit
from scholr.platform.mail import send_mail
from scholr.platform.runtime import Platform
from scholr.platform.security.encryption import Vault
from scholr.platform.security.resealing import SealedColumn
from scholr.platform.security.tokens import token_hash

_PURPOSE = "totp"
SEALED = (SealedColumn("auth_totp", "person_id", "secret", _PURPOSE, "app.person_id"),)
RECOVERY_CODES = 10
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
ISSUER = "Scholr"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs: the secret to type, or the same as an otpauth URI for a QR code."""

    secret: str
    uri: str


def _vault(platform: Platform) -> Vault:
    return Vault(platform.keys, _PURPOSE)


@retried
async def begin_totp(platform: Platform, actor: Actor, session_id: SessionId | None) -> Enrolment:
    """A secret that counts once `confirm_totp` has seen a code of it; the same for a quarter of an hour, so that the
    page may be opened again, and no longer, since somebody else may have looked at it.

    Raises SignInAgain, FactorFirst, TotpOn.
    """
    await require_proof_for_factors(platform, actor, session_id)
    person_id, now = require_person(actor), platform.clock.now()
    async with platform.db.write(actor.tenant_id, person_id=person_id) as tx:
        row = await repository.totp(tx, person_id, lock=True)
        if row is not None and row.confirmed_at is not None:
            raise TotpOn
        if row is None:
            row = TotpRow(person_id=person_id, secret=_fresh_secret(platform), created_at=now)
            tx.session.add(row)
        elif not is_recent(row.created_at, now):
            row.secret, row.created_at = _fresh_secret(platform), now
        return await _enrolment(platform, tx, row)


def _fresh_secret(platform: Platform) -> bytes:
    return _vault(platform).seal(pyotp.random_base32(32).encode())


async def pending_totp(platform: Platform, actor: Actor) -> Enrolment | None:
    """The enrolment that waits for its first code; None where there is none or it is on already."""
    person_id = require_person(actor)
    async with platform.db.read(actor.tenant_id, person_id=person_id) as rx:
        row = await repository.totp(rx, person_id)
        if row is None or row.confirmed_at is not None:
            return None
        return await _enrolment(platform, rx, row)


async def _enrolment(platform: Platform, rx: ReadUnit, row: TotpRow) -> Enrolment:
    secret = _vault(platform).open(row.secret).decode()
    person = await identity.require_person(rx, PersonId(row.person_id))
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=person.email, issuer_name=ISSUER))


@retried
async def confirm_totp(
    platform: Platform, actor: Actor, session_id: SessionId, *, code: str
) -> tuple[StartedSession, list[str]]:
    """Switch the second step on; returns the session under a new token, and recovery codes to keep.

    Raises SignInAgain, FactorFirst, TotpOn, WrongCode.
    """
    await require_proof_for_factors(platform, actor, session_id)
    person_id, codes = require_person(actor), _fresh_codes()
    async with platform.db.write(actor.tenant_id, person_id=person_id) as tx:
        row = await repository.totp(tx, person_id, lock=True)
        if row is None:
            raise WrongCode(fields={"code": "begin again: the secret is gone"})
        if row.confirmed_at is not None:
            raise TotpOn
        _use_code(platform, row, code)
        row.confirmed_at = platform.clock.now()
        await repository.replace_recovery_codes(tx, person_id, [_code_hashes(platform, each)[0] for each in codes])
        await repository.end_sessions(tx, person_id, keep=session_id)
        await repository.tell(tx, person_id, SecondStepEnabled, platform.clock.now())
        await _tell(platform, tx, person_id, "The second step was switched on")
    return await rotate_session(platform, actor, session_id, proof=Proof.TOTP), codes


@retried
async def renew_recovery_codes(platform: Platform, actor: Actor, session_id: SessionId | None) -> list[str]:
    """Fresh codes; the old ones stop working. Raises SignInAgain, FactorFirst, WrongCode without a second step."""
    await require_proof_for_factors(platform, actor, session_id)
    person_id, codes = require_person(actor), _fresh_codes()
    async with platform.db.write(actor.tenant_id, person_id=person_id) as tx:
        row = await repository.totp(tx, person_id)
        if row is None or row.confirmed_at is None:
            raise WrongCode("Switch the second step on first.")
        await repository.replace_recovery_codes(tx, person_id, [_code_hashes(platform, each)[0] for each in codes])
        await repository.tell(tx, person_id, RecoveryCodesRenewed, platform.clock.now())
        await _tell(platform, tx, person_id, "New recovery codes were made")
    return codes


@retried
async def remove_totp(platform: Platform, actor: Actor, session_id: SessionId | None) -> None:
    """Switch the second step off; the recovery codes go with it, and sessions that it opened count as opened by the
    password alone. Raises SignInAgain, FactorFirst."""
    await require_proof_for_factors(platform, actor, session_id)
    person_id = require_person(actor)
    async with platform.db.write(actor.tenant_id, person_id=person_id) as tx:
        row = await repository.totp(tx, person_id, lock=True)
        if row is None:
            return
        await tx.session.delete(row)
        await repository.replace_recovery_codes(tx, person_id, [])
        await repository.reprove_sessions(tx, person_id, Proof.TOTP, Proof.PASSWORD)
        await repository.tell(tx, person_id, SecondStepDisabled, platform.clock.now())
        await _tell(platform, tx, person_id, "The second step was switched off")


@retried
async def remove_factors(platform: Platform, *, email: str) -> bool:
    """For somebody who has lost them all: take second step, recovery codes and passkeys off the account, and end its
    sessions. The password stays. False when there is no such account. Whoever calls knows that it is they who ask.
    """
    found = await repository.credential_of(platform.db, identity.email_or_none(email) or "")
    if found is None:
        return False
    person_id, now = found.person_id, platform.clock.now()
    async with platform.db.write(None, person_id=person_id) as tx:
        row = await repository.totp(tx, person_id, lock=True)
        if row is not None:
            await tx.session.delete(row)
        if row is not None and row.confirmed_at is not None:
            await repository.tell(tx, person_id, SecondStepDisabled, now)
        await repository.replace_recovery_codes(tx, person_id, [])
        for key in await repository.passkeys(tx, person_id):
            await repository.remove_passkey(tx, key)
            await repository.tell(tx, person_id, PasskeyRemoved, now)
        await repository.end_sessions(tx, person_id)
        await _write(tx, person_id, letters.factors_removed(platform))
    return True


async def complete_sign_in(
    platform: Platform, *, first_step: str, code: str, client: Client, tenant_id: TenantId | None = None
) -> StartedSession:
    """Take the code after the password. `first_step` is what `sign_in` returned.

    Raises LinkExpired (begin again), WrongCode, TooManyAttempts.
    """
    now, hashed = platform.clock.now(), token_hash(first_step)
    found = await repository.peek_one_time(platform.db, hashed, Purpose.SECOND_STEP, now)
    if found is None:
        raise LinkExpired("That took too long. Begin again with your password.")
    attempt = await count_attempt(platform, action="second_step", account=str(found.person_id), address=client.address)
    try:
        proof = await _take_code(platform, found.person_id, code)
    except WrongCode:
        await repository.tell_at_once(platform.db, found.person_id, SignInFailed, now, step="code")
        raise
    if await repository.take_one_time(platform.db, hashed, Purpose.SECOND_STEP, now) is None:
        raise LinkExpired("This sign-in was completed already.")
    await attempt.succeeded(platform)
    return await start_session(
        platform,
        person_id=found.person_id,
        proof=proof,
        remembered=found.remembered,
        client=client,
        tenant_id=tenant_id,
    )


@retried
async def _take_code(platform: Platform, person_id: PersonId, code: str) -> Proof:
    """Use up a code of either kind; the row is locked, so that of two uses at once one fails."""
    async with platform.db.write(None, person_id=person_id) as tx:
        row = await repository.totp(tx, person_id, lock=True)
        if row is None or row.confirmed_at is None:
            raise WrongCode
        if code.strip().replace(" ", "").isdigit():
            _use_code(platform, row, code)
            return Proof.TOTP
        spare = await repository.recovery_code(tx, person_id, _code_hashes(platform, code))
        if spare is None:
            raise WrongCode(fields={"code": WrongCode.message})
        spare.used_at = platform.clock.now()
        await _tell(platform, tx, person_id, "A recovery code was used to sign in")
        return Proof.RECOVERY_CODE


def _use_code(platform: Platform, row: TotpRow, code: str) -> None:
    """Accept a code once: its time step must be newer than every step that was used before."""
    secret = _vault(platform).open(row.secret).decode()
    step = matching_step(pyotp.TOTP(secret, interval=TOTP_PERIOD).at, code, platform.clock.now(), row.last_step)
    if step is None:
        raise WrongCode(fields={"code": WrongCode.message})
    row.last_step = step


async def _tell(platform: Platform, tx: WriteUnit, person_id: PersonId, what: str) -> None:
    await _write(tx, person_id, letters.second_step_changed(platform, what))


async def _write(tx: WriteUnit, person_id: PersonId, letter: letters.Letter) -> None:
    person = await identity.require_person(tx, person_id)
    await send_mail(tx, to=person.email, subject=letter.subject, text=letter.text)


def _fresh_codes() -> list[str]:
    """Ten codes of 50 bits, without characters that look alike."""
    return [_grouped("".join(secrets.choice(_ALPHABET) for _ in range(10))) for _ in range(RECOVERY_CODES)]


def _grouped(code: str) -> str:
    return f"{code[:5]}-{code[5:]}"


def _code_hashes(platform: Platform, code: str) -> list[bytes]:
    """Keyed, because fifty bits alone could be searched for in a stolen table; the current key comes first."""
    plain = normal_recovery_code(code).encode()
    return [hmac.digest(key, plain, hashlib.sha256) for key in platform.keys.derive("recovery code")]
