"""Forgotten passwords and unproven addresses: the pages that links in mails lead to."""

from typing import Any

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.auth import facade as auth
from scholr.kernel.errors import DomainError, LimitReached
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheContext, ThePlatform
from scholr.web.forms import read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.session_cookie import client_of, drop_session
from scholr.web.shell import Flash


@page_get("/forgot", public=True)
async def forgot_page(request: PageRequest) -> Response[Any]:
    return show(request, "auth_pages/forgot.html", title="Choose a new password", sent_to=None, problem=None)


@page_post("/forgot", public=True)
async def forgot(request: PageRequest, context: TheContext, platform: ThePlatform) -> Response[Any]:
    """The same answer for every address, known or not."""
    email, problem = (await read_form(request)).text("email"), None
    try:
        await auth.request_reset(platform, email=email, client=client_of(request, context))
    except LimitReached as error:
        problem = error.message
    return show(
        request,
        "auth_pages/forgot.html",
        title="Choose a new password",
        status_code=200 if problem is None else 429,
        sent_to=email if problem is None else None,
        problem=problem,
    )


@page_get("/reset/{token:str}", public=True)
async def reset_page(request: PageRequest, token: FromPath[str], platform: ThePlatform) -> Response[Any]:
    try:
        email = await auth.look_at_reset(platform, token)
    except auth.LinkExpired as error:
        return _dead_link(request, error)
    return _reset_form(request, token, email)


def _reset_form(request: PageRequest, token: str, email: str, error: DomainError | None = None) -> Response[Any]:
    return show(
        request,
        "auth_pages/reset.html",
        title="Choose a new password",
        status_code=200 if error is None else 422,
        token=token,
        email=email,
        shortest=auth.SHORTEST_PASSWORD,
        errors={"password": error.message} if error else {},
    )


@page_post("/reset/{token:str}", public=True)
async def reset(request: PageRequest, token: FromPath[str], platform: ThePlatform) -> Response[Any]:
    password = (await read_form(request)).secret("password")
    try:
        await auth.reset_password(platform, token=token, password=password)
    except auth.LinkExpired as error:
        return _dead_link(request, error)
    except auth.WeakPassword as error:
        return _reset_form(request, token, await auth.look_at_reset(platform, token), error)
    answer = redirect("/sign-in", flash=Flash(text="Your new password is set. Sign in with it."))
    drop_session(answer, platform)
    return answer


def _dead_link(request: PageRequest, error: DomainError) -> Response[Any]:
    return show(request, "auth_pages/dead_link.html", title="This link is over", status_code=410, message=error.message)


@page_get("/verify-email/{token:str}", public=True)
async def verify_page(request: PageRequest, token: FromPath[str]) -> Response[Any]:
    """Asks for a click: mail programs open links by themselves to look at them."""
    return show(request, "auth_pages/verify_email.html", title="Is this your address?", token=token)


@page_post("/verify-email/{token:str}", public=True)
async def verify(request: PageRequest, token: FromPath[str], platform: ThePlatform) -> Response[Any]:
    try:
        email = await auth.verify_email(platform, token=token)
    except auth.LinkExpired as error:
        return _dead_link(request, error)
    return redirect("/account/security", flash=Flash(text=f"{email} is confirmed."))


ROUTES: tuple[Any, ...] = (forgot_page, forgot, reset_page, reset, verify_page, verify)
