"""The cookie that holds a session's token. Only the server reads it."""

from datetime import timedelta
from typing import Any

from litestar import Response
from litestar.datastructures import Cookie

from scholr.contexts.auth import facade as auth
from scholr.kernel.errors import Unauthenticated
from scholr.kernel.ids import parse_id
from scholr.platform.http.context import RequestContext, header
from scholr.platform.runtime import Platform
from scholr.web.page import PageRequest


def keep_session(response: Response[Any], platform: Platform, token: str, lasts: timedelta | None) -> None:
    """Hand the token to the browser; `lasts` None keeps it until the browser closes."""
    response.cookies.append(
        Cookie(
            auth.session_cookie(platform.http),
            value=token,
            path="/",
            max_age=int(lasts.total_seconds()) if lasts is not None else None,
            secure=platform.http.secure_cookies,
            httponly=True,
            samesite="lax",
        )
    )


def drop_session(response: Response[Any], platform: Platform) -> None:
    keep_session(response, platform, "", timedelta(0))


def client_of(request: PageRequest, context: RequestContext) -> auth.Client:
    """Where the request comes from, for throttling and for the list of sessions."""
    return auth.Client(context.client_address, header(request.scope, b"user-agent") or "")


def session_of(context: RequestContext) -> auth.SessionId:
    """The browser session of the request; raises Unauthenticated where there is none."""
    found = parse_id(context.session_id or "")
    if found is None:
        raise Unauthenticated
    return auth.SessionId(found)
