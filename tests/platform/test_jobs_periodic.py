"""Periodic work: once per deployment and period, for whom it finds, whatever becomes of other tasks."""

import asyncio
from datetime import timedelta

import asyncpg

from scholr.kernel.ids import TenantId, new_id
from scholr.platform.jobs.job import Abandon, Job
from scholr.platform.jobs.store import list_failed
from scholr.platform.module import Module, PeriodicTask
from scholr.platform.runtime import Platform
from tests.support.clock import MovableClock
from tests.support.database import TestDatabase
from tests.support.delivery import settle, worker_db, worker_of
from tests.support.school import School


async def test_a_periodic_task_starts_once_per_period(platform: Platform, clock: MovableClock) -> None:
    runs: list[TenantId | None] = []

    async def sweep(job: Job, _payload: None) -> None:
        runs.append(job.tenant)

    name = f"desk.sweep_{new_id()}"
    modules = [Module("desk", periodic=(PeriodicTask(name, timedelta(hours=1), sweep),))]
    one, other = await worker_of(platform, modules), await worker_of(platform, modules)
    for worker in (one, other, one):
        await worker.start_periodic()
        await settle(platform, modules=modules)
    assert runs == [None]
    clock.advance(timedelta(hours=1, seconds=1))
    await asyncio.gather(one.start_periodic(), other.start_periodic())
    await settle(platform, modules=modules)
    assert runs == [None, None]


async def test_a_periodic_task_runs_for_the_tenants_that_have_work(
    platform: Platform, school: School, other_school: School, database: TestDatabase
) -> None:
    """A SQL function of the context names them; each gets a job of its own, as that tenant."""
    name = f"testing_work_{new_id().hex}"
    admin = await asyncpg.connect(database.admin)
    await admin.execute(
        f"create function {name}(now timestamptz) returns setof uuid language sql"
        f" as $$ select '{school.tenant_id}'::uuid $$"
    )
    await admin.close()
    runs: list[TenantId] = []

    async def sweep(job: Job, _payload: None) -> None:
        assert job.actor.tenant_id == job.tenant_id
        runs.append(job.tenant_id)

    modules = [Module("desk", periodic=(PeriodicTask(f"desk.{name}", timedelta(hours=1), sweep, tenants=name),))]
    await (await worker_of(platform, modules)).start_periodic()
    await settle(platform, modules=modules)
    assert runs == [school.tenant_id]
    assert other_school.tenant_id not in runs


async def test_a_task_that_cannot_start_keeps_no_other_from_starting(platform: Platform, clock: MovableClock) -> None:
    runs: list[str] = []

    async def sweep(job: Job, _payload: None) -> None:
        runs.append(job.name)

    own = new_id().hex
    tasks = (
        PeriodicTask(f"desk.a_{own}", timedelta(hours=1), sweep, tenants="there_is_no_such_function"),
        PeriodicTask(f"desk.b_{own}", timedelta(hours=1), sweep),
    )
    modules = [Module("desk", periodic=tasks)]
    worker = await worker_of(platform, modules)
    for minutes in (0, 61):
        clock.advance(timedelta(minutes=minutes))
        await worker.start_periodic()
        await settle(platform, modules=modules)
    assert runs == [tasks[1].name] * 2


async def test_a_task_that_always_fails_is_shown_once(platform: Platform, clock: MovableClock) -> None:
    """Every fifteen seconds one row more that nobody looks at would fill the disk."""
    nights = 0

    async def sweep(_job: Job, _payload: None) -> None:
        nonlocal nights
        nights += 1
        raise Abandon(f"night {nights}")

    task = PeriodicTask(f"desk.{new_id().hex}", timedelta(hours=1), sweep)
    modules = [Module("desk", periodic=(task,))]
    for _ in range(3):
        await (await worker_of(platform, modules)).start_periodic()
        await settle(platform, modules=modules, failures_expected=True)
        clock.advance(timedelta(minutes=61))
    async with (await worker_db(platform)).read(None) as rx:
        failed = [each.error for each in await list_failed(rx) if each.name == task.name]
    assert failed == ["Abandon: night 3"]
