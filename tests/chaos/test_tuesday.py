"""The Tuesday: the search gets a hundred times slower, then hangs; and nothing else happens."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from benchmarks.load import request

from scholr.platform.resilience.policy import POLICIES, Dependency
from tests.chaos.report import Drill, Report
from tests.chaos.traffic import Answers, Kind, Traffic
from tests.chaos.world import World, world

PHASE_SECONDS = 12.0
ROUNDS = 5
MOST_SLOWDOWN = 1.5
QUICK, SLOW, HANGING = 0.02, 2.0, float("inf")

pytestmark = pytest.mark.slow


@dataclass(slots=True)
class Phase:
    """All answers of one speed of the engine, over all rounds."""

    answers: dict[str, Answers] = field(default_factory=dict)

    def add(self, found: dict[str, Answers]) -> None:
        for name, answers in found.items():
            self.answers.setdefault(name, Answers()).add(answers)


def kinds(school_world: World) -> Sequence[Kind]:
    """What people do at once; the search is a quarter of it."""
    school, cookie = school_world.school, {"cookie": school_world.session, "accept": "text/html"}
    owner = {"X-Tenant-Id": school.tenant_id}
    lesson = request("GET", f"/learn/courses/{school.course_id}/lessons/{school.lesson_ids[2]}", headers=cookie)
    complete = request(
        "POST",
        f"/api/courses/{school.course_id}/lessons/{school.lesson_ids[1]}/complete",
        body=json.dumps({"learner_id": school.learner_ids[0]}).encode(),
        headers=owner,
    )
    listed = request("GET", "/api/courses", headers=owner)
    home = request("GET", "/learn", headers=cookie)
    search = request("GET", "/catalogue?q=evidence", headers=cookie)
    ready = request("GET", "/health/ready")
    return (
        Kind("lesson", 10, lambda: lesson),
        Kind("home", 10, lambda: home),
        Kind("course list", 10, lambda: listed),
        Kind("complete", 10, lambda: complete),
        Kind("search", 12, lambda: search),
        Kind("readiness", 4, lambda: ready),
    )


def run(deployed: World, seconds: float, *, keep_bodies: bool = False) -> dict[str, Answers]:
    return asyncio.run(Traffic(deployed.port, kinds(deployed), keep_bodies=keep_bodies).run(seconds))


def test_a_slow_search_slows_nothing_else(report: Report) -> None:
    with world() as deployed:
        titles = {deployed.school.course_id: "Reading Evidence"}
        deployed.engine.hold({deployed.school.tenant_id: titles})
        run(deployed, 3.0)  # what is made on first use is made now
        normal, slow, hanging = Phase(), Phase(), Phase()
        for _ in range(ROUNDS):
            for phase, delay in ((normal, QUICK), (slow, SLOW), (hanging, HANGING)):
                deployed.engine.delay(delay)
                phase.add(run(deployed, PHASE_SECONDS))
                deployed.engine.delay(QUICK)
                run(deployed, POLICIES[Dependency.SEARCH].breaker.pause + 1.0)
        answers = _after_mending(deployed)
    with report.drill("search at 2 s") as drill:
        _judge(drill, normal, slow)
    with report.drill("search hangs") as drill:
        _judge(drill, normal, hanging)
        degraded = sum(b"the full search is away" in body for body in answers.bodies)
        found = f"{degraded} of {len(answers.bodies)} by the fallback"
        drill.note("after it is back, one breaker's pause later", found, "none", held=degraded == 0)


def _judge(drill: Drill, normal: Phase, broken: Phase) -> None:
    for kind, before in normal.answers.items():
        after = broken.answers[kind]
        if kind not in ("search", "readiness"):
            ratio = after.percentile_ms(0.99) / before.percentile_ms(0.99)
            found = f"{before.percentile_ms(0.99):.0f} → {after.percentile_ms(0.99):.0f} ms (× {ratio:.2f})"
            drill.note(f"p99 of {kind}", found, f"× ≤ {MOST_SLOWDOWN}", held=ratio <= MOST_SLOWDOWN)
        drill.note(f"{kind} answered", f"{after.share_ok:.2%}", "100 %", held=after.share_ok == 1.0)
    worst = broken.answers["search"].percentile_ms(0.99)
    drill.note("p99 of search, by its fallback", f"{worst:.0f} ms", "≤ 2,000 ms", held=worst <= 2000)


def _after_mending(deployed: World) -> Answers:
    """Hang until the breakers are open, mend, wait for one pause, and search."""
    deployed.engine.delay(HANGING)
    run(deployed, 6.0)
    deployed.engine.delay(QUICK)
    run(deployed, POLICIES[Dependency.SEARCH].breaker.pause + 1.0)
    return run(deployed, 4.0, keep_bodies=True)["search"]
