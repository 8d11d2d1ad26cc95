"""One embedded PostgreSQL for the whole test run, and a migrated database for each worker process."""

import asyncio
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from scholr.platform.db.migrate import prepare_database
from scholr.platform.db.roles import Login

TEMPLATE = "scholr_template"
APP = "scholr_test_app"
WORKER = "scholr_test_worker"


@dataclass(frozen=True, slots=True)
class TestDatabase:
    """Three logins for one database; `admin` is a superuser and bypasses every policy."""

    __test__ = False

    admin: str
    app: str
    worker: str


def with_database(dsn: str, name: str) -> str:
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))


def with_login(dsn: str, user: str, password: str) -> str:
    parts = urlsplit(dsn)
    host = parts.netloc.rsplit("@", 1)[-1]
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{host}"))


def make_template(admin_dsn: str) -> str:
    """Migrate the template once; returns the password of the two logins."""
    password = secrets.token_hex(16)

    async def make() -> None:
        await _create(admin_dsn, f'create database "{TEMPLATE}"')
        logins = [Login(APP, password, "scholr_app"), Login(WORKER, password, "scholr_worker")]
        await prepare_database(with_database(admin_dsn, TEMPLATE), logins)

    asyncio.run(make())
    return password


def clone(admin_dsn: str, password: str, name: str) -> TestDatabase:
    asyncio.run(_create(admin_dsn, f'create database "{name}" template "{TEMPLATE}"'))
    admin = with_database(admin_dsn, name)
    return TestDatabase(admin, with_login(admin, APP, password), with_login(admin, WORKER, password))


async def _create(admin_dsn: str, sql: str) -> None:
    connection = await asyncpg.connect(admin_dsn)
    try:
        # Two workers may not copy one template at the same moment.
        await connection.execute("select pg_advisory_lock(74201)")
        await connection.execute(sql)
    finally:
        await connection.close()
