"""35 days of figures of a busy deployment, and how long the database takes for what the operate page asks."""

import time
from datetime import timedelta

import asyncpg
import pytest

from scholr.platform.observability import queries
from scholr.platform.observability.tidying import FINE, KEPT
from scholr.platform.runtime import Platform
from tests.support.clock import MovableClock
from tests.support.database import TestDatabase

# Two web processes and a worker; queues are looked at by all in every interval, requests come in three of four.
_FINE = """
insert into platform_signal
select t.at, 10, ('00000000-0000-0000-0000-00000000000' || p)::uuid, c, 5, 0, 0, 0.1,
    array[1,1,1,1,1,0,0,0,0,0,0,0,0,0,0,0]::bigint[]
from generate_series($1::timestamptz, $2, interval '10 seconds') t (at), generate_series(1, 3) p,
    unnest(array['events', 'mail', 'enrol', 'lesson', 'answer', 'sign_in', 'catalogue', 'page', 'form', 'api']) c
where c in ('events', 'mail') or (p < 3 and extract(epoch from t.at)::int / 10 % 4 > 0)
"""
_COARSE = """
insert into platform_signal
select t.at, 900, '00000000-0000-0000-0000-000000000000', c, 900, 3, 1, 90,
    array[100,200,300,100,100,100,0,0,0,0,0,0,0,0,0,0]::bigint[]
from generate_series($1::timestamptz, $2, interval '15 minutes') t (at),
    unnest(array['events', 'mail', 'enrol', 'lesson', 'answer', 'sign_in', 'catalogue', 'page', 'form', 'api']) c
"""


@pytest.mark.slow
async def test_the_page_takes_little_of_the_database_after_35_days(
    alone: Platform, own_database: TestDatabase, clock: MovableClock
) -> None:
    clock.advance(timedelta(days=40) - timedelta(days=clock.now().day - 1))
    clock.advance(timedelta(days=27))
    now = clock.now()
    admin = await asyncpg.connect(own_database.admin)
    await admin.execute(_COARSE, now - KEPT, now - FINE)
    await admin.execute(_FINE, now - FINE, now)
    await admin.execute("analyze platform_signal")
    await admin.close()
    begun, times = time.perf_counter(), []
    found = await queries.budgets(alone)
    adding_up = time.perf_counter() - begun
    for _ in range(3):
        begun = time.perf_counter()
        await queries.strip(alone, intervals=36)
        await queries.processes(alone, heard_within=timedelta(minutes=30))
        await queries.queues(alone, over=timedelta(hours=3))
        await queries.budgets(alone)
        await queries.backlog(alone)
        times.append(time.perf_counter() - begun)
    assert all(budget.total for budget in found)
    begun = time.perf_counter()
    assert await queries.budgets(alone) == found
    assert time.perf_counter() - begun < adding_up / 5, "what was added up is kept for half a minute"
    assert min(times) < 0.2, f"{min(times) * 1000:.0f} ms; about 30 on two cores with other work"
