"""The unit of work: begins and ends in one place, whole or not at all."""

import asyncio

import asyncpg
import pytest

from scholr.kernel.ids import TenantId, new_id
from scholr.platform.db.database import Database
from scholr.platform.db.errors import DatabaseBusy
from scholr.platform.db.retry import retried
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.db.unit import WriteUnit
from scholr.platform.mail import send_mail
from scholr.platform.runtime import Platform
from scholr.platform.tenantless import PLATFORM_TENANT
from tests.support.database import TestDatabase
from tests.support.school import School


async def _write(tx: WriteUnit, subject: str) -> None:
    await send_mail(tx, to="a@example.org", subject=subject, text="x")


async def _subjects(platform: Platform, tenant_id: TenantId) -> list[str]:
    async with platform.db.read(tenant_id) as rx:
        return [row["subject"] for row in await rx.raw.fetch("select subject from platform_mail order by id")]


async def test_a_reading_unit_cannot_write(platform: Platform, school: School) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with platform.db.read(school.tenant_id) as rx:
            await rx.raw.execute("delete from platform_mail")


async def test_callbacks_run_after_the_commit_and_never_after_a_rollback(platform: Platform, school: School) -> None:
    called: list[str] = []
    async with platform.db.write(school.tenant_id) as tx:
        tx.after_commit(lambda: called.append("committed"))
        assert called == []
    with pytest.raises(ZeroDivisionError):
        async with platform.db.write(school.tenant_id) as tx:
            tx.after_commit(lambda: called.append("rolled back"))
            raise ZeroDivisionError
    assert called == ["committed"]


async def test_a_cancelled_unit_leaves_nothing_and_a_usable_pool(database: TestDatabase, school: School) -> None:
    single = Database(DatabaseSettings(database.app, pool_size=1))
    entered = asyncio.Event()

    async def hang() -> None:
        async with single.write(school.tenant_id) as tx:
            await _write(tx, "cancelled")
            entered.set()
            await tx.raw.execute("select pg_sleep(30)")

    task = asyncio.create_task(hang())
    await entered.wait()
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(10), single.read(school.tenant_id) as rx:
        assert await rx.raw.fetchval("select count(*) from platform_mail") == 0
    await single.close()


async def test_a_full_pool_says_that_it_is_busy(database: TestDatabase, school: School) -> None:
    single = Database(DatabaseSettings(database.app, pool_size=1, pool_timeout=0.05))
    async with single.read(school.tenant_id):
        with pytest.raises(DatabaseBusy):
            async with single.read(school.tenant_id):
                pass
    await single.close()


async def test_parts_of_an_ambient_unit_commit_together(platform: Platform, school: School) -> None:
    with pytest.raises(ZeroDivisionError):
        async with platform.db.ambient_write(school.tenant_id):
            async with platform.db.write(school.tenant_id) as tx:
                await _write(tx, "one")
            async with platform.db.read(school.tenant_id) as rx:
                assert await rx.raw.fetchval("select count(*) from platform_mail") == 1
            raise ZeroDivisionError
    assert await _subjects(platform, school.tenant_id) == []


async def test_a_failed_part_is_undone_and_the_rest_stays(platform: Platform, school: School) -> None:
    async with platform.db.ambient_write(school.tenant_id):
        async with platform.db.write(school.tenant_id) as tx:
            await _write(tx, "kept")
        with pytest.raises(asyncpg.UndefinedTableError):
            async with platform.db.write(school.tenant_id) as tx:
                await _write(tx, "undone")
                await tx.raw.execute("select * from no_such_table")
        async with platform.db.write(school.tenant_id) as tx:
            await _write(tx, "kept too")
    assert await _subjects(platform, school.tenant_id) == ["kept", "kept too"]


async def test_each_part_is_bound_to_its_own_tenant(platform: Platform, school: School, other_school: School) -> None:
    async with platform.db.ambient_write(PLATFORM_TENANT) as outer:
        async with platform.db.write(school.tenant_id) as tx:
            await _write(tx, "ours")
            async with platform.db.write(other_school.tenant_id) as inner:
                await _write(inner, "theirs")
            assert await tx.raw.fetchval("select count(*) from platform_mail") == 1
            assert tx.session.info["tenant_id"] == school.tenant_id
        assert await outer.raw.fetchval("select current_setting('app.tenant_id')") == str(PLATFORM_TENANT)
    assert await _subjects(platform, school.tenant_id) == ["ours"]
    assert await _subjects(platform, other_school.tenant_id) == ["theirs"]


async def test_a_callback_of_a_part_waits_for_the_whole(platform: Platform, school: School) -> None:
    called: list[str] = []
    async with platform.db.ambient_write(school.tenant_id):
        async with platform.db.write(school.tenant_id) as tx:
            tx.after_commit(lambda: called.append("done"))
        assert called == []
    assert called == ["done"]


async def test_a_task_started_inside_works_on_a_connection_of_its_own(platform: Platform, school: School) -> None:
    """One connection does one thing at a time; joining it from another task would break both."""

    async def count() -> int:
        async with platform.db.read(school.tenant_id) as rx:
            found: int = await rx.raw.fetchval("select count(*) from platform_mail, pg_sleep(0.05)")
        return found

    async with platform.db.ambient_write(school.tenant_id), platform.db.write(school.tenant_id) as tx:
        await _write(tx, "not yet")
        assert sum(await asyncio.gather(count(), count())) == 0
    assert await count() == 1


async def test_a_lost_race_runs_the_use_case_again(platform: Platform) -> None:
    """Two transactions lock the same two rows in opposite order; PostgreSQL ends one, and it runs again."""
    tenant_id, first, second = TenantId(new_id()), new_id(), new_id()
    add = "insert into platform_mail (id, recipient, subject, text_body) values ($1, 'a', 's', 't')"
    lock = "update platform_mail set subject = subject || '.' where id = $1"
    async with platform.db.write(tenant_id) as tx:
        for row in (first, second):
            await tx.raw.execute(add, row)
    met = asyncio.Barrier(2)
    runs = 0

    @retried
    async def lock_both(one: object, other: object) -> None:
        nonlocal runs
        runs += 1
        async with platform.db.write(tenant_id) as tx:
            await tx.raw.execute(lock, one)
            if runs <= 2:
                await met.wait()
            await tx.raw.execute(lock, other)

    async with asyncio.timeout(20):
        await asyncio.gather(lock_both(first, second), lock_both(second, first))
    assert runs == 3
    assert await _subjects(platform, tenant_id) == ["s..", "s.."]
