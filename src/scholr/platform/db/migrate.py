"""Bringing a database to the schema that this version needs."""

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from scholr.platform.db.roles import Login, ensure_roles, own_schema

OLDEST_SERVER = 16
_MIGRATION_LOCK = 0x5C401_0002


class ServerTooOld(RuntimeError):
    """The server is older than PostgreSQL 16."""


async def prepare_database(
    admin_dsn: str, logins: list[Login], *, report: Callable[[str], None] = lambda _line: None
) -> None:
    """Create roles and bring the schema to head; every step is safe to repeat after a crash."""
    await prepare_roles(admin_dsn, logins, report=report)
    await migrate(admin_dsn, report=report)


async def prepare_roles(
    admin_dsn: str, logins: list[Login], *, report: Callable[[str], None] = lambda _line: None
) -> None:
    """Create the roles and give them the schema; what a dump names has to be there before it is restored."""
    admin = await asyncpg.connect(admin_dsn, timeout=10)
    try:
        _check_version(admin.get_server_version())
        report("roles")
        await ensure_roles(admin, logins)
        await own_schema(admin)
    finally:
        await admin.close()


def _check_version(version: Any) -> None:
    if version.major < OLDEST_SERVER:
        raise ServerTooOld(
            f"This PostgreSQL is version {version.major}; Scholr needs {OLDEST_SERVER} or newer. "
            "Point SCHOLR_DATABASE_URL at a newer server, or unset it to use the embedded one."
        )


async def migrate(admin_dsn: str, *, to: str = "head", report: Callable[[str], None] = lambda _line: None) -> None:
    """Run the migrations up to `to`, one transaction each, as `scholr_owner`."""
    engine = create_async_engine(make_url(admin_dsn).set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_upgrade, to, report)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, to: str, report: Callable[[str], None]) -> None:
    # One migrator at a time: a second one waits here and then finds nothing to do.
    connection.execute(text(f"select pg_advisory_lock({_MIGRATION_LOCK})"))
    connection.execute(text("set role scholr_owner"))
    connection.execute(text("set lock_timeout = '5s'"))
    connection.execute(text("set statement_timeout = '10min'"))
    connection.commit()
    config = alembic_config()
    config.attributes["connection"] = connection
    report("schema")
    command.upgrade(config, to)


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("scholr.migrations")))
    return config


def current_revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
