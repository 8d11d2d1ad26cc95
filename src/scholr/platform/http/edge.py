"""The outermost ASGI layer: the platform, request id, security headers, cross-site refusal, body limit, actor."""

import time
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import structlog
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from scholr.kernel.errors import DomainError, ErrorKind, Forbidden
from scholr.platform.http.context import RequestContext, attach_context, header
from scholr.platform.http.policy import content_security_policy
from scholr.platform.http.problems import Problem, bug, problem_of
from scholr.platform.http.respond import ErrorRenderer, send_problem
from scholr.platform.http.settings import HttpSettings
from scholr.platform.http.validators import NOT_MODIFIED
from scholr.platform.outbox.trace import tracing
from scholr.platform.runtime import Platform

Authenticate = Callable[[Scope, RequestContext], Awaitable[None]]
"""Proves who is asking and sets `context.actor` and `context.session_id`; raises DomainError."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# The signature in the address says how much may come; the route counts, and never keeps the whole in memory.
_BOUNDED_BY_SIGNATURE = "/media/uploads/"
_NO_AUTHENTICATION = ("/static/", "/health/", "/actuator/")

log = structlog.get_logger("scholr.http")


class BodyTooLarge(Exception):
    """Raised out of `receive` once more bytes arrived than one request may send."""


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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind: str = scope["type"]  # ASGI also has "lifespan", which the framework's types leave out
        if kind == "lifespan":
            await self._app(scope, receive, send)
            return
        context = attach_context(scope, self._platform)
        exchange = Exchange(scope, send, context, self._settings)
        try:
            await self._serve(scope, self._bounded(scope, receive), exchange, context)
        except BodyTooLarge:
            await self._fail(exchange, Problem(413, "too_large", f"At most {self._settings.max_body} bytes."))
        except DomainError as error:
            await self._fail(exchange, problem_of(error, context.request_id))
        except Exception:
            log.exception("unexpected error", request_id=context.request_id)
            await self._fail(exchange, bug(context.request_id), _bare_page)

    async def _serve(self, scope: Scope, receive: Receive, exchange: "Exchange", context: RequestContext) -> None:
        if self._settings.is_demo:
            _require_loopback_host(scope)
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            raise BadAddress
        if str(scope.get("method", "GET")) not in _SAFE:
            _refuse_cross_site(scope)
        if not scope["path"].startswith(_NO_AUTHENTICATION):
            await self._authenticate(scope, context)
        with tracing(header(scope, b"traceparent")):
            await self._app(scope, receive, exchange.send)

    async def _fail(self, exchange: "Exchange", problem: Problem, render: ErrorRenderer | None = None) -> None:
        if exchange.started:
            raise RuntimeError("the answer had begun; the connection is closed instead")
        await send_problem(problem, exchange.scope, exchange.send, render or self._render)

    def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        if scope["path"].startswith(_BOUNDED_BY_SIGNATURE):
            return receive
        seen = 0

        async def bounded() -> Any:
            nonlocal seen
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > self._settings.max_body:
                    raise BodyTooLarge
            return message

        return bounded


def _bare_page(problem: Problem, _scope: Scope) -> str:
    """For when the page for errors may itself be what broke."""
    return f"<!doctype html><title>{problem.title}</title><p>{problem.detail}</p><p>{problem.request_id}</p>"


class Exchange:
    """One answer on its way out: adds the headers that every answer carries."""

    def __init__(self, scope: Scope, send: Send, context: RequestContext, settings: HttpSettings) -> None:
        self.scope = scope
        self.started = False
        self._send = send
        self._context = context
        self._settings = settings
        self._begun = time.perf_counter()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            present = {key.lower() for key, _ in message["headers"]}
            if message["status"] == NOT_MODIFIED:
                # The page that the browser kept goes on under the policy that came with it: its nonces are in the text.
                present.add(b"content-security-policy")
            extra = [(k, v) for k, v in self._headers() if k not in present]
            message["headers"] = [*message["headers"], *extra]
        await self._send(message)

    def _headers(self) -> list[tuple[bytes, bytes]]:
        elapsed = (time.perf_counter() - self._begun) * 1000
        found = [
            (b"x-request-id", self._context.request_id.encode()),
            (b"server-timing", f"app;dur={elapsed:.1f}".encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"strict-origin-when-cross-origin"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"content-security-policy", self._policy().encode()),
            # Every answer is somebody's own unless its route says otherwise.
            (b"cache-control", b"private, no-cache"),
            (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
        ]
        if self._settings.secure_cookies:
            found.append((b"strict-transport-security", b"max-age=63072000; includeSubDomains"))
        return found

    def _policy(self) -> str:
        return content_security_policy(self._context.nonce, self._settings.file_origin)


def _require_loopback_host(scope: Scope) -> None:
    """The demo trusts a header; a name that a web page could rebind must not reach it."""
    name = _host_name(header(scope, b"host") or "")
    if name == "localhost" or name.endswith(".localhost"):
        return
    try:
        if ip_address(name).is_loopback:
            return
    except ValueError:
        pass
    raise ForeignHost


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
