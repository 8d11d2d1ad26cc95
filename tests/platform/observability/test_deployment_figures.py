"""What the deployment keeps of its own figures: written by each process, merged after hours, shown to operators."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from scholr.kernel.errors import DomainError
from scholr.platform.mail.send import send_mail
from scholr.platform.observability import queries, tidying
from scholr.platform.observability.reporter import Reporter
from scholr.platform.observability.trace import Part
from scholr.platform.runtime import Platform
from tests.support.client import api_client
from tests.support.clock import MovableClock
from tests.support.delivery import settle, worker_db
from tests.support.statements import counted_statements

ENROL = ("POST", "/api/courses/{course_id}/enrollments")


def _answered(platform: Platform, status: int, seconds: float, times: int = 1) -> None:
    """Enrolments, as the layer around the edge counts them."""
    signals = platform.signals
    for _ in range(times):
        signals.answered(*ENROL, status, seconds, Part(signals.tracer, "request", "server", None), "")


def _reporter(platform: Platform) -> Reporter:
    return Reporter(platform, (platform.db,))


async def test_two_processes_add_up(alone: Platform, clock: MovableClock) -> None:
    first, second = _reporter(alone), _reporter(alone)
    _answered(alone, 201, 0.02, times=3)
    assert await first.flush()
    assert await second.flush()  # each reporter stands for a process: both have counted the same three
    clock.advance(timedelta(seconds=10))
    _answered(alone, 201, 0.9)
    _answered(alone, 500, 0.1)
    _answered(alone, 409, 0.1)
    assert await first.flush()
    clock.advance(timedelta(seconds=10))
    found = {each.class_name: each for each in await queries.golden_signals(alone, over=timedelta(minutes=5))}
    enrol = found["enrol"]
    assert (enrol.ok, enrol.refused, enrol.failed) == (7, 1, 1)
    assert (enrol.p50, enrol.p99) == (0.025, 1.0)
    assert enrol.failed_share == 1 / 8
    assert enrol.mean == pytest.approx((6 * 0.02 + 0.9) / 7)


async def test_budgets_are_added_up_once_in_a_while(alone: Platform, clock: MovableClock) -> None:
    reporter = _reporter(alone)
    _answered(alone, 201, 0.02, times=3)
    assert await reporter.flush()
    clock.advance(timedelta(seconds=10))
    assert (await queries.budgets(alone))[0].total == 3
    _answered(alone, 500, 0.02, times=2)
    assert await reporter.flush()
    with counted_statements() as sent:
        assert (await queries.budgets(alone))[0].total == 3
    assert sent == []
    clock.advance(timedelta(seconds=25))
    await queries.budgets(alone)  # shows what is kept once more, and begins to add up
    for _ in range(500):
        if (await queries.budgets(alone))[0].total != 3:
            break
        await asyncio.sleep(0.01)
    clock.advance(timedelta(seconds=90))
    assert (await queries.budgets(alone))[0].total == 5


async def test_what_could_not_be_written_goes_with_the_next(alone: Platform, clock: MovableClock) -> None:
    reporter = _reporter(alone)
    _answered(alone, 201, 0.02)
    async with alone.db.read(None), alone.db.read(None), alone.db.read(None):  # the pool is empty
        vars(alone.db._pool._turns)["_patience"] = 0.05
        assert not await reporter.flush()
        assert alone.signals.flush_failures == 1
    assert await reporter.flush()
    clock.advance(timedelta(seconds=10))
    (enrol,) = [
        each for each in await queries.golden_signals(alone, over=timedelta(minutes=1)) if each.class_name == "enrol"
    ]
    assert enrol.ok == 1


async def test_the_strip_shows_when_it_was_bad(alone: Platform, clock: MovableClock) -> None:
    reporter = _reporter(alone)
    for status in (201, 500, 201):
        _answered(alone, status, 0.02, times=2)
        await reporter.flush()
        clock.advance(timedelta(minutes=5))
    strip = [each for each in await queries.strip(alone) if each.class_name == "enrol"]
    assert [each.failed for each in strip] == [0, 2, 0]
    assert [(b.at - a.at) for a, b in pairwise(strip)] == [timedelta(minutes=5)] * 2


async def test_a_budget_says_what_is_left_and_how_fast_it_goes(alone: Platform, clock: MovableClock) -> None:
    now = clock.now()
    middle = datetime(now.year, now.month, 16, 0, 0, tzinfo=UTC) + timedelta(days=31)
    clock.advance(middle - now)
    reporter = _reporter(alone)
    _answered(alone, 201, 0.02, times=9990)
    _answered(alone, 500, 0.02, times=5)
    _answered(alone, 201, 0.4, times=5)  # late, which this objective forbids as well
    await reporter.flush()
    clock.advance(timedelta(seconds=10))
    found = {each.objective.name: each for each in await queries.budgets(alone)}
    enrol, lesson = found["enrol"], found["lesson"]
    assert (enrol.good, enrol.total) == (9990, 10_000)
    assert enrol.burn["5m"] == pytest.approx(1.0)
    assert enrol.burn["3d"] == pytest.approx(1.0)
    assert enrol.left == pytest.approx(enrol.expected, abs=0.001)  # spent exactly evenly
    assert 0.4 < enrol.expected < 0.6
    assert lesson.burn["5m"] is None
    assert lesson.left == 1.0


async def test_queues_are_seen_with_their_age(alone: Platform, clock: MovableClock) -> None:
    async with api_client(alone) as client:
        await client.post("/api/organizations", json={"name": "Elm"})
    async with alone.db.write(None) as tx:
        await send_mail(tx, to="maya@example.org", subject="Hello", text="Maya")
    clock.advance(timedelta(minutes=7))
    before = await queries.backlog(alone)
    assert before["events_waiting"] >= 1
    assert 300 < before["events_oldest_seconds"] < 425  # the server's clock went on while ours stood still
    assert 300 < before["mail_oldest_seconds"] < 425  # the server's clock went on while ours stood still
    assert before["jobs_waiting"] >= 1
    await _reporter(alone).flush()
    assert alone.signals.classes["events"].buckets[-1] == 1  # a look that found something older than five minutes
    assert alone.signals.classes["mail"].buckets[-1] == 1
    assert [value for _at, value in (await queries.queues(alone))["mail_waiting"]] == [1.0]
    await settle(alone)
    after = await queries.backlog(alone)
    assert (after["events_waiting"], after["events_oldest_seconds"], after["mail_waiting"]) == (0, 0, 0)


async def test_statements_are_known_by_name_and_never_by_value(alone: Platform) -> None:
    async with api_client(alone) as client:
        opened = await client.post("/api/organizations", json={"name": "Elm"})
        tenant = opened.json()["id"]
        await client.get("/api/users", headers={"X-Tenant-Id": tenant})
    await _reporter(alone).flush()
    found = await queries.slow_statements(alone)
    names = {each.name.rsplit(" ", 1)[0] for each in found}
    assert "select identity_owner" in names
    assert {"begin", "commit"} <= {each.name for each in found}
    assert all(each.calls > 0 and each.seconds > 0 and each.longest >= each.mean for each in found)
    assert tenant not in repr(found)


async def test_processes_tell_of_their_capabilities(alone: Platform, clock: MovableClock) -> None:
    await _reporter(alone).flush()
    (process,) = await queries.processes(alone)
    assert process.service == "web"
    assert process.source("pool")["size"] == 3
    assert process.facts["memory"] > 10_000_000
    clock.advance(timedelta(minutes=1))
    assert await queries.processes(alone) == []


async def test_after_some_hours_figures_are_merged_and_after_35_forgotten(alone: Platform, clock: MovableClock) -> None:
    first, second = _reporter(alone), _reporter(alone)
    _answered(alone, 201, 0.02, times=3)
    _answered(alone, 500, 0.02)
    await first.flush()
    await second.flush()
    clock.advance(timedelta(days=2))
    db = await worker_db(alone)
    for _ in range(2):  # twice: merging what is merged changes nothing
        await tidying.tidy(db, clock.now())
    async with db.read(None) as rx:
        rows = await rx.raw.fetch("select width, ok, failed, buckets from platform_signal where class = 'enrol'")
    assert [(row["width"], row["ok"], row["failed"], sum(row["buckets"])) for row in rows] == [(900, 6, 2, 6)]
    (enrol,) = [
        each for each in await queries.golden_signals(alone, over=timedelta(days=3)) if each.class_name == "enrol"
    ]
    assert (enrol.ok, enrol.p99) == (6, 0.025)
    clock.advance(timedelta(days=34))
    await tidying.tidy(db, clock.now())
    async with db.read(None) as rx:
        assert await rx.raw.fetchval("select count(*) from platform_signal") == 0
        assert await rx.raw.fetchval("select count(*) from platform_signal_process") == 0


async def test_without_the_servers_own_count_there_is_none(alone: Platform) -> None:
    assert await queries.server_statements(alone) is None


async def test_a_dead_database_disturbs_nobody(alone: Platform) -> None:
    reporter = _reporter(alone)
    await alone.db.close()
    try:
        written = await reporter.flush()
    except DomainError:
        pytest.fail("a report must never raise")
    assert written in (True, False)


async def test_mail_that_waits_is_seen_behind_any_number_of_other_jobs(alone: Platform, clock: MovableClock) -> None:
    async with (await worker_db(alone)).write(None) as tx:
        await tx.raw.execute(
            "insert into platform_job (tenant_id, id, name, payload, due_at)"
            " select gen_random_uuid(), gen_random_uuid(), 'sweep', '{}', now() from generate_series(1, 10001)"
        )
    async with alone.db.write(None) as tx:
        await send_mail(tx, to="maya@example.org", subject="Hello", text="Maya")
    clock.advance(timedelta(minutes=6))
    async with alone.db.read(None) as rx:
        found = await rx.raw.fetchval("select platform_backlog($1) ->> 'mail_waiting'", clock.now())
    assert found == "1"
