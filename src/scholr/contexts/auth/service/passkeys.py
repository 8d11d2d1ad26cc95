"""Passkeys (WebAuthn level 3): signing in with a device that checks who holds it. Nothing to phish, nothing to leak."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import structlog
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from scholr.contexts.auth import repository
from scholr.contexts.auth.errors import PasskeyNotFound, PasskeyRefused
from scholr.contexts.auth.events import PasskeyAdded, PasskeyRemoved, SignInFailed
from scholr.contexts.auth.model import PasskeyId, Proof, SessionId
from scholr.contexts.auth.repository import KnownPasskey
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
from scholr.contexts.auth.tables import PasskeyRow
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.ids import PersonId, TenantId, new_id
from scholr.kernel.text import text_problem
from scholr.platform.db.retry import retried
from scholr.platform.mail import send_mail
from scholr.platform.runtime import Platform

CHALLENGE_LASTS = timedelta(minutes=5)
RELYING_PARTY = "Scholr"
_SIGN_IN = "sign_in"
# What a hostile browser can send instead of an authenticator's answer: any JSON, any bytes.
_MALFORMED = (WebAuthnException, ValueError, KeyError, TypeError)

log = structlog.get_logger("scholr.auth")


@dataclass(frozen=True, slots=True)
class Challenge:
    """`options` is what `navigator.credentials` takes, as JSON text; `id` comes back with the answer."""

    id: UUID
    options: str


@dataclass(frozen=True, slots=True)
class _Shown:
    """A browser's answer (JSON text) to a challenge, and what that was for."""

    purpose: str
    challenge_id: UUID
    credential: str


async def begin_registration(platform: Platform, actor: Actor, session_id: SessionId) -> Challenge:
    """Raises SignInAgain, FactorFirst."""
    await require_proof_for_factors(platform, actor, session_id)
    person_id = require_person(actor)
    async with platform.db.read(actor.tenant_id, person_id=person_id) as rx:
        person = await identity.require_person(rx, person_id)
        known = await repository.passkeys(rx, person_id)
    options = generate_registration_options(
        rp_id=_host(platform),
        rp_name=RELYING_PARTY,
        user_id=person_id.bytes,
        user_name=person.email,
        user_display_name=person.name or person.email,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=row.credential_id) for row in known],
    )
    return await _keep(platform, f"register:{session_id}", options.challenge, options_to_json(options))


async def finish_registration(
    platform: Platform, actor: Actor, session_id: SessionId, *, challenge_id: UUID, credential: str, name: str
) -> StartedSession:
    """Keep the new passkey; the session gets a new token. `credential` is the browser's answer as JSON text.

    Raises PasskeyRefused.
    """
    await require_proof_for_factors(platform, actor, session_id)
    challenge = await repository.take_challenge(
        platform.db, challenge_id, f"register:{session_id}", platform.clock.now()
    )
    verified = _verify_registration(platform, challenge, credential)
    label = name.strip() if text_problem(name, most=100) is None else "Passkey"
    await _store(platform, actor, verified, label)
    return await rotate_session(platform, actor, session_id)


def _verify_registration(platform: Platform, challenge: bytes | None, credential: str) -> VerifiedRegistration:
    if challenge is None:
        raise PasskeyRefused("That took too long. Try again.")
    try:
        return verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_host(platform),
            expected_origin=platform.http.public_url,
            require_user_verification=True,
        )
    except _MALFORMED as error:
        log.info("passkey refused", reason=str(error))
        raise PasskeyRefused from error


@retried
async def _store(platform: Platform, actor: Actor, verified: VerifiedRegistration, label: str) -> None:
    person_id = require_person(actor)
    async with platform.db.write(actor.tenant_id, person_id=person_id) as tx:
        row = PasskeyRow(
            id=new_id(),
            person_id=person_id,
            credential_id=verified.credential_id,
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
            name=label,
            transports=[],
            backed_up=verified.credential_backed_up,
            created_at=platform.clock.now(),
        )
        await repository.add_passkey(tx, row)
        await repository.tell(tx, person_id, PasskeyAdded, platform.clock.now())
        person = await identity.require_person(tx, person_id)
        letter = letters.second_step_changed(platform, "A passkey was added")
        await send_mail(tx, to=person.email, subject=letter.subject, text=letter.text)


async def begin_passkey_sign_in(platform: Platform) -> Challenge:
    """Names no account: the device offers what it holds, so nothing can be learned by asking."""
    options = generate_authentication_options(
        rp_id=_host(platform), user_verification=UserVerificationRequirement.REQUIRED
    )
    return await _keep(platform, _SIGN_IN, options.challenge, options_to_json(options))


async def finish_passkey_sign_in(
    platform: Platform,
    *,
    challenge_id: UUID,
    credential: str,
    remembered: bool,
    client: Client,
    tenant_id: TenantId | None = None,
) -> StartedSession:
    """Sign in; no second step is asked for, since the device has checked its holder. Raises PasskeyRefused."""
    shown = _Shown(_SIGN_IN, challenge_id, credential)
    return await start_session(
        platform,
        person_id=await _holder(platform, shown, client),
        proof=Proof.PASSKEY,
        remembered=remembered,
        client=client,
        tenant_id=tenant_id,
    )


async def begin_passkey_confirmation(platform: Platform, actor: Actor, session_id: SessionId) -> Challenge:
    """For somebody who is signed in: names their own passkeys, so that the device offers no other account's."""
    person_id = require_person(actor)
    async with platform.db.read(actor.tenant_id, person_id=person_id) as rx:
        known = await repository.passkeys(rx, person_id)
    options = generate_authentication_options(
        rp_id=_host(platform),
        allow_credentials=[PublicKeyCredentialDescriptor(id=row.credential_id) for row in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return await _keep(platform, f"confirm:{session_id}", options.challenge, options_to_json(options))


async def confirm_passkey(
    platform: Platform, actor: Actor, session_id: SessionId, *, challenge_id: UUID, credential: str, client: Client
) -> StartedSession:
    """Show a passkey in place of the password before something important; the session gets a new token and is proven
    by it from now on. Raises PasskeyRefused, for another person's as well.
    """
    shown = _Shown(f"confirm:{session_id}", challenge_id, credential)
    await _holder(platform, shown, client, only=require_person(actor))
    return await rotate_session(platform, actor, session_id, proof=Proof.PASSKEY)


async def _holder(platform: Platform, shown: _Shown, client: Client, only: PersonId | None = None) -> PersonId:
    """Whose passkey answered the challenge; the challenge is used up. Raises PasskeyRefused, TooManyAttempts."""
    attempt = await count_attempt(platform, action="passkey", account=str(shown.challenge_id), address=client.address)
    challenge = await repository.take_challenge(platform.db, shown.challenge_id, shown.purpose, platform.clock.now())
    known = await _known(platform, shown.credential)
    if challenge is None or known is None or only not in (None, known.person_id):
        raise PasskeyRefused
    try:
        verified = _verify_sign_in(platform, challenge, shown.credential, known)
    except PasskeyRefused:
        now = platform.clock.now()
        await repository.tell_at_once(platform.db, known.person_id, SignInFailed, now, step="passkey")
        raise
    await _note_use(platform, known, verified)
    await attempt.succeeded(platform)
    return known.person_id


async def _known(platform: Platform, credential: str) -> KnownPasskey | None:
    try:
        answer = msgspec.json.decode(credential.encode(), type=_Answer)
        credential_id = base64url_to_bytes(answer.id)
    except (msgspec.DecodeError, ValueError) as error:
        raise PasskeyRefused from error
    return await repository.passkey_of(platform.db, credential_id)


def _verify_sign_in(
    platform: Platform, challenge: bytes, credential: str, known: KnownPasskey
) -> VerifiedAuthentication:
    """Refuses also a counter that went backwards: the passkey was copied."""
    try:
        return verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_host(platform),
            expected_origin=platform.http.public_url,
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        )
    except _MALFORMED as error:
        log.info("passkey refused", reason=str(error))
        raise PasskeyRefused from error


@retried
async def _note_use(platform: Platform, known: KnownPasskey, verified: VerifiedAuthentication) -> None:
    async with platform.db.write(None, person_id=known.person_id) as tx:
        row = await repository.passkey(tx, known.id)
        if row is None:
            raise PasskeyRefused
        row.sign_count, row.backed_up = verified.new_sign_count, verified.credential_backed_up
        row.last_used_at = platform.clock.now()


@retried
async def remove_passkey(platform: Platform, actor: Actor, session_id: SessionId, passkey_id: PasskeyId) -> None:
    """The person's other sessions end. Raises SignInAgain, FactorFirst, PasskeyNotFound."""
    await require_proof_for_factors(platform, actor, session_id)
    person_id = require_person(actor)
    async with platform.db.write(actor.tenant_id, person_id=person_id) as tx:
        row = await repository.passkey(tx, passkey_id)
        if row is None or row.person_id != person_id:
            raise PasskeyNotFound
        await repository.remove_passkey(tx, row)
        await repository.end_sessions(tx, person_id, keep=session_id)  # it may have gone with a device, signed in
        await repository.tell(tx, person_id, PasskeyRemoved, platform.clock.now())
        person = await identity.require_person(tx, PersonId(person_id))
        letter = letters.second_step_changed(platform, "A passkey was removed")
        await send_mail(tx, to=person.email, subject=letter.subject, text=letter.text)


class _Answer(msgspec.Struct):
    """What is needed of the browser's answer before it can be verified."""

    id: str


async def _keep(platform: Platform, purpose: str, challenge: bytes, options: str) -> Challenge:
    challenge_id = new_id()
    until = platform.clock.now() + CHALLENGE_LASTS
    await repository.put_challenge(platform.db, challenge_id, purpose, challenge, until)
    return Challenge(challenge_id, options)


def _host(platform: Platform) -> str:
    return urlsplit(platform.http.public_url).hostname or "localhost"
