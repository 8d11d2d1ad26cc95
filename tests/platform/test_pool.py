"""Connections are lent one at a time, whole ones only, to those who waited longest first."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import asyncpg
import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from scholr.platform.db.errors import DatabaseBusy, DatabaseLost, DatabaseUnreachable
from scholr.platform.db.pool import Pool
from tests.support.database import TestDatabase

_PID = "select pg_backend_pid()"


def _pool(dsn: str, *, size: int = 1, patience: float = 5.0) -> Pool:
    url = make_url(dsn).set(drivername="postgresql+asyncpg")
    return Pool(create_async_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool), size, patience)


@pytest.fixture
async def pool(database: TestDatabase) -> AsyncIterator[Pool]:
    found = _pool(database.app)
    yield found
    await found.close()


async def _pid(pool: Pool) -> Any:
    async with pool.borrow() as lease:
        return await lease.raw.fetchval(_PID)


async def test_a_connection_that_came_back_is_lent_again(pool: Pool) -> None:
    assert await _pid(pool) == await _pid(pool)


async def test_a_connection_that_the_server_closed_is_replaced(pool: Pool, database: TestDatabase) -> None:
    async with pool.borrow() as lease:
        first = lease.raw.get_server_pid()
    await _end_backend(database, lease.raw)
    assert await _pid(pool) != first


async def test_losing_the_connection_in_the_middle_is_said_in_our_words(pool: Pool, database: TestDatabase) -> None:
    with pytest.raises(DatabaseLost):
        async with pool.borrow() as lease:
            await _end_backend(database, lease.raw)
            await lease.raw.fetchval(_PID)
    assert await _pid(pool)


async def test_a_connection_that_is_too_old_is_replaced(pool: Pool) -> None:
    async with pool.borrow() as lease:
        first = await lease.raw.fetchval(_PID)
        lease.opened_at -= 3600
    assert await _pid(pool) != first


async def test_a_connection_with_the_orms_transaction_open_is_not_lent_again(pool: Pool) -> None:
    async with pool.borrow() as lease:
        first = await lease.raw.fetchval(_PID)
        await lease.connection.begin()
    assert await _pid(pool) != first


async def test_a_connection_with_a_transaction_open_at_the_server_is_not_lent_again(pool: Pool) -> None:
    async with pool.borrow() as lease:
        first = lease.raw.get_server_pid()
        await lease.raw.execute("begin; select set_config('app.tenant_id', gen_random_uuid()::text, true)")
    assert await _pid(pool) != first


async def test_who_waits_longest_is_served_first(pool: Pool) -> None:
    served: list[int] = []

    async def use(number: int) -> None:
        async with pool.borrow():
            served.append(number)

    async with pool.borrow():
        waiting = [asyncio.create_task(use(number)) for number in range(5)]
        await asyncio.sleep(0.01)
    await asyncio.gather(*waiting)
    assert served == [0, 1, 2, 3, 4]


async def test_who_gave_up_waiting_takes_no_turn(database: TestDatabase) -> None:
    pool = _pool(database.app, patience=0.05)
    async with pool.borrow():
        with pytest.raises(DatabaseBusy):
            await _pid(pool)
        impatient = asyncio.create_task(_pid(pool))
        await asyncio.sleep(0.01)
        impatient.cancel()
        assert await _outcome(impatient) == "cancelled"
    assert await _pid(pool)
    await pool.close()


async def test_failing_to_connect_gives_the_turn_back() -> None:
    pool = _pool("postgresql://nobody@127.0.0.1:1/nothing")
    for _ in range(3):
        with pytest.raises(DatabaseUnreachable):
            await _pid(pool)


async def test_what_comes_back_after_closing_is_closed(database: TestDatabase) -> None:
    pool = _pool(database.app)
    async with pool.borrow() as lease:
        await pool.close()
        assert await lease.raw.fetchval("select 1") == 1
    assert lease.raw.is_closed()


async def _outcome(task: Awaitable[object]) -> str:
    try:
        await task
    except asyncio.CancelledError:
        return "cancelled"
    return "ended"


async def _end_backend(database: TestDatabase, raw: "asyncpg.Connection[Any]") -> None:
    """As an administrator would; returns once this side has heard of it."""
    heard = asyncio.Event()
    raw.add_termination_listener(lambda _connection: heard.set())
    admin = await asyncpg.connect(database.admin)
    try:
        await admin.fetchval("select pg_terminate_backend($1, 5000)", raw.get_server_pid())
    finally:
        await admin.close()
    await heard.wait()
