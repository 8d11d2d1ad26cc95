"""`kill -9` of web processes and the worker, at random moments, while people work; then everything is counted."""

import asyncio
import os
import random
import time

import pytest

from tests.chaos import invariants
from tests.chaos.people import Acknowledged, Course, learn_all, open_course
from tests.chaos.report import Report
from tests.chaos.world import World, world

MINUTES = float(os.environ.get("SCHOLR_CHAOS_MINUTES", "3"))
AT_ONCE = 6
LEARNERS, SEATS = 3000, 2400
BETWEEN_KILLS = (2.0, 6.0)

pytestmark = pytest.mark.slow


async def _kill_until(deployed: World, stop: asyncio.Event, killed: list[str]) -> None:
    """A web process or the worker every few seconds; the fleet starts its own again, the drill the worker."""
    while not stop.is_set():
        await asyncio.sleep(random.uniform(*BETWEEN_KILLS))
        if random.random() < 0.5:
            deployed.kill_a_web_process()
            killed.append("web")
        else:
            deployed.kill_and_restart_the_worker()
            killed.append("worker")


async def _work(deployed: World, course: Course, done: Acknowledged, killed: list[str]) -> None:
    stop = asyncio.Event()
    killer = asyncio.create_task(_kill_until(deployed, stop, killed))
    learning = asyncio.create_task(learn_all(deployed, course, deployed.school.learner_ids, done, at_once=AT_ONCE))
    await asyncio.wait({learning}, timeout=MINUTES * 60)
    stop.set()
    killer.cancel()
    done.is_over = True
    await learning


def test_nothing_acknowledged_is_lost_however_often_processes_are_killed(report: Report) -> None:
    done, killed = Acknowledged(), list[str]()
    with world(learners=LEARNERS) as deployed:
        course = open_course(deployed, capacity=SEATS)
        began = time.monotonic()
        asyncio.run(_work(deployed, course, done, killed))
        seconds = time.monotonic() - began
        with report.drill(f"kill -9 for {seconds / 60:.1f} minutes") as drill:
            kills = f"{killed.count('web')} web, {killed.count('worker')} worker"
            drill.note("processes killed", kills, "some of each", held={"web", "worker"} <= set(killed))
            drill.note("steps acknowledged", f"{done.steps:,}", "> 500", held=done.steps > 500)
            wait = done.longest_wait
            drill.note("longest wait for an acknowledgement", f"{wait:.1f} s", "≤ 30 s", held=wait <= 30)
            drill.note("answers sent again", done.problem_kinds(), "any", held=True)
            invariants.check(drill, deployed, course, done)
