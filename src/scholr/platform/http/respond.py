"""Sending a problem: JSON to programs, a page to people."""

from collections.abc import Callable

from litestar.types import Scope, Send

from scholr.platform.http.context import header
from scholr.platform.http.problems import MEDIA_TYPE, Problem

ErrorRenderer = Callable[[Problem, Scope], str]
"""Makes the HTML page for a problem."""


def wants_page(scope: Scope) -> bool:
    """People get pages; everything below /api, and clients that do not ask for HTML, get JSON."""
    return not scope["path"].startswith("/api/") and "text/html" in (header(scope, b"accept") or "")


def rendered(problem: Problem, scope: Scope, render: ErrorRenderer) -> tuple[bytes, str]:
    """The body and its content type."""
    if wants_page(scope):
        return render(problem, scope).encode(), "text/html; charset=utf-8"
    return problem.body(), MEDIA_TYPE


async def send_problem(problem: Problem, scope: Scope, send: Send, render: ErrorRenderer) -> None:
    body, content_type = rendered(problem, scope, render)
    headers = {"content-type": content_type, "content-length": str(len(body)), **problem.headers()}
    await send(
        {
            "type": "http.response.start",
            "status": problem.status,
            "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})
