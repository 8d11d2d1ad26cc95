"""The database goes away for a while, and the pool runs dry."""

import asyncio
import time
from dataclasses import dataclass
from functools import partial

import asyncpg
import pytest
from benchmarks.load import request

from tests.chaos import invariants
from tests.chaos.people import Acknowledged, Course, learn_all, open_course
from tests.chaos.report import Report
from tests.chaos.traffic import Answers, Kind, Traffic
from tests.chaos.world import World, world

pytestmark = pytest.mark.slow

CALM_SECONDS = 5.0
AFTERWARDS = 3.0
"""Seconds after the server is back within which the last error may still come."""
AT_ONCE = 6
HOLDERS, HOLD_SECONDS = 80, 8.0


@dataclass(slots=True)
class Outage:
    """Moments of `time.monotonic`."""

    began: float = 0.0
    ended: float = 0.0


async def _restart(deployed: World, outage: Outage, done: Acknowledged) -> None:
    await asyncio.sleep(CALM_SECONDS)
    outage.began = time.monotonic()
    await asyncio.to_thread(deployed.postgres.stop)
    await asyncio.sleep(1.0)
    await asyncio.to_thread(deployed.postgres.start)
    outage.ended = time.monotonic()
    await asyncio.sleep(CALM_SECONDS)
    done.is_over = True


async def _learn_through(deployed: World, course: Course, outage: Outage, done: Acknowledged) -> None:
    learners = deployed.school.learner_ids
    await asyncio.gather(learn_all(deployed, course, learners, done, at_once=AT_ONCE), _restart(deployed, outage, done))


def test_a_restart_of_the_database_costs_only_its_own_seconds(report: Report) -> None:
    done, outage = Acknowledged(), Outage()
    with world(learners=1000) as deployed:
        course = open_course(deployed, capacity=1000)
        asyncio.run(_learn_through(deployed, course, outage, done))
        with report.drill("database restart") as drill:
            moments = [at for at, _kind in done.problems]
            outside = [at for at in moments if not outage.began <= at <= outage.ended + AFTERWARDS]
            drill.note("the database was away", f"{outage.ended - outage.began:.1f} s", "", held=True)
            drill.note("answers sent again", done.problem_kinds(), "some", held=bool(moments))
            drill.note("errors outside of the restart", str(len(outside)), "0", held=not outside)
            last = max(moments, default=outage.ended) - outage.ended
            drill.note("last error after the server was back", f"{last:.1f} s", f"≤ {AFTERWARDS:.0f} s", held=True)
            invariants.check(drill, deployed, course, done)


def test_a_pool_that_runs_dry_answers_honestly_and_recovers(report: Report) -> None:
    with world(pool_size=3) as deployed:
        normal = asyncio.run(Traffic(deployed.port, _reads(deployed)).run(5.0))["lesson"]
        dry, health = asyncio.run(_with_a_dry_pool(deployed))
        after = asyncio.run(Traffic(deployed.port, _reads(deployed)).run(5.0))["lesson"]
    with report.drill("pool exhaustion") as drill:
        drill.note("answers while it is dry", _statuses(dry), "only 200 and 503", held=set(dry.statuses) == {200, 503})
        longest = max(dry.latencies)
        drill.note("longest wait while it is dry", f"{longest:.1f} s", "≤ 11 s", held=longest <= HOLD_SECONDS + 3)
        drill.note("readiness and liveness", f"{health.share_ok:.0%}", "100 %", held=health.share_ok == 1.0)
        ratio = after.percentile_ms(0.5) / normal.percentile_ms(0.5)
        drill.note("p50 of a lesson afterwards", f"× {ratio:.2f}", "× ≤ 1.5", held=ratio <= 1.5)


async def _with_a_dry_pool(deployed: World) -> tuple[Answers, Answers]:
    """Somebody locks the table that every lesson page has to write to, so that all connections wait for it."""
    administrator = await asyncpg.connect(deployed.deployment.admin_dsn)
    paths = ("/health/live", "/health/ready")
    probes = [Kind(path, 5, partial(request, "GET", path)) for path in paths]
    try:
        async with administrator.transaction():
            await administrator.execute("lock table learning_completion in access exclusive mode")
            dry = asyncio.create_task(Traffic(deployed.port, [*_reads(deployed), *_writes(deployed)]).run(HOLD_SECONDS))
            health = await Traffic(deployed.port, probes).run(HOLD_SECONDS)
            await asyncio.sleep(1.0)
    finally:
        await administrator.close()
    return _together(await dry), _together(health)


def _together(found: dict[str, Answers]) -> Answers:
    merged = Answers()
    for answers in found.values():
        merged.add(answers)
    return merged


def _reads(deployed: World) -> list[Kind]:
    school, cookie = deployed.school, {"cookie": deployed.session, "accept": "text/html"}
    lesson = request("GET", f"/learn/courses/{school.course_id}/lessons/{school.lesson_ids[2]}", headers=cookie)
    return [Kind("lesson", 10, lambda: lesson)]


def _writes(deployed: World) -> list[Kind]:
    """Each wants a connection, and keeps it for as long as the lock is held."""
    school = deployed.school
    path = f"/api/courses/{school.course_id}/lessons/{school.lesson_ids[1]}/complete"
    body = b'{"learner_id": "%s"}' % school.learner_ids[0].encode()
    complete = request("POST", path, body=body, headers={"X-Tenant-Id": school.tenant_id})
    return [Kind("complete", HOLDERS / HOLD_SECONDS, lambda: complete)]


def _statuses(answers: Answers) -> str:
    return ", ".join(f"{status} × {count}" for status, count in sorted(answers.statuses.items()))
