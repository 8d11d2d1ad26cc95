"""Route decorators: JSON routes document the problems they may answer with; pages stay out of the schema.

Every route wants somebody: a person, a token, the demo's owner. One that strangers may call says `public=True`
(`tests/isolation/public.py` lists them, each with its reason).
`cost` is what a route takes from its client's buckets (`platform.ratelimit`), where it is more than a route that
reads (1) or writes (2): `EXPENSIVE` for what goes through much.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import litestar
import msgspec
from litestar.datastructures import ResponseHeader
from litestar.openapi.datastructures import ResponseSpec

from scholr.platform.http.fairness import COST
from scholr.platform.http.gate import FOR_SOMEBODY, TAKES_JSON


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


def _gated(options: dict[str, Any], *demands: str, public: bool, cost: int | None) -> dict[str, Any]:
    """`options` with what the gate asks of a request; everybody's own `opt` stays."""
    wanted = demands if public else (FOR_SOMEBODY, *demands)
    priced = {} if cost is None else {COST: cost}
    return {**options, "opt": {**dict.fromkeys(wanted, True), **priced, **options.get("opt", {})}}


def found(container: type) -> dict[int, ResponseSpec]:
    """For `responses=`: 200 beside 201, with the same body, where the thing may be there already."""
    return {200: ResponseSpec(data_container=container, generate_examples=False, description="It was there already")}


F = TypeVar("F", bound=Callable[..., Any])
"""The decorated function: declared unchanged, so that its own types stay checked."""


class RouteDecorator(Protocol):
    def __call__(
        self, path: str, *, tags: list[str], summary: str, public: bool = False, cost: int | None = None, **options: Any
    ) -> Callable[[F], F]: ...


def _api(method: Callable[..., Any], responses: dict[int, ResponseSpec]) -> RouteDecorator:
    def route(
        path: str, *, tags: list[str], summary: str, public: bool = False, cost: int | None = None, **options: Any
    ) -> Any:
        described = {**responses, **options.pop("responses", {})}
        return method(
            path,
            tags=tags,
            summary=summary,
            responses=described,
            **_gated(options, TAKES_JSON, public=public, cost=cost),
        )

    return route


get = _api(litestar.get, _READ)
post = _api(litestar.post, _WRITE)
put = _api(litestar.put, _WRITE)
patch = _api(litestar.patch, _WRITE)
delete = _api(litestar.delete, _WRITE)


def page_get(
    path: str | list[str], *, public: bool = False, cost: int | None = None, **options: Any
) -> Callable[[F], F]:
    media_type = options.pop("media_type", "text/html")
    found: Callable[[F], F] = litestar.get(  # type: ignore[assignment]  # see F
        path, include_in_schema=False, media_type=media_type, **_gated(options, public=public, cost=cost)
    )
    return found


def page_post(
    path: str, *, public: bool = False, repeatable: bool = False, cost: int | None = None, **options: Any
) -> Callable[[F], F]:
    """A form's target; forms answer with a redirect (303) or with the page and its errors (422).

    `repeatable` says that sending the form twice is harmless by itself, so that the first answer is not kept.
    """
    if repeatable:
        options["opt"] = {**options.get("opt", {}), "repeatable": True}
    status_code = options.pop("status_code", 200)
    found: Callable[[F], F] = litestar.post(  # type: ignore[assignment]  # see F
        path, include_in_schema=False, status_code=status_code, **_gated(options, public=public, cost=cost)
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
