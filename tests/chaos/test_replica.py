"""The read replica dies while reports are read from it, hangs, falls behind, and comes back each time."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import httpx
import pytest
from benchmarks.load import request

from tests.chaos.report import Report
from tests.chaos.traffic import Answers, Kind, Traffic
from tests.chaos.world import World, world
from tests.support.replica import StreamingReplica

pytestmark = pytest.mark.slow

PHASE_SECONDS = 8.0
BREAKER_PAUSE = 6.0
LONGEST_MS = 2500
REPORTED = 12.0
"""Seconds within which a process writes down how it is, and so far more than the replica may be behind."""

_FIGURE = re.compile(r'^scholr_replica_(reads|passed_over)\{name=""\} (\S+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Phase:
    """Reads that the replica answered meanwhile, and those that the primary answered in its place."""

    answers: Answers
    reads: int
    passed_over: int


def _kinds(deployed: World) -> list[Kind]:
    own = {"X-Tenant-Id": deployed.school.tenant_id}
    page = request("GET", "/admin/reports", headers={**own, "accept": "text/html"})
    api = request("GET", "/api/reports/courses", headers=own)
    return [Kind("report page", 4, lambda: page), Kind("report by API", 4, lambda: api)]


async def _phase(deployed: World) -> Phase:
    before = await _figures(deployed)
    found = await Traffic(deployed.port, _kinds(deployed)).run(PHASE_SECONDS)
    after = await _figures(deployed)
    together = Answers()
    for answers in found.values():
        together.add(answers)
    return Phase(together, after["reads"] - before["reads"], after["passed_over"] - before["passed_over"])


async def _figures(deployed: World) -> dict[str, int]:
    """As the one web process counts them."""
    async with httpx.AsyncClient() as client:
        page = (await client.get(f"http://127.0.0.1:{deployed.port}/metrics")).text
    return {name: int(float(value)) for name, value in _FIGURE.findall(page)}


@asynccontextmanager
async def _replay_held_up(deployed: World, replica: StreamingReplica) -> AsyncIterator[None]:
    """The deployment goes on writing down how it is, and the replica does not hear of it."""
    connection = await asyncpg.connect(replica.address(deployed.deployment.admin_dsn))
    try:
        await connection.execute("select pg_wal_replay_pause()")
        await asyncio.sleep(REPORTED)
        yield
    finally:
        await connection.execute("select pg_wal_replay_resume()")
        await connection.close()


async def _phases(deployed: World, replica: StreamingReplica) -> dict[str, Phase]:
    found = {"there": await _phase(deployed)}
    replica.kill()
    found["gone"] = await _phase(deployed)
    replica.start()
    await asyncio.sleep(BREAKER_PAUSE)
    found["back"] = await _phase(deployed)
    replica.hang()
    found["hangs"] = await _phase(deployed)
    replica.go_on()
    await asyncio.sleep(BREAKER_PAUSE)
    async with _replay_held_up(deployed, replica):
        found["behind"] = await _phase(deployed)
    await asyncio.sleep(BREAKER_PAUSE)
    found["level again"] = await _phase(deployed)
    return found


def test_nobody_sees_that_the_replica_is_gone(report: Report) -> None:
    with world(processes=1, variables={"SCHOLR_RATE_FACTOR": "1000"}, with_replica=True) as deployed:
        assert deployed.replica is not None
        found = asyncio.run(_phases(deployed, deployed.replica))
    with report.drill("read replica") as drill:
        for name, phase in found.items():
            ok, many = phase.answers.share_ok, len(phase.answers.latencies)
            drill.note(f"{name}: reports answered", f"{ok:.2%} of {many}", "100 %", held=ok == 1.0)
            at_primary = name in ("gone", "hangs", "behind")
            where, count = ("primary", phase.passed_over) if at_primary else ("replica", phase.reads)
            drill.note(f"{name}: from the {where}", f"{count / many:.0%}", "≥ 90 %", held=count >= 0.9 * many)
            worst = phase.answers.percentile_ms(0.99)
            drill.note(f"{name}: p99", f"{worst:.0f} ms", f"≤ {LONGEST_MS:,} ms", held=worst <= LONGEST_MS)
