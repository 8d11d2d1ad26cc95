"""Sending a problem: JSON to programs, a page to people."""

from collections.abc import Callable
from urllib.parse import urlencode

from litestar.types import Scope, Send

from scholr.platform.http.context import header
from scholr.platform.http.gate import SecondStepRequired
from scholr.platform.http.problems import MEDIA_TYPE, Problem

ErrorRenderer = Callable[[Problem, Scope], str]
"""Makes the HTML page for a problem."""


SIGN_IN = "/sign-in"
SECOND_STEP = "/account/security/required"


def wants_page(scope: Scope) -> bool:
    """People get pages; everything below /api, and clients that do not ask for HTML, get JSON."""
    return not scope["path"].startswith("/api/") and "text/html" in (header(scope, b"accept") or "")


def proving_address(problem: Problem, scope: Scope) -> str | None:
    """Where somebody who opened a page without having shown enough is sent; None for every other problem.

    Only a page that was asked for with GET is come back to: a form that was lost is not sent again.
    """
    opened_by_a_person = wants_page(scope) or header(scope, b"hx-request") is not None
    if not opened_by_a_person or scope["path"].startswith((SIGN_IN, "/api/")):
        return None
    if problem.code == SecondStepRequired.code:
        return SECOND_STEP
    if problem.status != 401:
        return None
    if scope.get("method") != "GET":
        return SIGN_IN
    query = scope["query_string"].decode("latin-1")
    return f"{SIGN_IN}?{urlencode({'next': scope['path'] + (f'?{query}' if query else '')})}"


def refused(problem: Problem, scope: Scope, render: ErrorRenderer) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers of the answer. htmx follows its own header, since a 303 would be swapped in."""
    address = proving_address(problem, scope)
    if address is not None and header(scope, b"hx-request") is None:
        return 303, b"", {"location": address, "cache-control": "no-store", "content-type": "text/html; charset=utf-8"}
    body, content_type = rendered(problem, scope, render)
    moved = {"hx-redirect": address} if address is not None else {}
    return problem.status, body, {"content-type": content_type, **problem.headers(), **moved}


def rendered(problem: Problem, scope: Scope, render: ErrorRenderer) -> tuple[bytes, str]:
    """The body and its content type."""
    if wants_page(scope):
        return render(problem, scope).encode(), "text/html; charset=utf-8"
    return problem.body(), MEDIA_TYPE


async def send_problem(problem: Problem, scope: Scope, send: Send, render: ErrorRenderer) -> None:
    status, body, found = refused(problem, scope, render)
    headers = {**found, "content-length": str(len(body))}
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})
