"""The schema's whole history: from nothing, step by step with rows in it, twice, and from two sides at once."""

import asyncio

import asyncpg

from scholr.platform.db.head import head_revision
from scholr.platform.db.migrate import migrate
from tests.support.database import TestDatabase
from tests.support.every_table import every_table, fill
from tests.upgrade.databases import empty_database, revision_of, revisions


async def test_every_step_keeps_the_rows_of_the_steps_before(database: TestDatabase) -> None:
    """After each migration every table holds rows of two tenants, and the next one has to live with them."""
    fresh = await empty_database(database)
    before: dict[str, int] = {}
    for revision in revisions():
        await migrate(fresh.admin, to=revision)
        assert await revision_of(fresh) == revision
        after = await _counts(fresh)
        assert {name: after[name] for name in before} == before, f"{revision} lost rows"
        before = await _fill(fresh)
    assert len(before) > 50


async def _fill(database: TestDatabase) -> dict[str, int]:
    admin = await asyncpg.connect(database.admin)
    try:
        await fill(admin, await every_table(admin))
    finally:
        await admin.close()
    return await _counts(database)


async def _counts(database: TestDatabase) -> dict[str, int]:
    admin = await asyncpg.connect(database.admin)
    try:
        tables = [table.name for table in await every_table(admin)]
        return {name: await admin.fetchval(f"select count(*) from {name}") for name in tables}
    finally:
        await admin.close()


async def test_migrating_again_changes_nothing(database: TestDatabase) -> None:
    fresh = await empty_database(database)
    await migrate(fresh.admin)
    before = await _schema(fresh)
    await migrate(fresh.admin)
    assert await _schema(fresh) == before
    assert await revision_of(fresh) == head_revision()


async def test_two_migrators_at_once_do_not_meet(database: TestDatabase) -> None:
    fresh = await empty_database(database)
    await asyncio.gather(*(migrate(fresh.admin) for _ in range(2)))
    assert await revision_of(fresh) == head_revision()


async def _schema(database: TestDatabase) -> list[str]:
    admin = await asyncpg.connect(database.admin)
    try:
        found = await admin.fetch(
            "select table_name, column_name, data_type, column_default, is_nullable from information_schema.columns"
            " where table_schema = 'public' order by 1, 2"
        )
        policies = await admin.fetch("select tablename, policyname, qual, with_check from pg_policies order by 1, 2")
    finally:
        await admin.close()
    return [str(tuple(row)) for row in (*found, *policies)]
