"""Every route of the running application, found by asking the application itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx
from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send

_WITHOUT_BODY = frozenset({"HEAD", "OPTIONS"})
_TYPED = re.compile(r":[a-z]+\}")

Document = Mapping[str, Any]
"""An OpenAPI description, or a part of one."""


@dataclass(frozen=True)
class Endpoint:
    """`path` as OpenAPI writes it; `operation` is its description, None for what is not part of the JSON API."""

    method: str
    path: str
    module: str
    operation: Document | None

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_api(self) -> bool:
        return self.operation is not None

    @property
    def is_framework(self) -> bool:
        """Served by the web framework itself: pages that draw the OpenAPI description."""
        return self.module.startswith("litestar")

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        return tuple(re.findall(r"\{(\w+)\}", self.path))


@dataclass(frozen=True, slots=True)
class Surface:
    """All that can be asked of the application."""

    endpoints: tuple[Endpoint, ...]
    document: Document

    def resolve(self, schema: Document) -> Document:
        """The schema itself, behind a `$ref`."""
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        return schema

    @property
    def pages(self) -> tuple[Endpoint, ...]:
        """What people open and the forms that they send."""
        return tuple(each for each in self.endpoints if each.module.startswith("scholr.web.") and not _is_file(each))


def _is_file(endpoint: Endpoint) -> bool:
    return endpoint.path.startswith("/static/")


async def surface_of(app: ASGIApp) -> Surface:
    """Ask for the description, and take the application that answered out of the request's scope."""
    answered_by: list[Litestar] = []

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)
        answered_by.append(scope["litestar_app"])

    transport = httpx.ASGITransport(app=watched)  # type: ignore[arg-type]  # httpx types ASGI more loosely
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        document = (await client.get("/openapi.json")).json()
    found = [
        endpoint
        for route in answered_by[0].routes
        if isinstance(route, HTTPRoute)
        for endpoint in _endpoints(route, document)
    ]
    return Surface(tuple(sorted(found, key=lambda each: (each.path, each.method))), document)


def _endpoints(route: HTTPRoute, document: Document) -> list[Endpoint]:
    path = _TYPED.sub("}", route.path)
    described = document["paths"].get(path, {})
    return [
        Endpoint(method, path, handler.fn.__module__, described.get(method.lower()))
        for method, (handler, _) in route.route_handler_map.items()
        if method not in _WITHOUT_BODY
    ]
