"""Choosing, changing and resetting a password, and proving an e-mail address."""

import msgspec

from scholr.contexts.auth import repository
from scholr.contexts.auth.errors import LinkExpired, WrongPassword
from scholr.contexts.auth.events import PasswordChanged
from scholr.contexts.auth.model import LIFETIMES, Purpose, SessionId, checked_password
from scholr.contexts.auth.repository import OneTime
from scholr.contexts.auth.service import letters
from scholr.contexts.auth.service.sessions import Client, require_person
from scholr.contexts.auth.service.throttling import count_attempt
from scholr.contexts.auth.tables import CredentialRow
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.ids import PersonId
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import WriteUnit
from scholr.platform.jobs import enqueue
from scholr.platform.mail import send_mail
from scholr.platform.runtime import Platform
from scholr.platform.security.passwords import passwords
from scholr.platform.security.tokens import new_token, token_hash

SEND_RESET = "auth.send_reset"


class SendReset(msgspec.Struct, frozen=True):
    """The payload of the job that writes the link."""

    email: str


async def set_password(platform: Platform, person_id: PersonId, password: str, *, personal: tuple[str, ...]) -> None:
    """Give the person this password and end every session. Raises WeakPassword. For flows that proved the person."""
    fresh_hash = await passwords().hash(checked_password(password, personal=personal))
    await _store(platform, person_id, fresh_hash)


@retried
async def _store(platform: Platform, person_id: PersonId, fresh_hash: str) -> None:
    async with platform.db.write(None, person_id=person_id) as tx:
        await _save_hash(platform, tx, person_id, fresh_hash)
        await repository.end_sessions(tx, person_id)
        await repository.tell(tx, person_id, PasswordChanged, platform.clock.now(), by_link=True)


async def _save_hash(platform: Platform, tx: WriteUnit, person_id: PersonId, fresh_hash: str) -> None:
    now = platform.clock.now()
    row = await repository.credential(tx, person_id)
    if row is None:
        tx.session.add(CredentialRow(person_id=person_id, password_hash=fresh_hash, changed_at=now))
    else:
        row.password_hash, row.changed_at = fresh_hash, now
    await repository.forget_one_time(tx, person_id, Purpose.RESET)


async def change_password(
    platform: Platform, actor: Actor, session_id: SessionId, *, old: str, new: str, client: Client
) -> None:
    """Replace the password; every other session of the person ends. Raises WrongPassword, WeakPassword."""
    person_id = require_person(actor)
    attempt = await count_attempt(platform, action="confirm", account=str(person_id), address=client.address)
    async with platform.db.read(actor.tenant_id, person_id=person_id) as rx:
        row = await repository.credential(rx, person_id)
        person = await identity.require_person(rx, person_id)
        organizations = await identity.organizations_of(rx, person_id)
    if not (await passwords().verify(old, row.password_hash if row else None)).right:
        raise WrongPassword(fields={"old_password": WrongPassword.message})
    await attempt.succeeded(platform)
    personal = (person.email, *(place.name for place in organizations))
    fresh_hash = await passwords().hash(checked_password(new, personal=personal))
    await _replace(platform, actor, person_id, session_id, fresh_hash)


@retried
async def _replace(
    platform: Platform, actor: Actor, person_id: PersonId, session_id: SessionId, fresh_hash: str
) -> None:
    async with platform.db.write(actor.tenant_id, person_id=person_id) as tx:
        await _save_hash(platform, tx, person_id, fresh_hash)
        await repository.end_sessions(tx, person_id, keep=session_id)
        person = await identity.require_person(tx, person_id)
        await repository.tell(tx, person_id, PasswordChanged, platform.clock.now(), by_link=False)
        letter = letters.password_changed(platform)
        await send_mail(tx, to=person.email, subject=letter.subject, text=letter.text)


async def request_reset(platform: Platform, *, email: str, client: Client) -> None:
    """Ask for a link. Whether there is an account is looked up later, so that the answer takes the same time.

    Raises TooManyAttempts.
    """
    address = identity.email_or_none(email) or ""
    await count_attempt(platform, action="reset", account=address, address=client.address)
    async with platform.db.write(None) as tx:
        await enqueue(tx, SEND_RESET, SendReset(address))


async def send_reset_link(platform: Platform, email: str) -> None:
    """Write to the address where there is an account; the links before this one stop working."""
    async with platform.db.read(None) as rx:
        person = await identity.person_by_email(rx, email)
    if person is None:
        return
    async with platform.db.write(None, person_id=person.id) as tx:
        await repository.forget_one_time(tx, person.id, Purpose.RESET)
        token = issue_link(platform, tx, person_id=person.id, email=person.email, purpose=Purpose.RESET)
        letter = letters.reset_link(platform, token)
        await send_mail(tx, to=person.email, subject=letter.subject, text=letter.text)


def issue_link(platform: Platform, tx: WriteUnit, *, person_id: PersonId, email: str, purpose: Purpose) -> str:
    """A token for a mail; only its hash is kept."""
    token, now = new_token(), platform.clock.now()
    repository.add_one_time(
        tx,
        person_id=person_id,
        purpose=purpose,
        token_hash=token_hash(token),
        email=email,
        remembered=False,
        now=now,
        expires_at=now + LIFETIMES[purpose],
    )
    return token


async def look_at_reset(platform: Platform, token: str) -> str:
    """The e-mail address that a reset link is for, without using the link up. Raises LinkExpired."""
    found = await repository.peek_one_time(platform.db, token_hash(token), Purpose.RESET, platform.clock.now())
    if found is None:
        raise LinkExpired
    return found.email


async def reset_password(platform: Platform, *, token: str, password: str) -> None:
    """Set a new password by a link from a mail; every session ends. The link works once.

    A password that is refused leaves the link usable. Raises LinkExpired, WeakPassword.
    """
    email = await look_at_reset(platform, token)
    fresh_hash = await passwords().hash(checked_password(password, personal=(email,)))
    found = await _take(platform, token, Purpose.RESET)
    await _store(platform, found.person_id, fresh_hash)
    await identity.verify_email(platform, person_id=found.person_id, email=found.email)


async def request_verification(platform: Platform, actor: Actor, *, client: Client) -> None:
    """Mail a link that proves the person's address; nothing is sent where it was proven already."""
    person_id = require_person(actor)
    await count_attempt(platform, action="verify", account=str(person_id), address=client.address)
    async with platform.db.write(actor.tenant_id, person_id=person_id) as tx:
        person = await identity.require_person(tx, person_id)
        if person.email_verified_at is not None:
            return
        await repository.forget_one_time(tx, person_id, Purpose.VERIFY)
        token = issue_link(platform, tx, person_id=person_id, email=person.email, purpose=Purpose.VERIFY)
        letter = letters.verification_link(platform, token)
        await send_mail(tx, to=person.email, subject=letter.subject, text=letter.text)


async def verify_email(platform: Platform, *, token: str) -> str:
    """Use a verification link; returns the proven address. Raises LinkExpired."""
    found = await _take(platform, token, Purpose.VERIFY)
    await identity.verify_email(platform, person_id=found.person_id, email=found.email)
    return found.email


async def _take(platform: Platform, token: str, purpose: Purpose) -> OneTime:
    found = await repository.take_one_time(platform.db, token_hash(token), purpose, platform.clock.now())
    if found is None:
        raise LinkExpired
    return found
