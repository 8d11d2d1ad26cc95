"""The models and the migrated database say the same, or one of them is wrong."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from scholr.migrations.metadata import METADATA
from scholr.platform.outbox.tables import PgSnapshot, Xid8
from tests.support.database import TestDatabase

ischema_names.setdefault("xid8", Xid8)
ischema_names.setdefault("pg_snapshot", PgSnapshot)


async def test_the_models_describe_the_migrated_schema(database: TestDatabase) -> None:
    url = make_url(database.admin).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            differences = await connection.run_sync(_differences)
    finally:
        await engine.dispose()
    assert not differences, "\n".join(str(difference) for difference in differences)


def _differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"include_name": _is_ours})
    return list(compare_metadata(context, METADATA))


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or (name or "").partition("_")[0] not in ("alembic", "testing")
