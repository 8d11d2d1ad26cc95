"""How a command reaches the deployment's database: by its addresses, or by the embedded server that runs beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from scholr.entrypoints.environment import Environment
from scholr.entrypoints.settings import platform_settings, worker_process
from scholr.entrypoints.wiring import build_platform
from scholr.platform.db.database import Database
from scholr.platform.db.embedded import running_dsn
from scholr.platform.runtime import Platform


class Unreachable(RuntimeError):
    """No database is named, and no embedded one runs; the message says what to do."""


def with_database(environment: Environment) -> Environment:
    """The environment with an administrator's or the program's address in it; raises Unreachable."""
    if environment.database_url or environment.app_database_url:
        return environment
    dsn = running_dsn(environment.data_dir / "postgres")
    if dsn is None:
        raise Unreachable("No database: start the demo with `make up` in another terminal, or set SCHOLR_DATABASE_URL.")
    return environment.model_copy(update={"database_url": dsn})


@asynccontextmanager
async def the_platform(environment: Environment) -> AsyncIterator[Platform]:
    """The program as a web process has it."""
    platform = build_platform(platform_settings(with_database(environment)))
    try:
        yield platform
    finally:
        await platform.db.close()


@asynccontextmanager
async def the_workers_database(environment: Environment) -> AsyncIterator[Database]:
    """The database as the worker sees it, across tenants."""
    database = Database(worker_process(with_database(environment)).database)
    try:
        yield database
    finally:
        await database.close()
