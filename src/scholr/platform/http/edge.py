"""The outermost ASGI layer: the platform, request id, security headers, cross-site refusal, body limit, actor."""

from collections.abc import Awaitable, Callable
from functools import lru_cache, partial
from ipaddress import ip_address
from urllib.parse import urlsplit

import structlog
from litestar.types import ASGIApp, Receive, Scope, Send

from scholr.kernel.errors import DomainError, ErrorKind, Forbidden
from scholr.kernel.ids import parse_id
from scholr.platform.audit import note_refusal
from scholr.platform.http.context import RequestContext, attach_context, header
from scholr.platform.http.exchange import Exchange
from scholr.platform.http.fairness import admitted
from scholr.platform.http.load import Draining, Load, Overloaded, Priority, priority_of
from scholr.platform.http.pace import BodyCutOff, BodyIntake, BodyTooLarge, BodyTooSlow
from scholr.platform.http.problems import Problem, bug, problem_of
from scholr.platform.http.respond import ErrorRenderer, send_problem
from scholr.platform.outbox.origin import Origin, OriginatingFrom, shortened
from scholr.platform.resilience.deadline import Deadline
from scholr.platform.resilience.errors import DeadlinePassed
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import Permission

Authenticate = Callable[[Scope, RequestContext], Awaitable[None]]
"""Proves who is asking and sets `context.actor` and `context.session_id`; raises DomainError."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# The signature in the address says how much may come; the route counts, and never keeps the whole in memory.
_BOUNDED_BY_SIGNATURE = "/media/uploads/"
_STREAMS = "/media/"
# What the work of one request may take, without the time that its client takes to send it. Files take their time;
# who reads them too slowly is let go by `protocol.BoundedHttpProtocol`.
_USUAL_SECONDS = 20.0
_STREAM_SECONDS = 3600.0
_SECONDS = {Priority.OPTIONAL: 60.0}
_NO_AUTHENTICATION = ("/static/", "/health/", "/actuator/", "/metrics")
READINESS = ("/health/ready", "/actuator/health")

log = structlog.get_logger("scholr.http")


class ForeignHost(DomainError):
    code = "foreign_host"
    kind = Forbidden.kind
    message = "The demo answers only to a loopback name such as localhost."


class CrossSite(DomainError):
    code = "cross_site"
    kind = Forbidden.kind
    message = "This request came from another site and was refused."


class BadAddress(DomainError):
    code = "bad_address"
    kind = ErrorKind.MALFORMED
    message = "The address holds a NUL character, which no text can hold."


class Edge:
    """`load` is what this process carries; whoever ends the process tells it so."""

    def __init__(
        self,
        app: ASGIApp,
        platform: Platform,
        authenticate: Authenticate,
        render: ErrorRenderer,
    ) -> None:
        self._app = app
        self._platform = platform
        self._settings = platform.http
        self._authenticate = authenticate
        self._render = render
        self.load = Load()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind: str = scope["type"]  # ASGI also has "lifespan", which the framework's types leave out
        if kind == "lifespan":
            await self._app(scope, receive, send)
            return
        self.load.enter()
        try:
            await self._exchange(scope, receive, send)
        finally:
            self.load.leave()

    async def _exchange(self, scope: Scope, receive: Receive, send: Send) -> None:
        context = attach_context(scope, self._platform)
        exchange = Exchange(scope, send, context, self._settings, self.load)
        try:
            priority = self._admit(scope)
        except (Overloaded, Draining) as error:
            await self._fail(exchange, problem_of(error, context.request_id), _busy_page)
            return
        clock = Deadline(_SECONDS.get(priority, _USUAL_SECONDS) if not _is_stream(scope) else _STREAM_SECONDS)
        try:
            async with clock:
                await self._serve(scope, self._intake(scope, receive, clock), exchange, context)
        except BodyTooLarge:
            await self._fail(exchange, Problem(413, "too_large", f"At most {self._settings.max_body} bytes."))
        except BodyCutOff:
            await self._fail(exchange, Problem(400, "body_cut_off", BodyCutOff.detail))
        except BodyTooSlow:
            await self._fail(exchange, Problem(408, "body_too_slow", "The request came in too slowly."))
        except DomainError as error:
            await self._fail(exchange, problem_of(error, context.request_id))
        except Exception as error:
            if isinstance(error, TimeoutError) and clock.has_passed:
                await self._fail(exchange, problem_of(DeadlinePassed(retry_after=5), context.request_id))
                return
            if isinstance(error.__cause__, DomainError) and not exchange.started:
                # The framework believes that an answer had begun, which `idempotency` held back until the commit.
                await self._fail(exchange, problem_of(error.__cause__, context.request_id))
                return
            log.exception("unexpected error", request_id=context.request_id)
            await self._fail(exchange, bug(context.request_id), _bare_page)
        else:
            if context.refused is not None:
                await self._note_refusal(context, context.refused)

    async def _note_refusal(self, context: RequestContext, permission: Permission) -> None:
        """After the answer, and outside of its time."""
        with OriginatingFrom(partial(_origin, context)):
            await note_refusal(self._platform, context.actor, permission)

    def _admit(self, scope: Scope) -> Priority:
        """Raises Overloaded, or Draining for the question whether this process should be sent anything."""
        path = scope["path"]
        if self.load.is_draining and path in READINESS:
            raise Draining
        purpose = header(scope, b"sec-purpose")
        priority = priority_of(str(scope.get("method", "GET")), path, scope["query_string"], purpose)
        if self.load.is_busy:
            self.load.refuse_if_too_much(priority)
        return priority

    async def _serve(self, scope: Scope, receive: Receive, exchange: Exchange, context: RequestContext) -> None:
        if self._settings.is_demo:
            _require_loopback_host(scope)
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            raise BadAddress
        if str(scope.get("method", "GET")) not in _SAFE:
            _refuse_cross_site(scope)
        if not scope["path"].startswith(_NO_AUTHENTICATION):
            await admitted(scope, context, self._platform.limits, partial(self._authenticate, scope, context))
        with OriginatingFrom(partial(_origin, context)):
            await self._app(scope, receive, exchange.send)

    async def _fail(self, exchange: Exchange, problem: Problem, render: ErrorRenderer | None = None) -> None:
        if exchange.started:
            raise RuntimeError("the answer had begun; the connection is closed instead")
        await send_problem(problem, exchange.scope, exchange.send, render or self._render)

    def _intake(self, scope: Scope, receive: Receive, clock: Deadline) -> Receive:
        most = None if scope["path"].startswith(_BOUNDED_BY_SIGNATURE) else self._settings.max_body
        is_read = str(scope.get("method", "GET")) not in _SAFE
        return BodyIntake(receive, most, clock.extend, self.load, is_read=is_read)


def _is_stream(scope: Scope) -> bool:
    return scope["path"].startswith(_STREAMS)


def _busy_page(problem: Problem, _scope: Scope) -> str:
    """As little work as possible: this is sent when there is too much of it. Browsers come back by themselves."""
    again = problem.retry_after or 5
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<meta name="color-scheme" content="light dark"><meta http-equiv="refresh" content="{again}">'
        f"<title>Just a moment</title><h1>Just a moment</h1><p>{problem.detail}</p>"
    )


def _origin(context: RequestContext) -> Origin:
    """Who the events of this request are told to come from."""
    actor = context.actor
    request_id, address = parse_id(context.request_id), shortened(context.client_address)
    return Origin(actor.kind, actor.membership_id, actor.token_id, request_id, address, actor.tenant_id)


def _bare_page(problem: Problem, _scope: Scope) -> str:
    """For when the page for errors may itself be what broke."""
    return f"<!doctype html><title>{problem.title}</title><p>{problem.detail}</p><p>{problem.request_id}</p>"


def _require_loopback_host(scope: Scope) -> None:
    """The demo trusts a header; a name that a web page could rebind must not reach it."""
    if not _is_loopback(header(scope, b"host") or ""):
        raise ForeignHost


@lru_cache(maxsize=64)
def _is_loopback(netloc: str) -> bool:
    name = _host_name(netloc)
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _host_name(netloc: str) -> str:
    """Without port and brackets; empty for what is no host at all."""
    try:
        return urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return ""


def _refuse_cross_site(scope: Scope) -> None:
    """CSRF: browsers say where a request comes from (Fetch Metadata, or Origin); others hold no cookie.

    `same-site` is refused too: a neighbouring subdomain may belong to another tenant.
    """
    fetch_site = header(scope, b"sec-fetch-site")
    if fetch_site is not None:
        if fetch_site not in ("same-origin", "none"):
            raise CrossSite
        return
    origin = header(scope, b"origin")
    if origin is not None and origin.partition("://")[2] != header(scope, b"host"):
        raise CrossSite
