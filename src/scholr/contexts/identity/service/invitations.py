"""Invitations by e-mail. What comes back is the same whether or not the address was known anywhere."""

from collections.abc import Iterable
from dataclasses import dataclass

from scholr.contexts.identity import model, queries, repository
from scholr.contexts.identity.errors import AlreadyMember, InvitationNotFound, InvitationOver
from scholr.contexts.identity.events import InvitationAccepted, InvitationRevoked, MemberInvited, MemberReactivated
from scholr.contexts.identity.policy import MANAGE_PEOPLE
from scholr.contexts.identity.service import letters
from scholr.contexts.identity.service.members import insert_member
from scholr.contexts.identity.tables import InvitationRow, MembershipRow
from scholr.kernel.actor import Actor, Role
from scholr.kernel.ids import MembershipId, PersonId, TenantId, new_id
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import WriteUnit
from scholr.platform.mail import send_mail
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require
from scholr.platform.security.tokens import new_token, token_hash


@dataclass(frozen=True, slots=True)
class Invited:
    """`created` is False when an invitation to this address was open already; no second letter was sent then."""

    id: model.InvitationId
    created: bool


@retried
async def invite(
    platform: Platform, actor: Actor, *, email: str, name: str = "", roles: Iterable[Role] = (Role.LEARNER,)
) -> Invited:
    """Send a letter with a link that makes whoever holds it a member. Raises AlreadyMember, OwnersOnly, Invalid."""
    require(actor, MANAGE_PEOPLE)
    wanted = model.checked_roles(roles)
    model.check_grant(actor.roles, before=frozenset(), after=wanted)
    address = model.normal_email(email)
    display_name = model.checked_name(name) if name.strip() else ""
    async with platform.db.write(actor.tenant_id) as tx:
        if await repository.active_member_with_email(tx, address):
            raise AlreadyMember(fields={"email": AlreadyMember.message})
        await repository.close_expired_invitation(tx, address, platform.clock.now())
        found = await repository.open_invitation(tx, address)
        if found is not None:
            return Invited(model.InvitationId(found.id), created=False)
        row = await _add(platform, tx, actor, address, display_name, wanted)
    return Invited(model.InvitationId(row.id), created=True)


async def _add(
    platform: Platform, tx: WriteUnit, actor: Actor, email: str, name: str, roles: frozenset[Role]
) -> InvitationRow:
    now, token = platform.clock.now(), new_token()
    row = InvitationRow(
        id=new_id(),
        email=email,
        display_name=name,
        roles=sorted(roles),
        token_hash=token_hash(token),
        invited_by=actor.membership_id,
        expires_at=now + model.INVITATION_LASTS,
        last_sent_at=now,
        created_at=now,
    )
    tx.session.add(row)
    await tx.emit(MemberInvited(tenant_id=tx.require_tenant(), aggregate_id=row.id, occurred_at=now))
    await _send(platform, tx, row, token)
    return row


async def _send(platform: Platform, tx: WriteUnit, row: InvitationRow, token: str) -> None:
    organization = await repository.require_organization(tx)
    inviter = await queries.member(tx, MembershipId(row.invited_by)) if row.invited_by else None
    letter = letters.invitation(platform, organization.name, inviter.name if inviter else "", token)
    await send_mail(tx, to=row.email, subject=letter.subject, text=letter.text)


@retried
async def resend_invitation(platform: Platform, actor: Actor, invitation_id: model.InvitationId) -> None:
    """A fresh letter with a fresh link; the link before stops working. Raises InvitationNotFound, TooSoon."""
    require(actor, MANAGE_PEOPLE)
    now, token = platform.clock.now(), new_token()
    async with platform.db.write(actor.tenant_id) as tx:
        row = await _require_open(tx, invitation_id)
        model.check_grant(actor.roles, before=frozenset(), after=frozenset(Role(role) for role in row.roles))
        model.check_pause(row.last_sent_at, now)
        row.token_hash, row.last_sent_at, row.times_sent = token_hash(token), now, row.times_sent + 1
        row.expires_at = now + model.INVITATION_LASTS
        await _send(platform, tx, row, token)


@retried
async def revoke_invitation(platform: Platform, actor: Actor, invitation_id: model.InvitationId) -> None:
    """The link stops working; twice changes nothing. Raises InvitationNotFound."""
    require(actor, MANAGE_PEOPLE)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await repository.invitation(tx, invitation_id)
        if row is None or row.accepted_at is not None:
            raise InvitationNotFound
        if row.revoked_at is not None:
            return
        row.revoked_at = platform.clock.now()
        await tx.emit(InvitationRevoked(tenant_id=tx.require_tenant(), aggregate_id=row.id, occurred_at=row.revoked_at))


async def _require_open(tx: WriteUnit, invitation_id: model.InvitationId) -> InvitationRow:
    row = await repository.invitation(tx, invitation_id)
    if row is None or row.accepted_at is not None or row.revoked_at is not None:
        raise InvitationNotFound
    return row


@dataclass(frozen=True, slots=True)
class AcceptedInvitation:
    tenant_id: TenantId
    membership_id: MembershipId


@retried
async def accept_invitation(platform: Platform, *, token: str, person_id: PersonId, name: str) -> AcceptedInvitation:
    """Make the person a member. The caller has proven that the person owns the invited address.

    `name` is used where the organisation gave none. Raises InvitationOver.
    """
    hashed, now = token_hash(token), platform.clock.now()
    found = await queries.invitation_for(platform.db, token, now)
    if found is None:
        raise InvitationOver
    async with platform.db.write(found.tenant_id) as tx:
        row = await repository.invitation(tx, found.id)
        if row is None or row.token_hash != hashed or row.accepted_at is not None or row.revoked_at is not None:
            raise InvitationOver
        member = await _join(platform, tx, row, person_id, row.display_name or name)
        row.accepted_at, row.accepted_by = now, member.id
        await tx.emit(
            InvitationAccepted(tenant_id=found.tenant_id, aggregate_id=row.id, occurred_at=now, membership_id=member.id)
        )
    return AcceptedInvitation(found.tenant_id, MembershipId(member.id))


async def _join(platform: Platform, tx: WriteUnit, row: InvitationRow, person_id: PersonId, name: str) -> MembershipRow:
    """A new membership, or the suspended one from before with the roles that were offered now."""
    roles = [Role(role) for role in row.roles]
    member = await repository.membership_of_person(tx, person_id)
    if member is None:
        return await insert_member(platform, tx, person_id, row.email, model.checked_name(name), roles)
    if member.status == model.SUSPENDED:
        member.status, member.roles = model.ACTIVE, sorted(roles)
        await tx.emit(
            MemberReactivated(tenant_id=tx.require_tenant(), aggregate_id=member.id, occurred_at=platform.clock.now())
        )
    return member
