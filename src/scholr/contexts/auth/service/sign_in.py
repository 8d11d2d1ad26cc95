"""Signing in with a password, and the second step where one is set."""

from dataclasses import dataclass

import structlog

from scholr.contexts.auth import repository
from scholr.contexts.auth.errors import WrongCredentials, WrongPassword
from scholr.contexts.auth.events import SignInFailed
from scholr.contexts.auth.model import LIFETIMES, LONGEST_PASSWORD, Proof, Purpose, SessionId
from scholr.contexts.auth.repository import Credential
from scholr.contexts.auth.service.sessions import Client, StartedSession, require_person, rotate_session, start_session
from scholr.contexts.auth.service.throttling import count_attempt
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.ids import PersonId, TenantId
from scholr.platform.runtime import Platform
from scholr.platform.security.passwords import passwords
from scholr.platform.security.tokens import new_token, token_hash

log = structlog.get_logger("scholr.auth")


@dataclass(frozen=True, slots=True)
class SecondStep:
    """The password was right, and the account asks for a code too. `token` proves the first step for ten minutes."""

    token: str


async def sign_in(
    platform: Platform,
    *,
    email: str,
    password: str,
    remembered: bool,
    client: Client,
    tenant_id: TenantId | None = None,
) -> StartedSession | SecondStep:
    """Prove an account by its password.

    Raises WrongCredentials whether or not there is such an account, after the same work either way, and
    TooManyAttempts.
    """
    address = identity.email_or_none(email) or ""
    attempt = await count_attempt(platform, action="sign_in", account=address, address=client.address)
    found = await repository.credential_of(platform.db, address)
    if not await _password_is_right(platform, found, password) or found is None:
        log.info("sign-in refused", address=client.address)
        await _tell_of_failure(platform, found.person_id if found else None, "password")
        raise WrongCredentials
    await attempt.succeeded(platform)
    if found.has_totp:
        return await _ask_for_second_step(platform, found, remembered)
    return await start_session(
        platform,
        person_id=found.person_id,
        proof=Proof.PASSWORD,
        remembered=remembered,
        client=client,
        tenant_id=tenant_id,
    )


async def confirm_password(
    platform: Platform, actor: Actor, session_id: SessionId, *, email: str, password: str, client: Client
) -> StartedSession:
    """Show the password again before something important; the session gets a new token. Raises WrongPassword."""
    person_id = require_person(actor)
    attempt = await count_attempt(platform, action="confirm", account=str(person_id), address=client.address)
    found = await repository.credential_of(platform.db, email)
    owned = found if found is not None and found.person_id == person_id else None
    if not await _password_is_right(platform, owned, password):
        await _tell_of_failure(platform, person_id, "confirm")
        raise WrongPassword(fields={"password": WrongPassword.message})
    await attempt.succeeded(platform)
    return await rotate_session(platform, actor, session_id, proof=Proof.PASSWORD)


async def _tell_of_failure(platform: Platform, person_id: PersonId | None, step: str) -> None:
    """Whoever it was: the organisations of the account that was tried see that it was."""
    await repository.tell_at_once(platform.db, person_id, SignInFailed, platform.clock.now(), step=step)


async def _password_is_right(platform: Platform, found: Credential | None, password: str) -> bool:
    """Compare, and renew a hash that was made with older parameters. Takes as long when there is no account."""
    stored = found.password_hash if found else None
    verdict = await passwords().verify(password[:LONGEST_PASSWORD], stored)
    right = verdict.right and len(password) <= LONGEST_PASSWORD
    if right and verdict.fresh_hash and found:
        await _renew_hash(platform, found.person_id, verdict.fresh_hash)
    return right


async def _renew_hash(platform: Platform, person_id: PersonId, fresh_hash: str) -> None:
    async with platform.db.write(None, person_id=person_id) as tx:
        row = await repository.credential(tx, person_id)
        if row is not None:
            row.password_hash = fresh_hash


async def _ask_for_second_step(platform: Platform, found: Credential, remembered: bool) -> SecondStep:
    token, now = new_token(), platform.clock.now()
    async with platform.db.write(None, person_id=found.person_id) as tx:
        repository.add_one_time(
            tx,
            person_id=found.person_id,
            purpose=Purpose.SECOND_STEP,
            token_hash=token_hash(token),
            email=found.email,
            remembered=remembered,
            now=now,
            expires_at=now + LIFETIMES[Purpose.SECOND_STEP],
        )
    return SecondStep(token)
