"""The JSON routes of auth. What protects a person's account is changed by that person's session, never by a token."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar.params import FromPath, FromQuery, JSONBody

from scholr.contexts.auth import queries
from scholr.contexts.auth.errors import PersonOnly
from scholr.contexts.auth.model import SessionId, TokenId
from scholr.contexts.auth.policy import (
    OWN_TOKENS,
    SEE_OWN_ACCOUNT,
    SEE_SESSIONS,
    SEE_TOKENS,
    SESSIONS_LISTED,
    TOKENS_LISTED,
)
from scholr.contexts.auth.schemas import (
    ChangePassword,
    CreatedTokenOut,
    CreateToken,
    MeOut,
    OrganizationOfMeOut,
    PermissionOut,
    PermissionTableOut,
    RequestReset,
    ResetPassword,
    SessionOut,
    SessionPageOut,
    TokenOut,
    TokenPageOut,
    UpdateMe,
)
from scholr.contexts.auth.service import passwords, sessions, tokens
from scholr.contexts.auth.service.sessions import Client, require_person
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor, ActorKind
from scholr.kernel.errors import Unauthenticated
from scholr.kernel.ids import parse_id
from scholr.kernel.pagination import DEFAULT_LIMIT
from scholr.platform.audit import note
from scholr.platform.http import api
from scholr.platform.http.context import RequestContext
from scholr.platform.http.given import TheActor, TheContext, ThePermissions, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require, scopes_of


@api.get("/api/me", tags=["account"], summary="Who this request is")
async def me(actor: TheActor, context: TheContext, platform: ThePlatform) -> MeOut:
    """A token sees its own organisation only; a person's session lists all of the person's."""
    if actor.kind is ActorKind.ANONYMOUS or context.viewer is None:
        raise Unauthenticated
    viewer = context.viewer
    return MeOut(
        id=actor.membership_id,
        organization_id=actor.tenant_id,
        name=viewer.display_name,
        email=viewer.email,
        roles=sorted(actor.roles),
        scopes=sorted(actor.scopes) if actor.scopes is not None else None,
        locale=viewer.locale,
        time_zone=viewer.time_zone,
        theme=viewer.theme,
        organizations=await _organizations(platform, actor),
    )


async def _organizations(platform: Platform, actor: Actor) -> list[OrganizationOfMeOut]:
    if actor.person_id is None or actor.kind is not ActorKind.PERSON:
        return []
    async with platform.db.read(actor.tenant_id, person_id=actor.person_id) as rx:
        found = await identity.organizations_of(rx, actor.person_id)
    return [OrganizationOfMeOut(each.tenant_id, each.name, each.membership_id, sorted(each.roles)) for each in found]


@api.patch("/api/me", tags=["account"], summary="Change name, language, time zone or theme", status_code=204)
async def update_me(data: JSONBody[UpdateMe], actor: TheActor, platform: ThePlatform) -> None:
    require_person(actor)
    await identity.update_profile(
        platform, actor, name=data.name, locale=data.locale, time_zone=data.time_zone, theme=data.theme
    )


@api.put("/api/me/password", tags=["account"], summary="Change the password", status_code=204)
async def change_password(
    data: JSONBody[ChangePassword], actor: TheActor, context: TheContext, platform: ThePlatform
) -> None:
    """The other sessions of the person end."""
    await passwords.change_password(
        platform,
        actor,
        _session(actor, context),
        old=data.old_password,
        new=data.new_password,
        client=_client(context),
    )


@api.post(
    "/api/me/email-verification", tags=["account"], summary="Mail a link that proves the address", status_code=202
)
async def request_verification(actor: TheActor, context: TheContext, platform: ThePlatform) -> None:
    await passwords.request_verification(platform, actor, client=_client(context))


@api.get("/api/me/sessions", tags=["account"], summary="Where the person is signed in")
async def own_sessions(actor: TheActor, context: TheContext, platform: ThePlatform) -> SessionPageOut:
    person_id = require_person(actor)
    async with platform.db.read(actor.tenant_id, person_id=person_id) as rx:
        found = await queries.sessions_of(rx, person_id, platform.clock.now())
    return SessionPageOut([_session_out(view, context) for view in found])


@api.delete("/api/me/sessions/{session_id:uuid}", tags=["account"], summary="Sign a device out")
async def end_own_session(session_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> None:
    await sessions.end_session(platform, actor, SessionId(session_id))


@api.delete("/api/me/sessions", tags=["account"], summary="Sign every other device out")
async def end_other_sessions(actor: TheActor, context: TheContext, platform: ThePlatform) -> None:
    keep = parse_id(context.session_id or "")
    await sessions.end_other_sessions(platform, actor, SessionId(keep) if keep else None)


@api.post(
    "/api/password-resets", tags=["account"], summary="Mail a link for a new password", status_code=202, public=True
)
async def request_reset(data: JSONBody[RequestReset], context: TheContext, platform: ThePlatform) -> None:
    """202 whether or not the address is known."""
    await passwords.request_reset(platform, email=data.email, client=_client(context))


@api.put(
    "/api/password-resets/{token:str}", tags=["account"], summary="Set a new password", status_code=204, public=True
)
async def reset_password(token: FromPath[str], data: JSONBody[ResetPassword], platform: ThePlatform) -> None:
    await passwords.reset_password(platform, token=token, password=data.password)


@api.put(
    "/api/email-verifications/{token:str}", tags=["account"], summary="Prove an address", status_code=204, public=True
)
async def verify_email(token: FromPath[str], platform: ThePlatform) -> None:
    await passwords.verify_email(platform, token=token)


@api.get("/api/sessions", tags=["security"], summary="Sessions that are open in the organisation")
async def organization_sessions(
    actor: TheActor,
    context: TheContext,
    platform: ThePlatform,
    limit: FromQuery[int] = DEFAULT_LIMIT,
    cursor: FromQuery[str | None] = None,
) -> SessionPageOut:
    require(actor, SEE_SESSIONS)
    async with platform.db.read(actor.tenant_id) as rx:
        page = await queries.sessions_in_organization(rx, platform.clock.now(), limit=limit, cursor=cursor)
    await note(platform, actor, SESSIONS_LISTED)
    return SessionPageOut([_session_out(view, context) for view in page.items], page.next_cursor)


@api.delete("/api/sessions/{session_id:uuid}", tags=["security"], summary="Sign somebody's device out")
async def end_session(session_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> None:
    await sessions.end_session_in_organization(platform, actor, SessionId(session_id))


@api.get("/api/tokens", tags=["security"], summary="API tokens")
async def list_tokens(
    actor: TheActor,
    platform: ThePlatform,
    limit: FromQuery[int] = DEFAULT_LIMIT,
    cursor: FromQuery[str | None] = None,
) -> TokenPageOut:
    """All of the organisation's for those who look after security, one's own for everybody else."""
    everybodys = may(actor, SEE_TOKENS)
    if not everybodys:
        require(actor, OWN_TOKENS)
    async with platform.db.read(actor.tenant_id) as rx:
        page = await queries.tokens(rx, of=None if everybodys else actor.membership_id, limit=limit, cursor=cursor)
    if everybodys:
        await note(platform, actor, TOKENS_LISTED)
    return TokenPageOut([_token_out(view) for view in page.items], page.next_cursor)


@api.post("/api/tokens", tags=["security"], summary="Make an API token")
async def create_token(
    data: JSONBody[CreateToken], actor: TheActor, platform: ThePlatform, permissions: ThePermissions
) -> CreatedTokenOut:
    """It acts as the member who made it, within its scopes, and is shown this once."""
    created = await tokens.create_token(
        platform,
        actor,
        name=data.name,
        scopes=data.scopes,
        lasts=timedelta(days=data.expires_in_days),
        known=scopes_of(permissions, actor),
    )
    return CreatedTokenOut(created.id, created.token)


@api.delete("/api/tokens/{token_id:uuid}", tags=["security"], summary="Revoke an API token")
async def revoke_token(token_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> None:
    await tokens.revoke_token(platform, actor, TokenId(token_id))


@api.get("/api/permissions", tags=["security"], summary="The permission table")
async def permission_table(actor: TheActor, permissions: ThePermissions) -> PermissionTableOut:
    """Every permission there is, who has it by role, and the scope that a token needs for it."""
    require(actor, SEE_OWN_ACCOUNT)
    return PermissionTableOut(
        [
            PermissionOut(each.name, sorted(each.roles), each.scope, may(actor, each))
            for each in sorted(permissions, key=lambda each: each.name)
        ]
    )


def _session(actor: Actor, context: RequestContext) -> SessionId:
    require_person(actor)
    found = parse_id(context.session_id or "")
    if found is None:
        raise PersonOnly
    return SessionId(found)


def _client(context: RequestContext) -> Client:
    return Client(context.client_address)


def _session_out(view: queries.SessionView, context: RequestContext) -> SessionOut:
    return SessionOut(
        view.id,
        view.proof,
        view.remembered,
        view.created_at,
        view.last_seen_at,
        view.ends_at,
        view.user_agent,
        view.address,
        view.who,
        current=str(view.id) == context.session_id,
    )


def _token_out(view: queries.TokenView) -> TokenOut:
    return TokenOut(
        view.id,
        view.membership_id,
        view.name,
        view.hint,
        list(view.scopes),
        view.created_at,
        view.expires_at,
        view.last_used_at,
        view.revoked_at,
    )


ROUTES: tuple[Any, ...] = (
    me,
    update_me,
    change_password,
    request_verification,
    own_sessions,
    end_own_session,
    end_other_sessions,
    request_reset,
    reset_password,
    verify_email,
    organization_sessions,
    end_session,
    list_tokens,
    create_token,
    revoke_token,
    permission_table,
)
