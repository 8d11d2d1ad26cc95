"""Route decorators: JSON routes document the problems they may answer with; pages stay out of the schema.

Every route wants somebody: a person, a token, the demo's owner. One that strangers may call says `public=True`
(`tests/isolation/public.py` lists them, each with its reason).
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import litestar
import msgspec
from litestar.connection import ASGIConnection
from litestar.datastructures import ResponseHeader
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import Guard

from scholr.kernel.actor import ActorKind
from scholr.kernel.errors import Unauthenticated
from scholr.platform.http.context import header, request_context


class ProblemDetails(msgspec.Struct, kw_only=True):
    """RFC 9457, with a stable `code`."""

    title: str
    status: int
    detail: str
    code: str
    type: str = "about:blank"
    fields: dict[str, str] = {}
    request_id: str = ""


def _documented(*statuses: int) -> dict[int, ResponseSpec]:
    return {
        status: ResponseSpec(
            data_container=ProblemDetails, generate_examples=False, media_type="application/problem+json"
        )
        for status in statuses
    }


_READ = _documented(400, 401, 403, 404, 422, 429, 503)
_WRITE = _documented(400, 401, 403, 404, 409, 413, 415, 422, 429, 503)


def wants_somebody(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Refuse strangers before anything of the request is read. What the actor may do is the use case's to decide."""
    if request_context(connection.scope).actor.kind is ActorKind.ANONYMOUS:
        raise Unauthenticated


def wants_json(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuse a body that says that it is something else, such as a form; one that says nothing is read as JSON."""
    sent = header(connection.scope, b"content-type")
    if sent is None or "data" not in handler.parsed_fn_signature.parameters:
        return
    if sent.partition(";")[0].strip().lower() != "application/json":
        raise HTTPException("Send JSON, with the header Content-Type: application/json.", status_code=415)


def _guarded(options: dict[str, Any], *guards: Guard, public: bool) -> dict[str, Any]:
    first = () if public else (wants_somebody,)
    return {**options, "guards": [*first, *guards, *options.get("guards", ())]}


def found(container: type) -> dict[int, ResponseSpec]:
    """For `responses=`: 200 beside 201, with the same body, where the thing may be there already."""
    return {200: ResponseSpec(data_container=container, generate_examples=False, description="It was there already")}


F = TypeVar("F", bound=Callable[..., Any])
"""The decorated function: declared unchanged, so that its own types stay checked."""


class RouteDecorator(Protocol):
    def __call__(
        self, path: str, *, tags: list[str], summary: str, public: bool = False, **options: Any
    ) -> Callable[[F], F]: ...


def _api(method: Callable[..., Any], responses: dict[int, ResponseSpec]) -> RouteDecorator:
    def route(path: str, *, tags: list[str], summary: str, public: bool = False, **options: Any) -> Any:
        described = {**responses, **options.pop("responses", {})}
        return method(
            path, tags=tags, summary=summary, responses=described, **_guarded(options, wants_json, public=public)
        )

    return route


get = _api(litestar.get, _READ)
post = _api(litestar.post, _WRITE)
put = _api(litestar.put, _WRITE)
patch = _api(litestar.patch, _WRITE)
delete = _api(litestar.delete, _WRITE)


def page_get(path: str | list[str], *, public: bool = False, **options: Any) -> Callable[[F], F]:
    media_type = options.pop("media_type", "text/html")
    found: Callable[[F], F] = litestar.get(  # type: ignore[assignment]  # see F
        path, include_in_schema=False, media_type=media_type, **_guarded(options, public=public)
    )
    return found


def page_post(path: str, *, public: bool = False, repeatable: bool = False, **options: Any) -> Callable[[F], F]:
    """A form's target; forms answer with a redirect (303) or with the page and its errors (422).

    `repeatable` says that sending the form twice is harmless by itself, so that the first answer is not kept.
    """
    if repeatable:
        options["opt"] = {**options.get("opt", {}), "repeatable": True}
    status_code = options.pop("status_code", 200)
    found: Callable[[F], F] = litestar.post(  # type: ignore[assignment]  # see F
        path, include_in_schema=False, status_code=status_code, **_guarded(options, public=public)
    )
    return found


__all__ = [
    "ProblemDetails",
    "ResponseHeader",
    "delete",
    "found",
    "get",
    "page_get",
    "page_post",
    "patch",
    "post",
    "put",
]
