"""The second step of signing in: a code, or one of the recovery codes."""

from typing import Any
from urllib.parse import urlencode

from litestar import Response
from litestar.datastructures import Cookie

from scholr.contexts.auth import facade as auth
from scholr.kernel.errors import DomainError, LimitReached
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.context import cookie
from scholr.platform.http.given import TheContext, ThePlatform
from scholr.platform.runtime import Platform
from scholr.web.forms import read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.session_cookie import client_of, keep_session
from scholr.web.shell import Flash
from scholr.web.where_next import after_sign_in, local_or_home

COOKIE = "scholr_second_step"
_LASTS = 600


def ask_for_second_step(platform: Platform, step: auth.SecondStep, next_path: str) -> Response[Any]:
    """Keep the proof of the first step in the browser for ten minutes and ask for the code."""
    answer = redirect(f"/sign-in/code?{urlencode({'next': next_path})}")
    answer.cookies.append(_cookie(platform, step.token, _LASTS))
    return answer


def _cookie(platform: Platform, value: str, lasts: int) -> Cookie:
    return Cookie(
        COOKIE,
        value=value,
        path="/sign-in",
        max_age=lasts,
        secure=platform.http.secure_cookies,
        httponly=True,
        samesite="strict",
    )


@page_get("/sign-in/code", public=True)
async def code_page(request: PageRequest) -> Response[Any]:
    next_path = local_or_home(request.query_params.get("next", ""))
    if not cookie(request.scope, COOKIE):
        return redirect("/sign-in")
    return _code_form(request, next_path)


def _code_form(request: PageRequest, next_path: str, error: DomainError | None = None) -> Response[Any]:
    return show(
        request,
        "auth_pages/code.html",
        title="Second step",
        status_code=200 if error is None else 429 if isinstance(error, LimitReached) else 422,
        next_path=next_path,
        problem=error.message if error else None,
    )


@page_post("/sign-in/code", public=True)
async def take_code(request: PageRequest, context: TheContext, platform: ThePlatform) -> Response[Any]:
    form = await read_form(request)
    next_path = local_or_home(form.text("next"))
    try:
        started = await auth.complete_sign_in(
            platform,
            first_step=cookie(request.scope, COOKIE) or "",
            code=form.text("code"),
            client=client_of(request, context),
            tenant_id=context.brand.tenant_id if context.brand else None,
        )
    except auth.LinkExpired as error:
        return redirect("/sign-in", flash=Flash(text=error.message))
    except (auth.WrongCode, LimitReached) as error:
        return _code_form(request, next_path, error)
    answer = redirect(after_sign_in(started.tenant_id, next_path))
    keep_session(answer, platform, started.token, started.lasts)
    answer.cookies.append(_cookie(platform, "", 0))
    return answer


ROUTES: tuple[Any, ...] = (code_page, take_code)
