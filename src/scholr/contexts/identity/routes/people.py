"""People, what they may do here, and invitations."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath, FromQuery, JSONBody

from scholr.contexts.identity import queries
from scholr.contexts.identity.model import GroupId, InvitationId
from scholr.contexts.identity.policy import INVITATIONS_LISTED, PEOPLE_LISTED, PERSON_READ, SEE_INVITATIONS, SEE_PEOPLE
from scholr.contexts.identity.queries import InvitationView, MemberView, PeopleFilter
from scholr.contexts.identity.schemas import (
    CreateInvitation,
    CreateUser,
    InvitationIdOut,
    InvitationOut,
    InvitationPageOut,
    MemberOut,
    MemberPageOut,
    SetRoles,
    UpdateUser,
    UserOut,
)
from scholr.contexts.identity.service import invitations, members
from scholr.kernel.actor import Actor, ActorKind, Role
from scholr.kernel.ids import MembershipId
from scholr.kernel.pagination import DEFAULT_LIMIT
from scholr.platform.audit import note
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require


@api.post("/api/users", tags=["people"], summary="Add a person", public=True, responses=api.found(UserOut))
async def create_user(data: JSONBody[CreateUser], actor: TheActor, platform: ThePlatform) -> Response[UserOut]:
    """The same e-mail again answers 200 with the same person.

    In the demo a request without a tenant makes the person only, without any membership.
    """
    if actor.kind is ActorKind.ANONYMOUS and platform.http.is_demo:
        return await _create_person(platform, data)
    added = await members.add_member(platform, actor, email=data.email, name=data.name, role=data.role)
    out = UserOut(added.id, added.email, added.name, list(added.roles))
    return Response(out, status_code=201 if added.created else 200)


async def _create_person(platform: Platform, data: CreateUser) -> Response[UserOut]:
    person = await members.find_or_create_person(platform, email=data.email, name=data.name)
    out = UserOut(person.id, data.email.strip().lower(), person.name, [])
    return Response(out, status_code=201 if person.created else 200)


@api.get("/api/users", tags=["people"], summary="The people of the organisation")
async def list_users(
    actor: TheActor,
    platform: ThePlatform,
    q: FromQuery[str] = "",
    role: FromQuery[Role | None] = None,
    status: FromQuery[str] = "",
    group_id: FromQuery[UUID | None] = None,
    limit: FromQuery[int] = DEFAULT_LIMIT,
    cursor: FromQuery[str | None] = None,
) -> MemberPageOut:
    """By name. `q` looks into names and addresses; `status` is active or suspended."""
    require(actor, SEE_PEOPLE)
    wanted = PeopleFilter(q, role, status, GroupId(group_id) if group_id else None)
    async with platform.db.read(actor.tenant_id) as rx:
        page = await queries.people(rx, wanted, limit=limit, cursor=cursor)
    await note(platform, actor, PEOPLE_LISTED)
    return MemberPageOut([_member_out(view) for view in page.items], page.next_cursor)


@api.get("/api/users/{user_id:uuid}", tags=["people"], summary="One person")
async def show_user(user_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> MemberOut:
    require(actor, SEE_PEOPLE)
    found = await _member(platform, actor, user_id)
    await note(platform, actor, PERSON_READ, user_id, owner=user_id)
    return found


@api.patch("/api/users/{user_id:uuid}", tags=["people"], summary="Rename a person")
async def update_user(
    user_id: FromPath[UUID], data: JSONBody[UpdateUser], actor: TheActor, platform: ThePlatform
) -> MemberOut:
    await members.rename_member(platform, actor, MembershipId(user_id), data.name)
    return await _member(platform, actor, user_id)


@api.put("/api/users/{user_id:uuid}/roles", tags=["people"], summary="Set a person's roles")
async def set_roles(
    user_id: FromPath[UUID], data: JSONBody[SetRoles], actor: TheActor, platform: ThePlatform
) -> MemberOut:
    await members.change_roles(platform, actor, MembershipId(user_id), data.roles)
    return await _member(platform, actor, user_id)


@api.post("/api/users/{user_id:uuid}/suspend", tags=["people"], summary="Shut a person out", status_code=200)
async def suspend_user(user_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> MemberOut:
    await members.suspend_member(platform, actor, MembershipId(user_id))
    return await _member(platform, actor, user_id)


@api.post("/api/users/{user_id:uuid}/reactivate", tags=["people"], summary="Let a person in again", status_code=200)
async def reactivate_user(user_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> MemberOut:
    await members.reactivate_member(platform, actor, MembershipId(user_id))
    return await _member(platform, actor, user_id)


async def _member(platform: Platform, actor: Actor, user_id: UUID) -> MemberOut:
    async with platform.db.read(actor.tenant_id) as rx:
        return _member_out(await queries.require_member(rx, MembershipId(user_id)))


def _member_out(view: MemberView) -> MemberOut:
    return MemberOut(
        view.id, view.email, view.name, sorted(view.roles), view.status, view.created_at, view.last_seen_at
    )


@api.post("/api/invitations", tags=["people"], summary="Invite by e-mail")
async def create_invitation(
    data: JSONBody[CreateInvitation], actor: TheActor, platform: ThePlatform
) -> Response[InvitationIdOut]:
    """201 with the invitation, 200 with the open one to the same address. Whether anybody has it is not told."""
    invited = await invitations.invite(platform, actor, email=data.email, name=data.name, roles=data.roles)
    return Response(InvitationIdOut(invited.id), status_code=201 if invited.created else 200)


@api.get("/api/invitations", tags=["people"], summary="Invitations")
async def list_invitations(
    actor: TheActor,
    platform: ThePlatform,
    only_open: FromQuery[bool] = False,
    limit: FromQuery[int] = DEFAULT_LIMIT,
    cursor: FromQuery[str | None] = None,
) -> InvitationPageOut:
    require(actor, SEE_INVITATIONS)
    async with platform.db.read(actor.tenant_id) as rx:
        page = await queries.invitations(rx, platform.clock.now(), only_open=only_open, limit=limit, cursor=cursor)
    await note(platform, actor, INVITATIONS_LISTED)
    return InvitationPageOut([_invitation_out(view) for view in page.items], page.next_cursor)


@api.post("/api/invitations/{invitation_id:uuid}/resend", tags=["people"], summary="Send it again", status_code=202)
async def resend_invitation(invitation_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> None:
    """With a new link; the one before stops working."""
    await invitations.resend_invitation(platform, actor, InvitationId(invitation_id))


@api.delete("/api/invitations/{invitation_id:uuid}", tags=["people"], summary="Withdraw an invitation")
async def revoke_invitation(invitation_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> None:
    await invitations.revoke_invitation(platform, actor, InvitationId(invitation_id))


def _invitation_out(view: InvitationView) -> InvitationOut:
    return InvitationOut(
        view.id,
        view.email,
        view.name,
        sorted(view.roles),
        view.state,
        view.created_at,
        view.expires_at,
        view.last_sent_at,
        view.times_sent,
    )


ROUTES: tuple[Any, ...] = (
    create_user,
    list_users,
    show_user,
    update_user,
    set_roles,
    suspend_user,
    reactivate_user,
    create_invitation,
    list_invitations,
    resend_invitation,
    revoke_invitation,
)
