"""How `scholr up` ends; that it starts is `tests/journeys/test_make_up.py`."""

import asyncio
import errno
import io
import subprocess
import sys
import threading
import time

import pytest

from scholr.entrypoints.up import console_on, to_its_end


class ClosedTerminal(io.StringIO):
    def write(self, _text: str) -> int:
        raise OSError(errno.EIO, "Input/output error")

    def isatty(self) -> bool:
        return True


def test_a_closed_terminal_does_not_keep_it_from_ending_in_order() -> None:
    console = console_on(ClosedTerminal())
    with console.status("Stopping web …"):
        console.print("Stopping web … done")
    assert console.is_terminal


async def test_work_on_the_database_is_waited_for_by_who_gave_it_up() -> None:
    began, go_on = threading.Event(), threading.Event()
    ended: list[str] = []

    def start() -> None:
        began.set()
        go_on.wait(5)
        ended.append("started")

    keeper = asyncio.create_task(to_its_end(start))
    await asyncio.to_thread(began.wait, 5)
    keeper.cancel()
    asyncio.get_running_loop().call_later(0.05, go_on.set)
    with pytest.raises(asyncio.CancelledError):
        await keeper
    assert ended == ["started"], "the server would now be stopped while it starts"


ENDLESS = """
import asyncio, time
from scholr.entrypoints import up

up.LEAVE_SECONDS = 0.3

async def run():
    asyncio.get_running_loop().run_in_executor(None, time.sleep, 60)
    print("Stopped.", flush=True)
    return 0

asyncio.run(up.and_leave(run()))
"""


def test_a_thread_that_does_not_end_is_named_and_ended_with_the_process() -> None:
    """asyncio waits for its threads without end."""
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", ENDLESS], check=False, capture_output=True, text=True, timeout=30)
    assert time.monotonic() - began < 20
    assert (done.returncode, done.stdout) == (1, "Stopped.\n")
    assert "Timeout" in done.stderr
    assert "in _worker" in done.stderr
