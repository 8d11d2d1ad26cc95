"""Jobs: with the state that asks for them, for its tenant, fairly, and again when they fail."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import asyncpg
import msgspec
import pytest

from scholr.kernel.ids import TenantId, new_id
from scholr.platform.jobs import enqueue
from scholr.platform.jobs.job import Abandon, Job, JobTakenOver
from scholr.platform.jobs.store import ClaimedJob, claim, list_failed, retry_failed, take_back_abandoned
from scholr.platform.module import JobDefinition, Module
from scholr.platform.runtime import Platform
from tests.support.clock import MovableClock
from tests.support.delivery import settle, worker_db, worker_of
from tests.support.school import School


class Greeting(msgspec.Struct):
    word: str


@dataclass
class Desk:
    """A module with one job that writes down its runs, and fails as often as it is told."""

    runs: list[tuple[TenantId | None, str, int]] = field(default_factory=list)
    failures_left: int = 0
    error: type[Exception] = RuntimeError

    async def run(self, job: Job, payload: Greeting) -> None:
        self.runs.append((job.tenant, payload.word, job.attempt))
        if self.failures_left > 0:
            self.failures_left -= 1
            raise self.error("not now")

    @property
    def words(self) -> list[str]:
        return [word for _tenant, word, _attempt in self.runs]

    def modules(self, attempts: int = 3) -> list[Module]:
        return [Module("desk", jobs=(JobDefinition("desk.greet", Greeting, self.run, attempts=attempts),))]


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def _greet(platform: Platform, tenant_id: TenantId | None, *words: str, key: str | None = None) -> None:
    async with platform.db.write(tenant_id) as tx:
        for word in words:
            await enqueue(tx, "desk.greet", Greeting(word), key=key)


async def test_runs_for_the_tenant_that_enqueued_it(platform: Platform, school: School, desk: Desk) -> None:
    await _greet(platform, school.tenant_id, "hello")
    await settle(platform, modules=desk.modules())
    assert desk.runs == [(school.tenant_id, "hello", 1)]
    await settle(platform, modules=desk.modules())
    assert len(desk.runs) == 1


async def test_does_not_exist_when_its_transaction_rolls_back(platform: Platform, school: School, desk: Desk) -> None:
    with pytest.raises(ZeroDivisionError):
        async with platform.db.write(school.tenant_id) as tx:
            await enqueue(tx, "desk.greet", Greeting("never"))
            raise ZeroDivisionError
    await settle(platform, modules=desk.modules())
    assert desk.runs == []


async def test_without_a_tenant_it_belongs_to_the_platform(platform: Platform, desk: Desk) -> None:
    await _greet(platform, None, "nobody's")
    await settle(platform, modules=desk.modules())
    assert desk.runs == [(None, "nobody's", 1)]


async def test_waits_until_it_may_run(platform: Platform, school: School, desk: Desk, clock: MovableClock) -> None:
    async with platform.db.write(school.tenant_id) as tx:
        await enqueue(tx, "desk.greet", Greeting("later"), run_after=clock.now() + timedelta(hours=1))
    await settle(platform, modules=desk.modules())
    assert desk.runs == []
    clock.advance(timedelta(hours=1, seconds=1))
    await settle(platform, modules=desk.modules())
    assert desk.words == ["later"]


async def test_one_key_waits_once_and_may_run_again_after_it_began(
    platform: Platform, school: School, other_school: School, desk: Desk
) -> None:
    await _greet(platform, school.tenant_id, "first", key="k")
    await _greet(platform, school.tenant_id, "second", key="k")
    await _greet(platform, other_school.tenant_id, "theirs", key="k")
    await settle(platform, modules=desk.modules())
    assert sorted(desk.words) == ["first", "theirs"]
    await _greet(platform, school.tenant_id, "third", key="k")
    await settle(platform, modules=desk.modules())
    assert desk.words[-1] == "third"


async def test_a_waiting_twin_cannot_begin_before_the_second_caller_committed(
    platform: Platform, school: School, desk: Desk
) -> None:
    """Otherwise it would run without having seen what the second caller wrote."""
    await _greet(platform, school.tenant_id, "first", key="k")
    async with platform.db.write(school.tenant_id) as tx:
        await enqueue(tx, "desk.greet", Greeting("second"), key="k")
        await settle(platform, modules=desk.modules())
        assert desk.runs == []
    await settle(platform, modules=desk.modules())
    assert desk.words == ["first"]


async def test_a_running_key_holds_its_twin_back(platform: Platform, school: School) -> None:
    gate, order = asyncio.Event(), []

    async def slow(_job: Job, payload: Greeting) -> None:
        order.append(f"{payload.word} begins")
        await gate.wait()
        order.append(f"{payload.word} ends")

    modules = [Module("desk", jobs=(JobDefinition("desk.greet", Greeting, slow),))]
    worker = await worker_of(platform, modules)
    await _greet(platform, school.tenant_id, "one", key="k")
    assert await worker.jobs.start_due() == 1
    await asyncio.sleep(0)
    await _greet(platform, school.tenant_id, "two", key="k")
    assert await worker.jobs.start_due() == 0
    gate.set()
    await worker.jobs.run_due()
    await worker.jobs.run_due()
    assert order == ["one begins", "one ends", "two begins", "two ends"]


async def test_a_failed_run_is_repeated_later_and_then_shown(
    platform: Platform, school: School, desk: Desk, clock: MovableClock
) -> None:
    desk.failures_left = 3
    await _greet(platform, school.tenant_id, "x")
    for _ in range(5):
        await settle(platform, modules=desk.modules(attempts=3), failures_expected=True)
        clock.advance(timedelta(hours=2))
    assert [attempt for _t, _w, attempt in desk.runs] == [1, 2, 3]
    async with platform.db.write(school.tenant_id) as tx:
        [failed] = await list_failed(tx)
        assert (failed.name, failed.attempts, failed.error) == ("desk.greet", 3, "RuntimeError: not now")
        assert await retry_failed(tx, [failed.id]) == 1
    await settle(platform, modules=desk.modules(attempts=3), failures_expected=True)
    assert [attempt for _t, _w, attempt in desk.runs] == [1, 2, 3, 1]
    async with platform.db.read(school.tenant_id) as rx:
        assert await list_failed(rx) == []


async def test_a_failed_run_does_not_return_at_once(platform: Platform, school: School, desk: Desk) -> None:
    desk.failures_left = 1
    await _greet(platform, school.tenant_id, "x")
    await settle(platform, modules=desk.modules(), failures_expected=True)
    assert len(desk.runs) == 1


async def test_a_job_that_gives_up_is_not_repeated(platform: Platform, school: School, desk: Desk) -> None:
    desk.failures_left, desk.error = 9, Abandon
    await _greet(platform, school.tenant_id, "x")
    await settle(platform, modules=desk.modules(), failures_expected=True)
    async with platform.db.read(school.tenant_id) as rx:
        assert len(await list_failed(rx)) == 1


async def test_a_payload_that_no_longer_fits_is_shown_at_once(platform: Platform, school: School, desk: Desk) -> None:
    async with platform.db.write(school.tenant_id) as tx:
        await enqueue(tx, "desk.greet", {"word": 7})
    await settle(platform, modules=desk.modules(), failures_expected=True)
    async with platform.db.read(school.tenant_id) as rx:
        [failed] = await list_failed(rx)
    assert "word" in failed.error
    assert desk.runs == []


async def test_a_run_that_takes_too_long_counts_as_failed(platform: Platform, school: School) -> None:
    async def forever(_job: Job, _payload: Greeting) -> None:
        await asyncio.Event().wait()

    quick = JobDefinition("desk.greet", Greeting, forever, attempts=1, timeout=timedelta(milliseconds=20))
    await _greet(platform, school.tenant_id, "x")
    await settle(platform, modules=[Module("desk", jobs=(quick,))], failures_expected=True)
    async with platform.db.read(school.tenant_id) as rx:
        [failed] = await list_failed(rx)
    assert failed.error.startswith("TimeoutError")


async def _claim(platform: Platform, limit: int = 1) -> list[ClaimedJob]:
    async with (await worker_db(platform)).write(None) as tx:
        return await claim(tx, platform.clock.now(), ["desk.greet"], limit, new_id())


async def test_tenants_take_turns_whatever_they_queued(
    platform: Platform, school: School, other_school: School
) -> None:
    await _greet(platform, school.tenant_id, *(f"bulk {n}" for n in range(200)))
    await _greet(platform, other_school.tenant_id, "a", "b", "c")
    served: list[TenantId] = []
    for _ in range(6):
        [job] = await _claim(platform)
        served.append(job.tenant_id)
        async with (await worker_db(platform)).write(None) as tx:
            await tx.raw.execute("delete from platform_job where id = $1", job.id)
    assert served.count(other_school.tenant_id) == 3
    assert all(served[n] != served[n + 1] for n in range(5))


async def test_a_tenant_with_running_jobs_comes_after_one_without(
    platform: Platform, school: School, other_school: School
) -> None:
    await _greet(platform, school.tenant_id, *(f"bulk {n}" for n in range(10)))
    assert len(await _claim(platform, 4)) == 4
    await _greet(platform, other_school.tenant_id, "a", "b")
    claimed = await _claim(platform, 4)
    assert [job.tenant_id for job in claimed[:2]] == [other_school.tenant_id] * 2
    assert len(claimed) == 4


async def test_jobs_of_one_tenant_begin_in_order(platform: Platform, school: School) -> None:
    await _greet(platform, school.tenant_id, "1", "2", "3")
    claimed = await _claim(platform, 3)
    assert [msgspec.json.decode(job.payload, type=Greeting).word for job in claimed] == ["1", "2", "3"]


async def _let_the_lease_end(platform: Platform, job_id: UUID) -> None:
    async with (await worker_db(platform)).write(None) as tx:
        await tx.raw.execute(
            "update platform_job set heartbeat_at = heartbeat_at - interval '1 hour' where id = $1", job_id
        )
        await take_back_abandoned(tx)


async def test_a_silent_workers_job_goes_to_another_and_the_attempt_counts(
    platform: Platform, school: School, desk: Desk
) -> None:
    await _greet(platform, school.tenant_id, "x")
    [job] = await _claim(platform)
    await settle(platform, modules=desk.modules())
    assert desk.runs == []
    await _let_the_lease_end(platform, job.id)
    await settle(platform, modules=desk.modules(), failures_expected=True)
    assert desk.runs == [(school.tenant_id, "x", 2)]


async def test_a_job_that_kills_every_worker_is_put_aside(platform: Platform, school: School, desk: Desk) -> None:
    await _greet(platform, school.tenant_id, "poison")
    for _ in range(3):
        [job] = await _claim(platform)
        await _let_the_lease_end(platform, job.id)
    await settle(platform, modules=desk.modules(attempts=3), failures_expected=True)
    assert desk.runs == []
    async with platform.db.read(school.tenant_id) as rx:
        [failed] = await list_failed(rx)
    assert "on every attempt" in failed.error


async def test_finishing_inside_the_effect_is_refused_after_a_takeover(platform: Platform, school: School) -> None:
    await _greet(platform, school.tenant_id, "x")
    [first] = await _claim(platform)
    await _let_the_lease_end(platform, first.id)
    [second] = await _claim(platform)
    stale, fresh = (Job(platform, job.id, job.name, job.tenant_id, job.attempt, False) for job in (first, second))
    with pytest.raises(JobTakenOver):
        async with platform.db.write(school.tenant_id) as tx:
            await stale.finish(tx)
    async with platform.db.write(school.tenant_id) as tx:
        await fresh.finish(tx)
        assert await tx.raw.fetchval("select count(*) from platform_job where id = $1", first.id) == 0


async def test_a_retried_run_gives_way_to_a_twin_that_waits(
    platform: Platform, school: School, desk: Desk, clock: MovableClock
) -> None:
    desk.failures_left = 1

    async def fails_after_a_twin_came(job: Job, payload: Greeting) -> None:
        if payload.word == "old":
            await _greet(platform, school.tenant_id, "new", key="k")
        await desk.run(job, payload)

    modules = [Module("desk", jobs=(JobDefinition("desk.greet", Greeting, fails_after_a_twin_came),))]
    await _greet(platform, school.tenant_id, "old", key="k")
    await settle(platform, modules=modules)
    clock.advance(timedelta(hours=2))
    await settle(platform, modules=modules)
    assert desk.words == ["old", "new"]


async def test_a_retried_run_gives_way_to_a_twin_that_is_on_its_way(
    platform: Platform, school: School, desk: Desk
) -> None:
    """It is not committed when the run has failed: seen by the index already, and by no statement yet."""
    desk.failures_left, on_its_way = 1, asyncio.Event()

    async def add_a_twin() -> None:
        async with platform.db.write(school.tenant_id) as tx:
            await enqueue(tx, "desk.greet", Greeting("new"), key="k")
            on_its_way.set()
            await asyncio.sleep(0.1)

    async def fails_before_the_twin_is_there(job: Job, payload: Greeting) -> None:
        if payload.word == "old":
            twins.append(asyncio.create_task(add_a_twin()))
            await on_its_way.wait()
        await desk.run(job, payload)

    twins: list[asyncio.Task[None]] = []
    modules = [Module("desk", jobs=(JobDefinition("desk.greet", Greeting, fails_before_the_twin_is_there),))]
    await _greet(platform, school.tenant_id, "old", key="k")
    await settle(platform, modules=modules)
    await asyncio.gather(*twins)
    await settle(platform, modules=modules)
    assert desk.words == ["old", "new"]


async def test_a_stopping_worker_gives_back_what_it_cannot_finish(platform: Platform, school: School) -> None:
    begun = asyncio.Event()

    async def endless(_job: Job, _payload: Greeting) -> None:
        begun.set()
        await asyncio.Event().wait()

    worker = await worker_of(platform, [Module("desk", jobs=(JobDefinition("desk.greet", Greeting, endless),))])
    await _greet(platform, school.tenant_id, "x")
    await worker.jobs.start_due()
    await begun.wait()
    await worker.jobs.stop(grace=0.01)
    [again] = await _claim(platform)
    assert again.attempt == 1


async def test_failed_jobs_of_one_key_run_again_as_one(platform: Platform, school: School, desk: Desk) -> None:
    """A release before kept them all: periodic work that failed every night was a row for each night."""
    desk.failures_left, desk.error = 3, Abandon
    for word in ("first night", "second night"):
        await _greet(platform, school.tenant_id, word, key=word)
        await settle(platform, modules=desk.modules(), failures_expected=True)
    async with (await worker_db(platform)).write(None) as tx:
        await tx.raw.execute("update platform_job set key = 'k' where tenant_id = $1", school.tenant_id)
    await _greet(platform, school.tenant_id, "another")
    await settle(platform, modules=desk.modules(), failures_expected=True)
    async with platform.db.write(school.tenant_id) as tx:
        failed = await list_failed(tx)
        assert await retry_failed(tx, [each.id for each in failed]) == 2
    await settle(platform, modules=desk.modules())
    assert sorted(desk.words[3:]) == ["another", "second night"]


async def test_a_job_that_is_cancelled_from_inside_has_failed(platform: Platform, school: School) -> None:
    """Nobody stops the worker: given back without counting, it would begin anew at once, for ever."""
    runs = 0

    async def cancelled(_job: Job, _payload: Greeting) -> None:
        nonlocal runs
        runs += 1
        raise asyncio.CancelledError

    job = JobDefinition("desk.greet", Greeting, cancelled, attempts=1)
    await _greet(platform, school.tenant_id, "x")
    worker = await worker_of(platform, [Module("desk", jobs=(job,))])
    for _ in range(3):
        await worker.jobs.run_due()
    assert runs == 1
    async with platform.db.read(school.tenant_id) as rx:
        [failed] = await list_failed(rx)
    assert failed.error.startswith("CancelledError")


async def test_a_stopping_worker_gives_back_what_it_had_claimed_and_not_begun(
    platform: Platform, school: School, desk: Desk
) -> None:
    """As when it is told to stop while a claim is on its way."""
    worker = await worker_of(platform, desk.modules())
    await _greet(platform, school.tenant_id, "x")
    async with (await worker_db(platform)).write(None) as tx:
        await claim(tx, platform.clock.now(), ["desk.greet"], 1, worker._id)
    await worker.jobs.stop(grace=0.01)
    [again] = await _claim(platform)
    assert again.attempt == 1


async def test_the_application_cannot_enqueue_for_another_tenant(
    platform: Platform, school: School, other_school: School
) -> None:
    sql = "insert into platform_job (tenant_id, id, name, payload, due_at) values ($1, $2, 'x', '{}', now())"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with platform.db.write(school.tenant_id) as tx:
            await tx.raw.execute(sql, other_school.tenant_id, new_id())
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with platform.db.write(school.tenant_id) as tx:
            await tx.raw.execute(sql, UUID(int=0), new_id())
