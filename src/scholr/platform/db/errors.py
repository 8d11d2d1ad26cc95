"""What can go wrong between the application and PostgreSQL, in words that callers understand."""

from scholr.kernel.errors import DomainError, ErrorKind


class DatabaseBusy(DomainError):
    code = "busy"
    kind = ErrorKind.UNAVAILABLE
    message = "Too many people are doing this at once. Please try again in a moment."


class DatabaseUnreachable(DomainError):
    code = "database_unreachable"
    kind = ErrorKind.UNAVAILABLE
    message = "The database cannot be reached just now. Nothing was changed."


class TenantMismatch(RuntimeError):
    """A bug: code running for one tenant tried to open or write another tenant's data."""
