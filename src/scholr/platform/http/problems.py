"""The one place where kinds of errors become RFC 9457 problem details."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from scholr.kernel.errors import DomainError, ErrorKind

STATUS: Mapping[ErrorKind, int] = {
    ErrorKind.NOT_FOUND: 404,
    ErrorKind.CONFLICT: 409,
    ErrorKind.FORBIDDEN: 403,
    ErrorKind.UNAUTHENTICATED: 401,
    ErrorKind.INVALID: 422,
    ErrorKind.MALFORMED: 400,
    ErrorKind.LIMIT: 429,
    ErrorKind.UNAVAILABLE: 503,
}

TITLES: Mapping[int, str] = {
    400: "The request cannot be read",
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    408: "The request came in too slowly",
    409: "That does not fit what is already there",
    413: "Too large",
    415: "Unsupported content type",
    422: "Some of what was sent is not right",
    429: "Too many requests",
    500: "Something broke on our side",
    503: "Not available just now",
}

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """RFC 9457 with two extension members: `code` (stable) and `fields` (input field to message)."""

    status: int
    code: str
    detail: str
    title: str = ""
    type: str = "about:blank"
    fields: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, object] = field(default_factory=dict)
    request_id: str = ""
    retry_after: int | None = None

    def body(self) -> bytes:
        # The members of the standard win over a detail of the same name.
        document: dict[str, object] = {
            **self.details,
            "type": self.type,
            "title": self.title or TITLES.get(self.status, "Error"),
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        if self.fields:
            document["fields"] = dict(self.fields)
        if self.request_id:
            document["request_id"] = self.request_id
        return msgspec.json.encode(document)

    def headers(self) -> dict[str, str]:
        found = {"cache-control": "no-store"}
        if self.retry_after is not None:
            found["retry-after"] = str(self.retry_after)
        if self.status == 401:
            found["www-authenticate"] = 'Bearer realm="scholr"'
        return found


def problem_of(error: DomainError, request_id: str = "") -> Problem:
    return Problem(
        status=STATUS[error.kind],
        code=error.code,
        detail=error.message,
        fields=error.fields,
        details=error.details,
        request_id=request_id,
        retry_after=error.retry_after,
    )


def bug(request_id: str = "") -> Problem:
    """What a person sees of an unexpected error: nothing of it, but an id to report."""
    return Problem(500, "internal_error", "An unexpected error happened. It has been recorded.", request_id=request_id)
