"""`scholr web`: several web processes behind one listening socket, replaced one by one without losing a request.

The socket belongs to this process and outlives each of them, so a connection that waits to be accepted is accepted by
whoever is there. SIGHUP replaces all processes, each new one ready before its old one is told to end, and so
do new secrets in Vault; SIGTERM or SIGINT ends them all. One that dies by itself is started again.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Mapping

import structlog
from pydantic import ValidationError

from scholr.entrypoints.children import Child
from scholr.entrypoints.environment import Environment
from scholr.entrypoints.logs import configure_logging
from scholr.entrypoints.lossy import LossyStream
from scholr.entrypoints.new_secrets import watching
from scholr.entrypoints.preflight import StartError, explain_settings, require_port
from scholr.platform.secrets.errors import SecretsRefused, SecretsUnavailable

log = structlog.get_logger("scholr.web")

READY_SECONDS = 60.0
STOP_SECONDS = 30.0
_BACKLOG = 2048


class Fleet:
    """`variables` are the environment of each process, less what tells it which socket to serve."""

    def __init__(self, listener: socket.socket, variables: Mapping[str, str], processes: int) -> None:
        self._listener = listener
        self._variables = variables
        self._wanted = processes
        self._members: dict[Child, asyncio.Task[None]] = {}
        self._starting: set[Child] = set()
        self._changing = asyncio.Lock()
        self._is_ending = False

    @property
    def process_ids(self) -> list[int]:
        return [child.process_id for child in self._members if child.process_id is not None]

    async def start(self) -> None:
        """Raises StartError when a process does not come up."""
        await asyncio.gather(*(self._add() for _ in range(self._wanted)))

    async def roll(self) -> None:
        """Replace every process; one that does not come up leaves its predecessor where it is, and ends the round."""
        async with self._changing:
            for old in list(self._members):
                if self._is_ending:
                    return
                try:
                    await self._add()
                except StartError as error:
                    if not self._is_ending:
                        log.error("the new process did not come up; the old ones stay", reason=str(error))
                    return
                await self._remove(old)
        log.info("all processes are new", processes=self.process_ids)

    async def stop(self) -> None:
        """End them all, those too that are just starting; a roll that is under way ends by itself then."""
        self._is_ending = True
        await asyncio.gather(*(child.stop(STOP_SECONDS) for child in self._starting))
        async with self._changing:
            await asyncio.gather(*(self._remove(child) for child in list(self._members)))

    async def _add(self) -> None:
        ready, tell = os.pipe()
        variables = {
            **self._variables,
            "SCHOLR_LISTEN_FD": str(self._listener.fileno()),
            "SCHOLR_READY_FD": str(tell),
        }
        child = Child("web", "scholr.entrypoints.http", variables, _report, pass_fds=(self._listener.fileno(), tell))
        self._starting.add(child)
        try:
            try:
                await child.start()
            finally:
                os.close(tell)  # so that its end, too, is an answer
            if not await asyncio.wait_for(asyncio.to_thread(os.read, ready, 16), READY_SECONDS):
                raise child.failure(await child.wait())
        except OSError as error:
            if not isinstance(error, TimeoutError):
                raise StartError(f"A web process could not be started ({error.strerror}).") from error
            await child.stop(STOP_SECONDS)
            raise StartError(f"A web process did not begin to serve within {READY_SECONDS:.0f} s.") from None
        finally:
            self._starting.discard(child)
            os.close(ready)
        # What starts again by itself has nobody who waits for it to be ready.
        child.forget("SCHOLR_READY_FD", keeping=(self._listener.fileno(),))
        self._members[child] = asyncio.create_task(child.keep_running())

    async def _remove(self, child: Child) -> None:
        keeper = self._members.pop(child)
        await child.stop(STOP_SECONDS)
        keeper.cancel()
        await asyncio.wait({keeper})
        if not keeper.cancelled():
            keeper.result()


def _report(_name: str, line: str) -> None:
    """Their lines are log lines already."""
    out = LossyStream(sys.stdout)
    out.write(f"{line}\n")
    out.flush()


async def serve(environment: Environment, processes: int) -> None:
    require_port(environment.host, environment.port)
    with socket.create_server((environment.host, environment.port), backlog=_BACKLOG) as listener:
        fleet = Fleet(listener, dict(os.environ), processes)
        stop, roll = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        loop.add_signal_handler(signal.SIGHUP, roll.set)
        starting, asked = asyncio.create_task(fleet.start()), asyncio.create_task(stop.wait())
        roller = asyncio.create_task(_roll_when_asked(fleet, roll, starting))
        try:
            await asyncio.wait({starting, asked}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                log.info("serving", port=environment.port, processes=fleet.process_ids)
                async with watching(environment, roll.set):
                    await asked
        finally:
            await fleet.stop()
            roller.cancel()
            asked.cancel()
            await asyncio.gather(starting, roller, asked, return_exceptions=True)


async def _roll_when_asked(fleet: Fleet, asked: asyncio.Event, started: "asyncio.Task[None]") -> None:
    """However often it is asked for during a roll, one more follows."""
    await asyncio.wait({started})
    while True:
        await asked.wait()
        asked.clear()
        await fleet.roll()


def run(processes: int) -> int:
    """The exit code: 0 after a stop, 1 and a sentence when it cannot start."""
    configure_logging()
    try:
        asyncio.run(serve(Environment(), processes))
    except ValidationError as error:
        sys.stderr.write(f"scholr: {explain_settings(error)}\n")
        return 1
    except (StartError, SecretsRefused, SecretsUnavailable) as error:
        sys.stderr.write(f"scholr: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run(int(sys.argv[1])))
