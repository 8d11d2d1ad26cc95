"""The disk is full: nothing that was acknowledged is lost, reading goes on, and work goes on once there is room."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import pytest
from benchmarks.load import request

from tests.chaos import invariants
from tests.chaos.people import Acknowledged, Course, learn_all, open_course
from tests.chaos.report import Report
from tests.chaos.traffic import Answers, Kind, Traffic
from tests.chaos.world import World, world
from tests.support.small_disk import filled, small_disk

pytestmark = pytest.mark.slow

DISK_MB = 700
FULL_SECONDS = 12.0
CALM_SECONDS = 5.0
AT_ONCE = 4


async def _through_a_full_disk(deployed: World, course: Course, done: Acknowledged) -> tuple[Answers, float]:
    """What readers were answered while it was full, and when it was full no more."""
    school, cookie = deployed.school, {"cookie": deployed.session, "accept": "text/html"}
    lesson = request("GET", f"/learn/courses/{school.course_id}/lessons/{school.lesson_ids[2]}", headers=cookie)
    working = asyncio.create_task(learn_all(deployed, course, school.learner_ids, done, at_once=AT_ONCE))
    await asyncio.sleep(CALM_SECONDS)
    disk = deployed.deployment.directory.parent
    full = asyncio.create_task(asyncio.to_thread(_keep_full, disk))
    reading = await Traffic(deployed.port, [Kind("lesson", 4, lambda: lesson)]).run(FULL_SECONDS)
    await full
    freed = time.monotonic()
    await asyncio.sleep(2 * CALM_SECONDS)
    done.is_over = True
    await working
    return reading["lesson"], freed


@contextmanager
def reachable_place() -> Iterator[Path]:
    """Where an account that is not root may go: the database runs as one."""
    with tempfile.TemporaryDirectory(prefix="scholr-disk-", dir="/var/tmp") as place:
        Path(place).chmod(0o755)
        yield Path(place)


def _keep_full(disk: Path) -> None:
    """What the database gives back meanwhile, such as old WAL, is taken again at once."""
    end = time.monotonic() + FULL_SECONDS
    with ExitStack() as stack:
        for number in count():
            if time.monotonic() > end:
                break
            stack.enter_context(filled(disk, f"ballast-{number}"))
            time.sleep(0.2)


def test_a_full_disk_loses_nothing_that_was_acknowledged(report: Report) -> None:
    done = Acknowledged()
    with (
        reachable_place() as place,
        small_disk(place / "disk", DISK_MB) as disk,
        world(on=disk, learners=1000) as deployed,
    ):
        course = open_course(deployed, capacity=1000)
        reading, freed = asyncio.run(_through_a_full_disk(deployed, course, done))
        with report.drill("full disk") as drill:
            drill.note("steps acknowledged in all", f"{done.steps:,}", "> 100", held=done.steps > 100)
            drill.note("answers sent again", done.problem_kinds(), "no 500", held="500" not in done.problem_kinds())
            statuses = {status for status in reading.statuses if status not in (200, 503)}
            found = ", ".join(f"{status} × {count}" for status, count in sorted(reading.statuses.items()))
            drill.note("readers while it is full", found, "200 or 503", held=not statuses)
            late = [at for at, _kind in done.problems if at > freed + CALM_SECONDS]
            drill.note(f"errors {CALM_SECONDS:.0f} s after there was room", str(len(late)), "0", held=not late)
            invariants.check(drill, deployed, course, done)
