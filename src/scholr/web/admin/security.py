"""Who is signed in here, which programs have keys, and who may do what."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.auth import facade as auth
from scholr.kernel.actor import Role
from scholr.platform.audit import note
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, TheContext, ThePermissions, ThePlatform
from scholr.platform.security.permissions import may, require
from scholr.web.page import PageRequest, redirect, show
from scholr.web.roles import ROLE_NAMES
from scholr.web.shell import Crumb, Flash
from scholr.web.user_agents import device_name

SECURITY = "/admin/security"
_CRUMBS = (Crumb(label="Security"),)
TABS = (
    ("Sessions", SECURITY, None),
    ("Second step", f"{SECURITY}/second-step", None),
    ("Tokens", f"{SECURITY}/tokens", None),
    ("Roles", f"{SECURITY}/roles", None),
)


@page_get(SECURITY)
async def sessions(request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform) -> Response[Any]:
    require(actor, auth.SEE_SESSIONS)
    async with platform.db.read(actor.tenant_id) as rx:
        page = await auth.sessions_in_organization(
            rx, platform.clock.now(), limit=50, cursor=request.query_params.get("cursor")
        )
    await note(platform, actor, auth.SESSIONS_LISTED)
    return show(
        request,
        "admin/security_sessions.html",
        title="Security",
        area="admin",
        crumbs=_CRUMBS,
        sessions=page.items,
        next_href=f"?cursor={page.next_cursor}" if page.next_cursor else None,
        current=context.session_id,
        device_name=device_name,
        tabs=TABS,
        may_manage=may(actor, auth.MANAGE_SESSIONS),
    )


@page_post("/admin/security/sessions/{session_id:uuid}/end")
async def end_session(session_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    await auth.end_session_in_organization(platform, actor, auth.SessionId(session_id))
    return redirect(SECURITY, flash=Flash(text="That device is signed out."))


@page_get("/admin/security/tokens")
async def tokens(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    require(actor, auth.SEE_TOKENS)
    async with platform.db.read(actor.tenant_id) as rx:
        page = await auth.tokens(rx, limit=50, cursor=request.query_params.get("cursor"))
    await note(platform, actor, auth.TOKENS_LISTED)
    return show(
        request,
        "admin/security_tokens.html",
        title="Tokens",
        area="admin",
        crumbs=_CRUMBS,
        tokens=page.items,
        next_href=f"?cursor={page.next_cursor}" if page.next_cursor else None,
        moment_now=platform.clock.now(),
        tabs=TABS,
        may_manage=may(actor, auth.MANAGE_TOKENS),
    )


@page_post("/admin/security/tokens/{token_id:uuid}/revoke")
async def revoke_token(token_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    require(actor, auth.MANAGE_TOKENS)
    await auth.revoke_token(platform, actor, auth.TokenId(token_id))
    return redirect(f"{SECURITY}/tokens", flash=Flash(text="The token is revoked."))


@page_get("/admin/security/roles")
async def roles(request: PageRequest, actor: TheActor, permissions: ThePermissions) -> Response[Any]:
    """The one permission table, as it is checked."""
    require(actor, auth.SEE_SESSIONS)
    return show(
        request,
        "admin/security_roles.html",
        title="Roles",
        area="admin",
        crumbs=_CRUMBS,
        permissions=sorted(permissions, key=lambda each: each.name),
        roles=list(Role),
        role_names=ROLE_NAMES,
        tabs=TABS,
    )


ROUTES: tuple[Any, ...] = (sessions, end_session, tokens, revoke_token, roles)
