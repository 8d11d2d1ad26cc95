"""Signing in and out, choosing an organisation."""

from typing import Any

from litestar import Response

from scholr.contexts.auth import facade as auth
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import ActorKind, Operating
from scholr.kernel.errors import DomainError, LimitReached, Unauthenticated
from scholr.kernel.ids import TenantId, parse_id
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.context import RequestContext
from scholr.platform.http.given import TheActor, TheContext, ThePlatform
from scholr.platform.http.respond import SECOND_STEP
from scholr.platform.runtime import Platform
from scholr.web.forms import Form, read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.public.second_step import ask_for_second_step
from scholr.web.session_cookie import client_of, drop_session, keep_session, session_of
from scholr.web.shell import Flash
from scholr.web.where_next import after_sign_in, local_or_home


@page_get("/sign-in", public=True)
async def sign_in_page(
    request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform
) -> Response[Any]:
    next_path = local_or_home(request.query_params.get("next", ""))
    if context.is_held:
        return redirect(SECOND_STEP)
    if actor.kind is ActorKind.PERSON:
        return redirect(after_sign_in(actor.tenant_id, next_path))
    wanted = request.query_params.get("as", "")
    known = any(login.email == wanted for login in platform.http.demo_logins)
    return _sign_in_form(request, platform, next_path, email=wanted if known else "")


def _sign_in_form(
    request: PageRequest, platform: Platform, next_path: str, *, email: str = "", error: DomainError | None = None
) -> Response[Any]:
    status_code = 200 if error is None else 429 if isinstance(error, LimitReached) else 422
    return show(
        request,
        "auth_pages/sign_in.html",
        title="Sign in",
        status_code=status_code,
        next_path=next_path,
        email=email,
        problem=error.message if error else None,
        demo_logins=platform.http.demo_logins,
    )


@page_post("/sign-in", public=True)
async def sign_in(request: PageRequest, context: TheContext, platform: ThePlatform) -> Response[Any]:
    form = await read_form(request)
    next_path = local_or_home(form.text("next"))
    try:
        outcome = await auth.sign_in(
            platform,
            email=form.text("email"),
            password=form.secret("password"),
            remembered=form.checked("remember"),
            client=client_of(request, context),
            tenant_id=context.brand.tenant_id if context.brand else None,
        )
    except (Unauthenticated, LimitReached) as error:
        return _sign_in_form(request, platform, next_path, email=form.text("email"), error=error)
    if isinstance(outcome, auth.SecondStep):
        return ask_for_second_step(platform, outcome, next_path)
    return await go_on(platform, context, outcome, next_path)


async def go_on(
    platform: Platform, context: RequestContext, started: auth.StartedSession, next_path: str
) -> Response[Any]:
    """Hand out the new session, end the one that the browser had before, and lead on."""
    if context.session_id is not None and context.actor.person_id == started.person_id:
        await auth.end_session(platform, context.actor, session_of(context))
    answer = redirect(after_sign_in(started.tenant_id, next_path))
    keep_session(answer, platform, started.token, started.lasts)
    return answer


@page_post("/sign-out", public=True)
async def sign_out(context: TheContext, platform: ThePlatform) -> Response[Any]:
    """Ends the session on the server, so that a copy of the cookie is worth nothing."""
    if context.session_id is not None:
        await auth.end_session(platform, context.actor, session_of(context))
    answer = redirect("/", flash=Flash(text="You are signed out."))
    drop_session(answer, platform)
    # What the browser kept of this person's pages. Not "storage": lessons done without a network wait there to be sent.
    answer.headers["clear-site-data"] = '"cache"'
    return answer


@page_get("/switch")
async def switch_page(
    request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform
) -> Response[Any]:
    if actor.person_id is None:
        raise Unauthenticated
    async with platform.db.read(None, person_id=actor.person_id) as rx:
        organizations = await identity.organizations_of(rx, actor.person_id)
    if not organizations and actor.operating is not Operating.NO:
        return redirect("/operate")
    if context.brand is not None:
        organizations = [each for each in organizations if each.tenant_id == context.brand.tenant_id]
    return show(
        request,
        "auth_pages/switch.html",
        title="Choose an organisation",
        organizations=organizations,
        current=actor.tenant_id,
        next_path=local_or_home(request.query_params.get("next", "")),
    )


@page_post("/switch")
async def switch(request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform) -> Response[Any]:
    if actor.person_id is None:
        raise Unauthenticated
    form = await read_form(request)
    tenant_id = _chosen(form)
    started = await auth.switch_organization(platform, actor, session_of(context), tenant_id)
    # A path of the organisation that was left would mean nothing in the other one.
    next_path = local_or_home(form.text("next")) if actor.tenant_id is None else "/"
    answer = redirect(next_path)
    keep_session(answer, platform, started.token, started.lasts)
    return answer


def _chosen(form: Form) -> TenantId:
    found = parse_id(form.text("organization"))
    if found is None:
        raise auth.NotAMember
    return TenantId(found)


ROUTES: tuple[Any, ...] = (sign_in_page, sign_in, sign_out, switch_page, switch)
