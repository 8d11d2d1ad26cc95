"""Accepting an invitation: with a new account, or with the one that the address has already."""

from dataclasses import dataclass

from scholr.contexts.auth import repository
from scholr.contexts.auth.errors import AccountExists, OtherAccount
from scholr.contexts.auth.model import Proof, SessionId, checked_password
from scholr.contexts.auth.service.sessions import (
    Client,
    StartedSession,
    require_person,
    start_session,
    switch_organization,
)
from scholr.contexts.auth.tables import CredentialRow
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.ids import PersonId
from scholr.platform.db.retry import retried
from scholr.platform.runtime import Platform
from scholr.platform.security.passwords import passwords


@dataclass(frozen=True, slots=True)
class InvitationToJoin:
    """`has_account` is told to whoever holds the link only: the link went to the address itself."""

    offer: identity.InvitationOffer
    has_account: bool


async def look_at_invitation(platform: Platform, token: str) -> InvitationToJoin:
    """What the link is for, without using it up. Raises InvitationOver."""
    offer = await identity.invitation_for(platform.db, token, platform.clock.now())
    if offer is None:
        raise identity.InvitationOver
    account = await repository.credential_of(platform.db, offer.email)
    return InvitationToJoin(offer, account is not None and account.password_hash is not None)


async def join_with_new_account(
    platform: Platform, *, token: str, name: str, password: str, client: Client
) -> StartedSession:
    """Make the account and the membership, and sign in. The password comes first: if what follows fails, the link
    still works and the person signs in with it.

    Raises InvitationOver, AccountExists, WeakPassword, InvalidName.
    """
    invitation = await look_at_invitation(platform, token)
    if invitation.has_account:
        raise AccountExists
    offer = invitation.offer
    checked_password(password, personal=(offer.email, offer.organization_name))
    person = await identity.find_or_create_person(platform, email=offer.email, name=offer.name or name)
    await _store_first(platform, person.id, await passwords().hash(password))
    joined = await identity.accept_invitation(platform, token=token, person_id=person.id, name=name)
    await identity.verify_email(platform, person_id=person.id, email=offer.email)
    return await start_session(
        platform,
        person_id=person.id,
        proof=Proof.INVITATION,
        remembered=False,
        client=client,
        tenant_id=joined.tenant_id,
    )


@retried
async def _store_first(platform: Platform, person_id: PersonId, fresh_hash: str) -> None:
    """Only where there is no password yet: a link that is used twice at once sets one, not two."""
    async with platform.db.write(None, person_id=person_id) as tx:
        if await repository.credential(tx, person_id) is not None:
            raise AccountExists
        tx.session.add(CredentialRow(person_id=person_id, password_hash=fresh_hash, changed_at=platform.clock.now()))


async def join_with_account(platform: Platform, actor: Actor, session_id: SessionId, *, token: str) -> StartedSession:
    """Join as the person who is signed in, and move the session there. Raises InvitationOver, OtherAccount."""
    person_id = require_person(actor)
    invitation = await look_at_invitation(platform, token)
    async with platform.db.read(actor.tenant_id, person_id=person_id) as rx:
        person = await identity.require_person(rx, person_id)
    if person.email != invitation.offer.email:
        raise OtherAccount
    joined = await identity.accept_invitation(
        platform, token=token, person_id=person_id, name=person.name or person.email
    )
    await identity.verify_email(platform, person_id=person_id, email=person.email)
    return await switch_organization(platform, actor, session_id, joined.tenant_id)
