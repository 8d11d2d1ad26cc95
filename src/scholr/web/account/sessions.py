"""Where one is signed in, and the keys that one's programs use."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.auth import facade as auth
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Forbidden, Invalid, Unauthenticated
from scholr.kernel.text import whole_number
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, TheContext, ThePermissions, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import Permission, scopes_of
from scholr.web.account.profile import person_of
from scholr.web.forms import Form, errors_of, read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.session_cookie import session_of
from scholr.web.shell import Crumb, Flash
from scholr.web.user_agents import device_name

LIFETIMES = ((30, "30 days"), (90, "90 days"), (365, "A year"))


@page_get("/account/sessions")
async def sessions(request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform) -> Response[Any]:
    person_id = person_of(actor)
    async with platform.db.read(actor.tenant_id, person_id=person_id) as rx:
        found = await auth.sessions_of(rx, person_id, platform.clock.now())
    return show(
        request,
        "account/sessions.html",
        title="Sessions",
        area="account",
        crumbs=(Crumb(label="Sessions"),),
        sessions=found,
        current=context.session_id,
        device_name=device_name,
    )


@page_post("/account/sessions/{session_id:uuid}/end")
async def end_session(session_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    await auth.end_session(platform, actor, auth.SessionId(session_id))
    return redirect("/account/sessions", flash=Flash(text="That device is signed out."))


@page_post("/account/sessions/end-others")
async def end_others(actor: TheActor, context: TheContext, platform: ThePlatform) -> Response[Any]:
    await auth.end_other_sessions(platform, actor, session_of(context))
    return redirect("/account/sessions", flash=Flash(text="Every other device is signed out."))


@page_get("/account/tokens")
async def tokens(
    request: PageRequest, actor: TheActor, platform: ThePlatform, permissions: ThePermissions
) -> Response[Any]:
    return await _tokens(request, actor, platform, permissions)


async def _tokens(
    request: PageRequest,
    actor: Actor,
    platform: Platform,
    permissions: tuple[Permission, ...],
    *,
    form: Form | None = None,
    error: Invalid | Forbidden | None = None,
    created: str | None = None,
) -> Response[Any]:
    if actor.membership_id is None:
        raise Unauthenticated
    async with platform.db.read(actor.tenant_id) as rx:
        page = await auth.tokens(rx, of=actor.membership_id, limit=100)
    answer = show(
        request,
        "account/tokens.html",
        title="Tokens",
        area="account",
        crumbs=(Crumb(label="Tokens"),),
        status_code=200 if error is None else 422,
        tokens=page.items,
        scopes=sorted(scopes_of(permissions, actor)),
        lifetimes=LIFETIMES,
        name=form.text("name") if form and error else "",
        chosen=form.many("scopes") if form and error else [],
        days=form.text("days", "90") if form and error else "90",
        errors=errors_of(error, "name") if error else {},
        created=created,
        moment_now=platform.clock.now(),
    )
    if created is not None:
        answer.headers["cache-control"] = "no-store"
    return answer


@page_post("/account/tokens")
async def create_token(
    request: PageRequest, actor: TheActor, platform: ThePlatform, permissions: ThePermissions
) -> Response[Any]:
    form = await read_form(request)
    try:
        created = await auth.create_token(
            platform,
            actor,
            name=form.text("name"),
            scopes=form.many("scopes"),
            lasts=timedelta(days=whole_number(form.text("days"), digits=4) or 0),
            known=scopes_of(permissions, actor),
        )
    except Invalid as error:
        return await _tokens(request, actor, platform, permissions, form=form, error=error)
    return await _tokens(request, actor, platform, permissions, created=created.token)


@page_post("/account/tokens/{token_id:uuid}/revoke")
async def revoke_token(token_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    await auth.revoke_token(platform, actor, auth.TokenId(token_id))
    return redirect("/account/tokens", flash=Flash(text="The token is revoked. Programs that use it are refused now."))


ROUTES: tuple[Any, ...] = (sessions, end_session, end_others, tokens, create_token, revoke_token)
