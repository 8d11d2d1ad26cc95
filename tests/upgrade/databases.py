"""Databases that stand at a migration of the past."""

import asyncio
import secrets

import asyncpg
from alembic.script import ScriptDirectory

from scholr.platform.db.migrate import alembic_config, migrate
from scholr.platform.db.roles import Login, ensure_roles, own_schema
from tests.support.database import APP, WORKER, TestDatabase, with_database, with_login


def revisions() -> list[str]:
    """The whole history, oldest first."""
    scripts = ScriptDirectory.from_config(alembic_config()).walk_revisions()
    return [script.revision for script in scripts][::-1]


async def empty_database(database: TestDatabase) -> TestDatabase:
    """A new database on the same server, with its roles and without any table."""
    name = f"scholr_upgrade_{secrets.token_hex(4)}"
    password = database.app.split("://", 1)[1].split("@", 1)[0].split(":", 1)[1]
    connection = await asyncpg.connect(database.admin)
    try:
        await connection.execute(f'create database "{name}"')
    finally:
        await connection.close()
    admin = with_database(database.admin, name)
    connection = await asyncpg.connect(admin)
    try:
        logins = [Login(APP, password, "scholr_app"), Login(WORKER, password, "scholr_worker")]
        await ensure_roles(connection, logins)
        await own_schema(connection)
    finally:
        await connection.close()
    return TestDatabase(admin, with_login(admin, APP, password), with_login(admin, WORKER, password))


async def revision_of(database: TestDatabase) -> str | None:
    connection = await asyncpg.connect(database.admin)
    try:
        found: str | None = await connection.fetchval("select version_num from alembic_version")
        return found
    finally:
        await connection.close()


async def migrate_in_the_background(database: TestDatabase, to: str) -> None:
    """As the command line does it: in a process of its own, so that this loop goes on serving and asking."""
    await asyncio.to_thread(asyncio.run, migrate(database.admin, to=to))
