"""Whether a PostgreSQL server can carry Scholr, in words for the person who set its address."""

import socket
from dataclasses import dataclass
from typing import Any

import asyncpg

from scholr.platform.db.migrate import OLDEST_SERVER

CONNECT_SECONDS = 10
_EXAMPLE = "postgresql://user:password@host:5432/database"


class ServerUnusable(Exception):
    """The server cannot be used; the text is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """`is_superuser` and `may_create_roles` are the administrator's; `clock_skew` is in seconds, positive if ahead.

    `identity` tells this database from every other one, on this server or elsewhere.
    """

    version: str
    major: int
    identity: str
    database: str
    user: str
    is_superuser: bool
    may_create_roles: bool
    clock_skew: float


_FACTS = """
select current_setting('server_version') as version, current_database() as database, current_user as user,
       (select system_identifier from pg_control_system())
       || '/' || (select oid from pg_database where datname = current_database()) as identity,
       r.rolsuper as is_superuser, r.rolsuper or r.rolcreaterole as may_create_roles,
       extract(epoch from clock_timestamp())::float8 as now
from pg_roles r where r.rolname = current_user
"""


async def look_at_server(dsn: str, *, now: float, oldest: int = OLDEST_SERVER) -> ServerFacts:
    """Connect as the administrator of `dsn` and see what is there; `now` is this machine's time in epoch seconds.

    Raises ServerUnusable when nothing answers, the login is refused, or the server is too old.
    """
    connection = await _connect(dsn)
    try:
        row = await connection.fetchrow(_FACTS)
        major = connection.get_server_version().major
    finally:
        await connection.close()
    if row is None:
        raise ServerUnusable("The server does not tell who is signed in; use a plain PostgreSQL server.")
    if major < oldest:
        raise ServerUnusable(
            f"The server at SCHOLR_DATABASE_URL is PostgreSQL {row['version']} and Scholr needs {oldest} or "
            "later; point it at a newer server, or unset it to use the embedded one."
        )
    return ServerFacts(
        version=row["version"],
        major=major,
        identity=row["identity"],
        database=row["database"],
        user=row["user"],
        is_superuser=row["is_superuser"],
        may_create_roles=row["may_create_roles"],
        clock_skew=row["now"] - now,
    )


async def _connect(dsn: str) -> "asyncpg.Connection[Any]":
    if not dsn.startswith(("postgresql://", "postgres://")):
        raise ServerUnusable(
            f"SCHOLR_DATABASE_URL is not the address of a PostgreSQL server; write it like {_EXAMPLE}."
        )
    try:
        return await asyncpg.connect(dsn, timeout=CONNECT_SECONDS)
    except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError) as error:
        raise ServerUnusable(
            "The server at SCHOLR_DATABASE_URL refuses the login; correct the user and the password in it."
        ) from error
    except asyncpg.InvalidCatalogNameError as error:
        raise ServerUnusable(
            "The database named in SCHOLR_DATABASE_URL does not exist; create it with createdb, or correct the name."
        ) from error
    except asyncpg.TooManyConnectionsError as error:
        raise ServerUnusable(
            "The server at SCHOLR_DATABASE_URL has no connection left; raise its max_connections or stop a client."
        ) from error
    except (socket.gaierror, UnicodeError) as error:
        raise ServerUnusable("The host named in SCHOLR_DATABASE_URL cannot be found; correct the name.") from error
    except (OSError, asyncpg.CannotConnectNowError) as error:
        raise ServerUnusable(
            "No PostgreSQL answers at the host and port in SCHOLR_DATABASE_URL; start it, or correct the address."
        ) from error
    except (ValueError, asyncpg.InterfaceError) as error:
        raise ServerUnusable(f"SCHOLR_DATABASE_URL cannot be read; write it like {_EXAMPLE}.") from error
    except asyncpg.PostgresError as error:
        raise ServerUnusable(
            f"The server at SCHOLR_DATABASE_URL answers: {error.message}; mend that, then try again."
        ) from error
