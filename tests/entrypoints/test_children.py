"""Processes under `scholr up`, with small Python modules in the place of the web process and the worker."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from scholr.entrypoints.children import Child, readable
from tests.support.components import missing

Make = Callable[[str], tuple[Child, list[str]]]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A child that runs the given program, and the list that its lines arrive in."""

    def build(program: str) -> tuple[Child, list[str]]:
        (tmp_path / "program.py").write_text(textwrap.dedent(program))
        lines: list[str] = []
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        return Child("worker", "program", environment, lambda _name, line: lines.append(line), first_pause=0.01), lines

    return build


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - another process makes it true, and it sets no event of ours
            await asyncio.sleep(0.01)


async def test_lines_arrive_whole_however_long_they_are(make: Make) -> None:
    child, lines = make("print('a' * 300_000); print('last', end='')")
    await child.start()
    assert await child.wait() == 0
    assert [len(line) for line in lines] == [300_000, 4]


async def test_a_crashed_process_is_started_again_after_a_growing_pause(make: Make) -> None:
    child, lines = make("import sys; print('began', flush=True); sys.exit(3)")
    await child.start()
    keeper = asyncio.create_task(child.keep_running())
    await until(lambda: lines.count("began") >= 3)
    await child.stop(5)
    await asyncio.wait_for(keeper, 5)
    assert "ended unexpectedly (exit code 3); starting it again in 0 s" in lines


async def test_a_process_that_is_asked_to_end_is_not_started_again(make: Make) -> None:
    child, lines = make("import time; print('began', flush=True); time.sleep(60)")
    await child.start()
    keeper = asyncio.create_task(child.keep_running())
    await until(lambda: bool(lines))
    await child.stop(5)
    await asyncio.wait_for(keeper, 5)
    assert lines == ["began"]
    assert child.process_id is None


async def test_a_process_that_will_not_end_is_ended_by_force(make: Make) -> None:
    child, lines = make(
        """
        import signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("deaf", flush=True)
        time.sleep(60)
        """
    )
    await child.start()
    await until(lambda: bool(lines))
    began = time.monotonic()
    await child.stop(0.2)
    assert time.monotonic() - began < 5
    assert lines[-1] == "did not end within 0 s and was ended by force"


async def test_what_it_started_itself_does_not_keep_its_end_from_being_seen(make: Make) -> None:
    child, lines = make(
        """
        import signal, subprocess, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print(subprocess.Popen(["sleep", "30"]).pid, flush=True)
        time.sleep(60)
        """
    )
    await child.start()
    await until(lambda: bool(lines))
    try:
        async with asyncio.timeout(10):
            await child.stop(0.1)
    finally:
        os.kill(int(lines[0]), signal.SIGKILL)
        await child.wait()


async def test_one_that_cannot_be_started_again_just_now_is_tried_again(tmp_path: Path) -> None:
    """Too little memory for one more process is what ends the first, too."""
    (tmp_path / "program.py").write_text("print('began', flush=True); input()")
    lines: list[str] = []
    variables = {**os.environ, "PYTHONPATH": str(tmp_path)}
    child = Child("worker", "program", variables, lambda _name, line: lines.append(line), first_pause=0.01)
    await child.start()
    await until(lambda: "began" in lines)
    variables["MORE_THAN_A_PROGRAM_IS_GIVEN"] = "x" * 200_000
    keeper = asyncio.create_task(child.keep_running())
    await until(lambda: any("could not be started" in line for line in lines) or keeper.done())
    del variables["MORE_THAN_A_PROGRAM_IS_GIVEN"]
    await until(lambda: lines.count("began") >= 2 or keeper.done())
    await child.stop(5)
    await asyncio.wait_for(keeper, 5)
    assert "could not be started (Argument list too long); trying again in 0 s" in lines


async def test_its_last_words_explain_why_it_did_not_come_up(make: Make) -> None:
    child, _lines = make("import sys; sys.exit('scholr: unset SCHOLR_HOST.')")
    await child.start()
    assert str(child.failure(await child.wait())).endswith("(exit code 1): unset SCHOLR_HOST.")


PARENT = """
import asyncio, os, sys
from scholr.entrypoints.children import Child

async def main():
    child = Child("worker", "program", dict(os.environ), lambda _name, line: print(line, flush=True))
    await child.start()
    await child.wait()

asyncio.run(main())
"""


async def test_nothing_stays_behind_when_the_parent_is_killed(tmp_path: Path) -> None:
    if sys.platform != "linux":
        missing("Linux", "other systems cannot tie a process to its parent")
    (tmp_path / "program.py").write_text("import os, time; print(os.getpid(), flush=True); time.sleep(60)")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT, env=environment, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    await until(lambda: not Path(f"/proc/{child}").exists())


def test_structured_lines_are_made_readable() -> None:
    line = '{"event": "request failed", "level": "error", "timestamp": "2026-01-02T03:04:05Z", "path": "/x"}'
    assert readable(line) == "03:04:05 error request failed path=/x"
    assert readable("{not json") == "{not json"
    assert readable("plain") == "plain"
