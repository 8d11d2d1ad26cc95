"""The ASGI layer around the edge: every request is counted and is a part of a trace."""

import time

from litestar.types import Message, Receive, Scope, Send

from scholr.platform.http.context import RequestContext, header
from scholr.platform.http.edge import Edge
from scholr.platform.observability.route_class import UNMATCHED, TemplateFinder
from scholr.platform.observability.signals import Signals
from scholr.platform.observability.trace import Facts, Part


class Watch:
    """Times are until the answer begins: how fast somebody reads is not ours to answer for."""

    def __init__(self, edge: Edge, signals: Signals, find: TemplateFinder) -> None:
        self._app = edge
        self._signals = signals
        self._find = find
        self.load = edge.load

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind: str = scope["type"]  # ASGI also has "lifespan", which the framework's types leave out
        if kind != "http":
            await self._app(scope, receive, send)
            return
        signals = self._signals
        signals.begin()
        part = Part(signals.tracer, "request", "server", header(scope, b"traceparent"), lambda: _facts(scope, status))
        status, seconds, intended = 0, 0.0, False

        async def noted(message: Message) -> None:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                status, seconds = message["status"], time.perf_counter() - part.begun
            await send(message)

        try:
            with part:
                try:
                    await self._app(scope, receive, noted)
                finally:
                    if not status:
                        status, seconds = 500, time.perf_counter() - part.begun
                    intended = _is_intended(scope)
                    part.failed = status >= 500 and not intended
                    if not scope.get("path_template"):  # refused before it was routed: too much load, no database
                        scope["path_template"] = self._find(_method(scope), scope["path"])
        finally:
            signals.in_flight -= 1
            signals.answered(_method(scope), _template(scope), status, seconds, part, _tenant(scope), intended)


def _method(scope: Scope) -> str:
    return str(scope.get("method", ""))


def _template(scope: Scope) -> str:
    return scope.get("path_template") or UNMATCHED


def _context(scope: Scope) -> RequestContext | None:
    found = (scope.get("state") or {}).get("scholr")
    return found if isinstance(found, RequestContext) else None


def _is_intended(scope: Scope) -> bool:
    context = _context(scope)
    return context is not None and context.is_intended


def _tenant(scope: Scope) -> str:
    context = _context(scope)
    tenant_id = context.actor.tenant_id if context is not None else None
    return str(tenant_id) if tenant_id is not None else ""


def _facts(scope: Scope, status: int) -> Facts:
    """What log lines and spans say of a request; never the path itself, whose segments may be somebody's."""
    found: dict[str, str | int | float | bool] = {
        "http.request.method": _method(scope),
        "http.route": _template(scope),
    }
    context = _context(scope)
    if context is not None:
        found["scholr.request_id"] = context.request_id
        found["scholr.actor_kind"] = context.actor.kind.value
        if context.actor.tenant_id is not None:
            found["scholr.tenant_id"] = str(context.actor.tenant_id)
    if status:
        found["http.response.status_code"] = status
    return found
