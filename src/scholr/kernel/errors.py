"""The root of every business error: a stable code, a kind, and the fields it is about.

One place (`scholr.platform.http.problems`) maps kinds to problem details, pages and socket closes.
"""

from collections.abc import Mapping
from enum import StrEnum


class ErrorKind(StrEnum):
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    FORBIDDEN = "forbidden"
    UNAUTHENTICATED = "unauthenticated"
    INVALID = "invalid"
    MALFORMED = "malformed"
    LIMIT = "limit"
    UNAVAILABLE = "unavailable"


class DomainError(Exception):
    """Expected, explained to the person, never an alert.

    Subclasses set `code` (stable, snake_case, part of the API) and `kind`. `fields` maps the name of
    an input field to what is wrong with it; `details` holds further facts that the caller may see.
    `retry_after` is in seconds, for LIMIT and UNAVAILABLE. `problem_type` is the URI of a registered problem type
    (RFC 9457), where there is one for it. `is_intended`: somebody who may decides that it is so, and nothing is wrong.
    """

    code: str = "error"
    kind: ErrorKind = ErrorKind.INVALID
    message: str = "This cannot be done."
    problem_type: str = "about:blank"
    is_intended: bool = False

    def __init__(
        self,
        message: str | None = None,
        *,
        fields: Mapping[str, str] | None = None,
        details: Mapping[str, object] | None = None,
        retry_after: int | None = None,
    ) -> None:
        self.message = message or type(self).message
        self.fields: Mapping[str, str] = dict(fields or {})
        self.details: Mapping[str, object] = dict(details or {})
        self.retry_after = retry_after
        super().__init__(self.message)


class NotFound(DomainError):
    code = "not_found"
    kind = ErrorKind.NOT_FOUND
    message = "There is nothing here, or you may not see it."


class Conflict(DomainError):
    code = "conflict"
    kind = ErrorKind.CONFLICT


class Forbidden(DomainError):
    """The actor may see the object but not do this. What may not be seen is NotFound."""

    code = "forbidden"
    kind = ErrorKind.FORBIDDEN
    message = "Your role does not allow this."


class Unauthenticated(DomainError):
    code = "unauthenticated"
    kind = ErrorKind.UNAUTHENTICATED
    message = "Sign in first."


class Invalid(DomainError):
    code = "invalid"
    kind = ErrorKind.INVALID
    message = "Some of what was sent is not right."


class LimitReached(DomainError):
    code = "limit_reached"
    kind = ErrorKind.LIMIT


class Unavailable(DomainError):
    code = "unavailable"
    kind = ErrorKind.UNAVAILABLE
