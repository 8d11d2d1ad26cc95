"""What a request has to show before its route reads anything of it.

A middleware of its own: Litestar's guards would each cost a copy of the route and, unless they are coroutines, a
thread, for every request.
"""

from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from scholr.kernel.actor import ActorKind
from scholr.kernel.errors import Forbidden, Unauthenticated
from scholr.platform.http.context import header, request_context

FOR_SOMEBODY = "for_somebody"
TAKES_JSON = "takes_json"
"""Names in a route's `opt`; `api.py` sets them."""

# Where people look after how they prove themselves, or go to another of their organisations.
_OWN_PLACES = ("/account", "/switch")


class SecondStepRequired(Forbidden):
    code = "second_step_required"
    message = "This organisation asks for a second step or a passkey. Set one up under Security, and sign in with it."


def gate(app: ASGIApp) -> ASGIApp:
    """A Litestar middleware: inside the error handlers' reach, around everything that reads the body."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            opt = scope["route_handler"].opt
            if opt.get(FOR_SOMEBODY):
                _refuse_strangers(scope)
                _refuse_held(scope)
            if opt.get(TAKES_JSON):
                _refuse_other_content(scope)
        await app(scope, receive, send)

    return handle


def _refuse_strangers(scope: HTTPScope) -> None:
    """What the actor may do is the use case's to decide."""
    if request_context(scope).actor.kind is ActorKind.ANONYMOUS:
        raise Unauthenticated


def _refuse_held(scope: HTTPScope) -> None:
    """Says what is missing. What keeps the organisation's things from the person is that the actor is not in it."""
    if request_context(scope).is_held and not scope["path"].startswith(_OWN_PLACES):
        raise SecondStepRequired


def _refuse_other_content(scope: HTTPScope) -> None:
    """A body that says that it is something else, such as a form; one that says nothing is read as JSON."""
    sent = header(scope, b"content-type")
    if sent is None or sent.partition(";")[0].strip().lower() == "application/json":
        return
    if "data" in scope["route_handler"].parsed_fn_signature.parameters:
        raise HTTPException("Send JSON, with the header Content-Type: application/json.", status_code=415)
