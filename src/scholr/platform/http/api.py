"""Route decorators: JSON routes document the problems they may answer with; pages stay out of the schema."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import litestar
import msgspec
from litestar.datastructures import ResponseHeader
from litestar.openapi.datastructures import ResponseSpec


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

F = TypeVar("F", bound=Callable[..., Any])
"""The decorated function: declared unchanged, so that its own types stay checked."""


class RouteDecorator(Protocol):
    def __call__(self, path: str, *, tags: list[str], summary: str, **options: Any) -> Callable[[F], F]: ...


def _api(method: Callable[..., Any], responses: dict[int, ResponseSpec]) -> RouteDecorator:
    def route(path: str, *, tags: list[str], summary: str, **options: Any) -> Any:
        extra = options.pop("responses", {})
        return method(path, tags=tags, summary=summary, responses={**responses, **extra}, **options)

    return route


get = _api(litestar.get, _READ)
post = _api(litestar.post, _WRITE)
put = _api(litestar.put, _WRITE)
patch = _api(litestar.patch, _WRITE)
delete = _api(litestar.delete, _WRITE)


def page_get(path: str | list[str], **options: Any) -> Callable[[F], F]:
    found: Callable[[F], F] = litestar.get(path, include_in_schema=False, media_type="text/html", **options)  # type: ignore[assignment]  # see F
    return found


def page_post(path: str, **options: Any) -> Callable[[F], F]:
    """A form's target; forms answer with a redirect (303) or with the page and its errors (422)."""
    status_code = options.pop("status_code", 200)
    found: Callable[[F], F] = litestar.post(  # type: ignore[assignment]  # see F
        path, include_in_schema=False, status_code=status_code, **options
    )
    return found


__all__ = ["ProblemDetails", "ResponseHeader", "delete", "get", "page_get", "page_post", "patch", "post", "put"]
