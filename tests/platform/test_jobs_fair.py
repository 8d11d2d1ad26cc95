"""Whatever one organisation has queued, another one's job is not far from its turn."""

import asyncio
import statistics
import time
from datetime import timedelta

import asyncpg
import msgspec
import pytest

from scholr.kernel.ids import TenantId, new_id
from scholr.platform.jobs import enqueue, store
from scholr.platform.jobs import job as job_module
from scholr.platform.jobs.job import GiveWay, Job
from scholr.platform.jobs.queue import enqueue_many
from scholr.platform.module import JobDefinition, Module
from scholr.platform.runtime import Platform
from tests.support.database import TestDatabase
from tests.support.delivery import settle, worker_db, worker_of
from tests.support.school import School

QUEUED = 2_000
LASTS = 0.1


class Piece(msgspec.Struct):
    number: int


async def _queue(platform: Platform, tenant_id: TenantId | None, count: int) -> None:
    async with platform.db.write(tenant_id) as tx:
        await enqueue_many(tx, "desk.work", [Piece(number) for number in range(count)])


async def _claim(platform: Platform, limit: int, slots: int) -> list[TenantId]:
    async with (await worker_db(platform)).write(None) as tx:
        found = await store.claim(tx, platform.clock.now(), ["desk.work"], limit, new_id(), slots=slots)
    return [job.tenant_id for job in found]


async def test_no_organisation_gets_the_last_quarter_of_the_slots(
    platform: Platform, school: School, other_school: School
) -> None:
    await _queue(platform, school.tenant_id, 20)
    assert len(await _claim(platform, 4, slots=4)) == 3
    assert await _claim(platform, 4, slots=4) == []
    await _queue(platform, other_school.tenant_id, 5)
    assert await _claim(platform, 1, slots=4) == [other_school.tenant_id]


async def test_a_job_that_waits_for_its_running_twin_holds_no_slot_free(
    platform: Platform, school: School, other_school: School
) -> None:
    for tenant_id in (school.tenant_id, other_school.tenant_id):
        async with platform.db.write(tenant_id) as tx:
            await enqueue(tx, "desk.work", Piece(1), key="k")
        assert await _claim(platform, 1, slots=4) == [tenant_id]
    async with platform.db.write(school.tenant_id) as tx:
        await enqueue(tx, "desk.work", Piece(2), key="k")
    await _queue(platform, other_school.tenant_id, 1)
    assert await _claim(platform, 1, slots=4) == [other_school.tenant_id], "the other's turn, and the first's twin runs"


async def test_a_single_slot_is_anybodys(platform: Platform, school: School) -> None:
    await _queue(platform, school.tenant_id, 2)
    assert len(await _claim(platform, 1, slots=1)) == 1


async def test_the_platforms_own_work_has_no_such_bound(platform: Platform) -> None:
    await _queue(platform, None, 6)
    assert len(await _claim(platform, 4, slots=4)) == 4


async def test_thousands_of_queued_jobs_delay_another_organisation_by_less_than_one_jobs_time(
    platform: Platform, school: School, other_school: School
) -> None:
    begun: dict[TenantId, list[float]] = {}

    async def work(job: Job, _piece: Piece) -> None:
        begun.setdefault(job.tenant_id, []).append(time.monotonic())
        await asyncio.sleep(LASTS)

    worker = await worker_of(platform, [Module("desk", jobs=(JobDefinition("desk.work", Piece, work),))])
    await _queue(platform, school.tenant_id, QUEUED)
    delays = []
    for _ in range(3):
        await worker.jobs.start_due()
        await asyncio.sleep(LASTS / 3)
        await _queue(platform, other_school.tenant_id, 1)
        asked = time.monotonic()
        before = len(begun.get(other_school.tenant_id, ()))
        while len(begun.get(other_school.tenant_id, ())) == before:
            if not await worker.jobs.start_due():
                await worker.jobs.wait_for_a_slot(LASTS)
            await asyncio.sleep(0)
        delays.append(begun[other_school.tenant_id][-1] - asked)
    await worker.jobs.stop(grace=1.0)
    assert statistics.median(delays) < LASTS, delays
    assert len(begun[school.tenant_id]) < QUEUED / 10, "the others were far from done"


async def test_a_long_job_gives_way_and_goes_on_when_it_is_its_turn(
    platform: Platform, school: School, other_school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_module, "SLICE_SECONDS", -1.0)
    order: list[tuple[TenantId, int]] = []

    async def work(job: Job, piece: Piece) -> None:
        order.append((job.tenant_id, job.attempt))
        if piece.number > 0 and order.count((job.tenant_id, job.attempt)) < 3 and job.has_had_its_turn:
            raise GiveWay

    worker = await worker_of(platform, [Module("desk", jobs=(JobDefinition("desk.work", Piece, work, attempts=1),))])
    worker.jobs._slots = 1
    async with platform.db.write(school.tenant_id) as tx:
        await enqueue(tx, "desk.work", Piece(1))
    await worker.jobs.run_due()
    await _queue(platform, other_school.tenant_id, 1)
    while await worker.jobs.run_due():
        pass
    assert order == [(school.tenant_id, 1), (other_school.tenant_id, 1), (school.tenant_id, 1), (school.tenant_id, 1)]


async def test_giving_way_is_no_failure(platform: Platform, school: School) -> None:
    runs = 0

    async def work(_job: Job, _piece: Piece) -> None:
        nonlocal runs
        runs += 1
        if runs < 4:
            raise GiveWay

    definition = JobDefinition("desk.work", Piece, work, attempts=1, timeout=timedelta(seconds=5))
    await _queue(platform, school.tenant_id, 1)
    await settle(platform, modules=[Module("desk", jobs=(definition,))])
    assert runs == 4


async def test_claiming_walks_the_indexes(
    platform: Platform, school: School, other_school: School, database: TestDatabase
) -> None:
    """Its cost grows with the organisations that wait, not with what they have queued."""
    await _queue(platform, school.tenant_id, QUEUED)
    await _queue(platform, other_school.tenant_id, 10)
    admin = await asyncpg.connect(database.admin)
    await admin.execute("analyze platform_job")
    await admin.close()
    async with (await worker_db(platform)).write(None) as tx:
        rows = await tx.raw.fetch(
            "explain (analyze, buffers, timing off) " + store._CLAIM,
            platform.clock.now(),
            ["desk.work"],
            4,
            new_id(),
            4,
        )
    plan = "\n".join(row[0] for row in rows)
    assert "Seq Scan on platform_job w" not in plan, plan
    assert "ix_platform_job_waiting" in plan
    fetched = [int(line.split("rows=")[-1].split(".")[0]) for line in rows_of(plan, "ix_platform_job_waiting")]
    assert max(fetched) < 100, plan


def rows_of(plan: str, index: str) -> list[str]:
    """The actual rows of each scan of an index."""
    return [line.split("actual ")[1].split(" loops")[0] for line in plan.splitlines() if f"using {index}" in line]
