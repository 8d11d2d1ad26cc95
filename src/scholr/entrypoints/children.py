"""The processes that `scholr up` starts: their output on our lines, their crashes mended, their ends in order."""

import asyncio
import ctypes
import json
import os
import signal
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial

from scholr.entrypoints.preflight import StartError

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 10.0  # seconds between a crash and the next try; doubled each time
LONG_ENOUGH = 10.0  # seconds of life after which a crash counts as the first one again
KILLED_SECONDS = 2.0  # after which nobody waits for the last words of a process that was ended by force
_PR_SET_PDEATHSIG = 1

Report = Callable[[str, str], None]
"""Called with a child's name and one line that it wrote, or that is about it."""


class Child:
    """One process of ours, in a session of its own so that a terminal's Ctrl-C reaches only us."""

    def __init__(
        self,
        name: str,
        module: str,
        environment: Mapping[str, str],
        report: Report,
        *,
        first_pause: float = FIRST_PAUSE,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.name = name
        self._arguments: Sequence[str] = (sys.executable, "-m", module)
        self._environment = environment
        self._report = report
        self._first_pause = first_pause
        self._pass_fds = tuple(pass_fds)
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._last_lines: deque[str] = deque(maxlen=3)
        self._stopping = False

    @property
    def process_id(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *self._arguments,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            pass_fds=self._pass_fds,
            preexec_fn=partial(_end_with_parent, os.getpid()),
        )
        self._reader = asyncio.create_task(self._read())
        if self._stopping:  # asked to end while it was not there yet
            self._process.terminate()

    async def _read(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        async for line in _lines(self._process.stdout):
            self._last_lines.append(line)
            self._report(self.name, line)

    async def wait(self) -> int:
        """Its exit code, after everything it wrote was passed on."""
        assert self._process is not None and self._reader is not None
        code = await self._process.wait()
        await asyncio.shield(self._reader)  # whoever loses patience must not end it for the others
        return code

    def forget(self, variable: str, *, keeping: Sequence[int]) -> None:
        """Start later ones without a variable, and with only these of the descriptors that were passed."""
        self._environment = {name: value for name, value in self._environment.items() if name != variable}
        self._pass_fds = tuple(keeping)

    async def keep_running(self) -> None:
        """Start it again whenever it ends by itself; returns once `stop` was called."""
        pause = self._first_pause
        while True:
            began = time.monotonic()
            code = await self.wait()
            if self._stopping:
                return
            if time.monotonic() - began > LONG_ENOUGH:
                pause = self._first_pause
            self._report(self.name, f"ended unexpectedly ({_in_words(code)}); starting it again in {pause:.0f} s")
            pause = await self._start_again(pause)

    async def _start_again(self, pause: float) -> float:
        """The next pause. What refuses a process, such as too little memory for one more, may be over in a moment."""
        while True:
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            if self._stopping:
                return pause
            try:
                await self.start()
            except OSError as error:
                self._report(self.name, f"could not be started ({error.strerror}); trying again in {pause:.0f} s")
            else:
                return pause

    async def stop(self, patience: float) -> None:
        """Ask it to end, and end it by force after `patience` seconds. Idempotent."""
        self._stopping = True
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self.wait(), patience)
        except TimeoutError:
            self._report(self.name, f"did not end within {patience:.0f} s and was ended by force")
            self.kill()
            with suppress(TimeoutError):  # what it had started itself may go on holding its output open
                await asyncio.wait_for(self.wait(), KILLED_SECONDS)

    def kill(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()

    def failure(self, code: int) -> StartError:
        """Why it did not come up: its own last words, which are a sentence when it knew the reason."""
        said = self._last_lines[-1].removeprefix("scholr: ") if self._last_lines else "it said nothing"
        return StartError(f"The {self.name} process ended while starting ({_in_words(code)}): {said}")


def _end_with_parent(parent: int) -> None:
    """Runs in the child before the program: if `scholr up` is killed, nothing of it stays behind (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)


def _in_words(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """Lines of any length: `readline` would give up at its limit and the child would block on a full pipe."""
    rest = b""
    while chunk := await stream.read(65536):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.decode(errors="replace").rstrip("\r")
    if rest:
        yield rest.decode(errors="replace")


def readable(line: str) -> str:
    """A structured log line as a person reads it; any other line as it is."""
    if not line.startswith("{"):
        return line
    try:
        entry = json.loads(line)
    except ValueError:
        return line
    if not isinstance(entry, dict) or "event" not in entry:
        return line
    event, level, moment = entry.pop("event"), entry.pop("level", "info"), str(entry.pop("timestamp", ""))
    exception = entry.pop("exception", "")
    facts = " ".join(f"{name}={value}" for name, value in entry.items())
    text = " ".join(part for part in (moment[11:19], level if level != "info" else "", str(event), facts) if part)
    return f"{text}\n{exception}" if exception else text
