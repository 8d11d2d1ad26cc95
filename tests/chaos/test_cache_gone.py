"""The shared cache goes away while people read, hangs, and comes back."""

import asyncio
import os
import signal

import pytest
from benchmarks.load import request

from tests.chaos.report import Report
from tests.chaos.traffic import Answers, Kind, Traffic
from tests.chaos.world import World, world
from tests.support.valkey import running_valkey

pytestmark = pytest.mark.slow

PHASE_SECONDS = 8.0
ROUNDS = 2
MOST_SLOWDOWN = 2.0


def _kinds(deployed: World) -> list[Kind]:
    school, cookie = deployed.school, {"cookie": deployed.session, "accept": "text/html"}
    lesson = request("GET", f"/learn/courses/{school.course_id}/lessons/{school.lesson_ids[2]}", headers=cookie)
    catalogue = request("GET", "/catalogue", headers=cookie)
    return [Kind("lesson", 10, lambda: lesson), Kind("catalogue", 15, lambda: catalogue)]


def _run(deployed: World, into: dict[str, Answers]) -> None:
    found = asyncio.run(Traffic(deployed.port, _kinds(deployed)).run(PHASE_SECONDS))
    for name, answers in found.items():
        into.setdefault(name, Answers()).add(answers)


def test_pages_do_not_need_the_cache(report: Report) -> None:
    normal: dict[str, Answers] = {}
    hanging: dict[str, Answers] = {}
    gone: dict[str, Answers] = {}
    with running_valkey() as valkey, world(variables={"SCHOLR_VALKEY_URL": valkey.url}) as deployed:
        _run(deployed, {})
        for _ in range(ROUNDS):
            _run(deployed, normal)
            process = valkey.process_id
            os.kill(process, signal.SIGSTOP)
            _run(deployed, hanging)
            os.kill(process, signal.SIGCONT)
            _run(deployed, normal)
            valkey.server.stop()
            _run(deployed, gone)
            valkey.server.start()
            _run(deployed, {})
    for name, broken in (("cache hangs", hanging), ("cache gone", gone)):
        with report.drill(name) as drill:
            for kind, answers in broken.items():
                ok = answers.share_ok
                drill.note(f"{kind} answered", f"{ok:.2%}", "100 %", held=ok == 1.0)
                before, after = normal[kind].percentile_ms(0.5), answers.percentile_ms(0.5)
                change = f"{before:.1f} → {after:.1f} ms"
                drill.note(f"p50 of {kind}", change, f"× ≤ {MOST_SLOWDOWN}", held=after <= MOST_SLOWDOWN * before)
                worst = answers.percentile_ms(0.99)
                drill.note(f"p99 of {kind}", f"{worst:.0f} ms", "≤ 1,000 ms", held=worst <= 1000)
