"""The page that an invitation's link opens."""

from typing import Any
from urllib.parse import urlencode

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.auth import facade as auth
from scholr.contexts.identity import facade as identity
from scholr.kernel.errors import DomainError, Invalid
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.context import RequestContext
from scholr.platform.http.given import TheActor, TheContext, ThePlatform
from scholr.platform.runtime import Platform
from scholr.web.forms import Form, errors_of, read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.session_cookie import client_of, keep_session, session_of
from scholr.web.shell import Flash


@page_get("/invitation/{token:str}", public=True)
async def invitation(
    request: PageRequest, token: FromPath[str], context: TheContext, platform: ThePlatform
) -> Response[Any]:
    return await _invitation(request, platform, context, token)


async def _invitation(
    request: PageRequest,
    platform: Platform,
    context: RequestContext,
    token: str,
    form: Form | None = None,
    error: DomainError | None = None,
) -> Response[Any]:
    """Four faces: join with one click, sign in first, another account is signed in, or make an account."""
    try:
        found = await auth.look_at_invitation(platform, token)
    except identity.InvitationOver as over:
        return show(
            request,
            "auth_pages/invitation_over.html",
            title="This invitation is over",
            status_code=410,
            message=over.message,
        )
    signed_in = context.viewer.email if context.session_id and context.viewer else ""
    return show(
        request,
        "auth_pages/invitation.html",
        title=f"Join {found.offer.organization_name}",
        status_code=200 if error is None else 422,
        offer=found.offer,
        face=_face(found, signed_in),
        signed_in=signed_in,
        token=token,
        sign_in_path=f"/sign-in?{urlencode({'next': f'/invitation/{token}'})}",
        name=form.text("name") if form else found.offer.name,
        shortest=auth.SHORTEST_PASSWORD,
        errors=errors_of(error, "password") if error else {},
    )


def _face(found: auth.InvitationToJoin, signed_in: str) -> str:
    if signed_in:
        return "join" if signed_in == found.offer.email else "other"
    return "sign_in" if found.has_account else "new"


@page_post("/invitation/{token:str}", public=True)
async def accept(
    request: PageRequest, token: FromPath[str], actor: TheActor, context: TheContext, platform: ThePlatform
) -> Response[Any]:
    form = await read_form(request)
    try:
        if context.session_id is not None:
            started = await auth.join_with_account(platform, actor, session_of(context), token=token)
        else:
            started = await auth.join_with_new_account(
                platform,
                token=token,
                name=form.text("name"),
                password=form.secret("password"),
                client=client_of(request, context),
            )
    except (Invalid, auth.AccountExists, auth.OtherAccount) as error:
        return await _invitation(request, platform, context, token, form, error)
    except identity.InvitationOver:
        return await _invitation(request, platform, context, token)
    answer = redirect("/", flash=Flash(text="Welcome. You are a member now."))
    keep_session(answer, platform, started.token, started.lasts)
    return answer


ROUTES: tuple[Any, ...] = (invitation, accept)
