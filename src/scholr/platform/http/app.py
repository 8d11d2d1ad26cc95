"""Putting the routes together from the modules' manifests; the edge stands around them."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any, cast

import structlog
from litestar import Litestar, Request, Response
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi.config import OpenAPIConfig
from litestar.types import ExceptionHandlersMap
from litestar.utils import normalize_path

from scholr import __version__
from scholr.kernel.actor import Actor
from scholr.kernel.errors import DomainError
from scholr.platform.http.context import RequestContext, platform_of, request_context
from scholr.platform.http.docs import openapi_json
from scholr.platform.http.fairness import surcharge
from scholr.platform.http.gate import gate
from scholr.platform.http.given import TheActor, TheContext, ThePlatform
from scholr.platform.http.health import health_routes
from scholr.platform.http.idempotency import idempotency
from scholr.platform.http.problems import Problem, bug, problem_of
from scholr.platform.http.respond import ErrorRenderer, refused
from scholr.platform.module import Module
from scholr.platform.observability.route_class import UNMATCHED, TemplateFinder
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import Permission, PermissionRefused

log = structlog.get_logger("scholr.http")

AnyRequest = Request[Any, Any, Any]

_CODES = {
    400: "invalid_request",
    404: "not_found",
    405: "method_not_allowed",
    408: "body_too_slow",
    413: "too_large",
    415: "unsupported_media_type",
}


def build_routes(
    modules: Sequence[Module], *, render_error: ErrorRenderer, extra_routes: Sequence[Any] = ()
) -> Litestar:
    """Litestar with every module's routes. It knows no platform: each request brings one, so one will do for many."""
    permissions = tuple(permission for module in modules for permission in module.permissions)
    return Litestar(
        route_handlers=[
            *health_routes(modules),
            openapi_json,
            *(route for module in modules for route in _routes(module)),
            *extra_routes,
        ],
        dependencies=_given(permissions),
        middleware=[gate, surcharge, idempotency],
        exception_handlers=_error_handlers(render_error),
        openapi_config=OpenAPIConfig(
            title="Scholr", version=__version__, path="/openapi", render_plugins=[], use_handler_docstrings=True
        ),
        signature_types=[Platform, Actor, RequestContext, Permission],
        debug=False,
        logging_config=None,
    )


def _given(permissions: tuple[Permission, ...]) -> dict[str, Provide]:
    """What a route may ask for by name (see `given`)."""

    # Each asks for the one before, so that they are resolved one after the other: several at once cost a task
    # group for every request, a tenth of a millisecond.
    def provide_platform(request: AnyRequest) -> Platform:
        return platform_of(request.scope)

    def provide_actor(request: AnyRequest, platform: ThePlatform) -> Actor:  # noqa: ARG001 - see above
        return request_context(request.scope).actor

    def provide_context(request: AnyRequest, actor: TheActor) -> RequestContext:  # noqa: ARG001 - see above
        return request_context(request.scope)

    def provide_permissions(context: TheContext) -> tuple[Permission, ...]:  # noqa: ARG001 - see above
        return permissions

    return {
        "actor": Provide(provide_actor, sync_to_thread=False),
        "platform": Provide(provide_platform, sync_to_thread=False),
        "permissions": Provide(provide_permissions, sync_to_thread=False),
        "context": Provide(provide_context, sync_to_thread=False),
    }


def _routes(module: Module) -> Iterator[Any]:
    """Raises ImportError or AttributeError, at the start, where the manifest names what is not there."""
    for name in module.routes:
        yield from import_module(name).ROUTES


def template_finder(app: Litestar) -> TemplateFinder:
    """For requests that were refused before they reached a route: which it would have been."""

    def find(method: str, path: str) -> str:
        try:
            return str(app.asgi_router.handle_routing(path=normalize_path(path), method=cast(Any, method))[-1])
        except HTTPException:
            return UNMATCHED

    return find


def _error_handlers(render_error: ErrorRenderer) -> ExceptionHandlersMap:
    """One answer for each kind of error: what was expected, what the framework refused, and bugs."""

    def answer(problem: Problem, request: AnyRequest) -> Response[bytes]:
        status, body, headers = refused(problem, request.scope, render_error)
        media_type = headers.pop("content-type").partition(";")[0]  # the response adds the charset itself
        return Response(body, status_code=status, headers=headers, media_type=media_type)

    def on_domain_error(request: AnyRequest, error: DomainError) -> Response[bytes]:
        context = request_context(request.scope)
        context.is_intended = error.is_intended
        if isinstance(error, PermissionRefused):
            context.refused = error.permission
        return answer(problem_of(error, context.request_id), request)

    def on_http_error(request: AnyRequest, error: HTTPException) -> Response[bytes]:
        return answer(_problem_of_http(error, request_context(request.scope).request_id), request)

    def on_too_deep(request: AnyRequest, error: RecursionError) -> Response[bytes]:
        """What the JSON parser raises for brackets within brackets; logged, since it may be a bug of ours."""
        request_id = request_context(request.scope).request_id
        log.warning("nested too deeply", request_id=request_id, exc_info=error)
        return answer(Problem(400, _CODES[400], "The body is nested too deeply.", request_id=request_id), request)

    def on_bug(request: AnyRequest, error: Exception) -> Response[bytes]:
        request_id = request_context(request.scope).request_id
        log.error("unexpected error", request_id=request_id, exc_info=error)
        return answer(bug(request_id), request)

    return {
        DomainError: on_domain_error,
        HTTPException: on_http_error,
        RecursionError: on_too_deep,
        Exception: on_bug,
    }


def _problem_of_http(error: HTTPException, request_id: str) -> Problem:
    """What the framework refuses by itself: unknown paths and methods, bodies that do not parse or fit."""
    fields = {str(e.get("key", "body")): str(e.get("message", "")) for e in _extra(error)}
    detail = "Some fields are not right." if fields else error.detail
    status = error.status_code
    return Problem(status, _CODES.get(status, "http_error"), detail, fields=fields, request_id=request_id)


def _extra(error: HTTPException) -> list[dict[str, object]]:
    return [e for e in error.extra if isinstance(e, dict)] if isinstance(error.extra, list) else []
