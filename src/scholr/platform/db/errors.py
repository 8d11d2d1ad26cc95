"""What can go wrong between the application and PostgreSQL, in words that callers understand."""

import asyncpg
from sqlalchemy.exc import DBAPIError

from scholr.kernel.errors import DomainError, ErrorKind

_SERVER_GONE = ("57P01", "57P02", "57P03")  # admin_shutdown, crash_shutdown, cannot_connect_now
_CONNECTION_EXCEPTIONS = "08"
_TOO_MANY_CONNECTIONS = "53300"
_DISK_FULL = "53100"


class DatabaseBusy(DomainError):
    code = "busy"
    kind = ErrorKind.UNAVAILABLE
    message = "Too many people are doing this at once. Please try again in a moment."


class DatabaseUnreachable(DomainError):
    code = "database_unreachable"
    kind = ErrorKind.UNAVAILABLE
    message = "The database cannot be reached just now. Nothing was changed."


class DatabaseLost(DomainError):
    """The connection ended while the work was being done; whether a commit arrived cannot be known."""

    code = "database_lost"
    kind = ErrorKind.UNAVAILABLE
    message = "The database went away in the middle of this. Look whether it was done before trying again."


class DatabaseFull(DomainError):
    """The server has no room left: whoever keeps it has to make some."""

    code = "database_full"
    kind = ErrorKind.UNAVAILABLE
    message = "There is no room left to write this down. Nothing was changed; the people who run this have been told."


class TenantMismatch(RuntimeError):
    """A bug: code running for one tenant tried to open or write another tenant's data."""


def sqlstate_of(error: BaseException) -> str:
    """PostgreSQL's code for what went wrong, whichever layer wrapped it; empty when there is none."""
    found = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(found, "sqlstate", None) or "")


def is_server_gone(error: BaseException) -> bool:
    """Whether it is the server or the way to it, rather than the statement, that failed."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if isinstance(error, asyncpg.InterfaceError):
        return "closed" in str(error)
    state = sqlstate_of(error)
    return state in _SERVER_GONE or state.startswith(_CONNECTION_EXCEPTIONS)


def is_server_full(error: BaseException) -> bool:
    return sqlstate_of(error) == _TOO_MANY_CONNECTIONS


def is_disk_full(error: BaseException) -> bool:
    return sqlstate_of(error) == _DISK_FULL
