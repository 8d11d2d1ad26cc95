"""`scholr up`: the embedded database, the schema, the web process and the worker, from one command.

Order matters twice. Up: database, schema, processes. Down: the web process ends its requests, the worker its jobs,
and only then the database stops.
"""

import asyncio
import faulthandler
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TextIO, TypeVar, cast

from pydantic import ValidationError
from rich.console import Console
from rich.text import Text

from scholr.entrypoints.children import Child, readable
from scholr.entrypoints.demo.content import OPERATOR
from scholr.entrypoints.environment import Environment
from scholr.entrypoints.lossy import LossyStream
from scholr.entrypoints.panel import Running, running_panel
from scholr.entrypoints.preflight import StartError, explain_settings, require_port, require_space
from scholr.entrypoints.probe import http_status
from scholr.platform.db.embedded import EmbeddedPostgres
from scholr.platform.db.embedded_account import EmbeddedPostgresError
from scholr.platform.http.settings import Profile
from scholr.platform.secrets.errors import SecretsRefused, SecretsUnavailable

READY_SECONDS = 90.0  # until the web process answers; a slow disk and a cold cache take their time
DRAIN_SECONDS = 25.0  # for what has begun to end; the processes' own limits are shorter
WATCH_SECONDS = 1.0  # between two looks at the embedded server
LEAVE_SECONDS = 10.0  # from the last sentence to the end of the process, which takes a few hundredths

T = TypeVar("T")


class Stopped(Exception):
    """Somebody asked us to stop before we were done starting."""


class StopRequest:
    """Ctrl-C, SIGTERM or a closed terminal. The second request does not wait for anything any more."""

    def __init__(self) -> None:
        self._requested = asyncio.Event()
        self.on_second: Callable[[], None] = lambda: None

    def listen(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # under nohup, a closed terminal is no reason
                loop.add_signal_handler(number, self.request)

    def request(self) -> None:
        if self._requested.is_set():
            self.on_second()
        self._requested.set()

    async def wait(self) -> None:
        await self._requested.wait()

    async def unless(self, work: Awaitable[T]) -> T:
        """The result of `work`, or Stopped as soon as the request comes."""
        task, stop = asyncio.ensure_future(work), asyncio.ensure_future(self.wait())
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise Stopped
        finally:
            for each in (task, stop):
                each.cancel()
            await asyncio.gather(task, stop, return_exceptions=True)


async def to_its_end(work: Callable[[], T]) -> T:
    """What `work` returns, done in a thread; who gives up waiting goes on only once it has ended.

    A thread cannot be told to stop. A server that was being started while it was stopped would have outlived us.
    """
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait({working})
        raise


class Up:
    """One run of `scholr up`."""

    def __init__(self, environment: Environment, console: Console) -> None:
        data_dir = environment.data_dir.absolute()
        self._environment = environment
        self._console = console
        self._data_dir = data_dir
        self._variables: dict[str, str] = {**os.environ, "SCHOLR_DATA_DIR": str(data_dir)}
        self._stop = StopRequest()
        self._children: list[Child] = []

    async def run(self) -> int:
        """Until it is stopped: 0. When it cannot start: 1, and one sentence why."""
        self._stop.listen()
        self._stop.on_second = self._kill_children
        try:
            require_port(self._environment.host, self._environment.port)
            require_space(self._data_dir)
            async with self._database() as server:
                await self._serve(server)
        except Stopped:
            self._say("Stopped before it was ready; the next start goes on from here.")
            return 0
        except (StartError, EmbeddedPostgresError) as error:
            self._console.print(Text(f"scholr: {error}", style="red"), soft_wrap=True)
            return 1
        self._say(f"Stopped. The data stay in {self._data_dir}.")
        return 0

    @asynccontextmanager
    async def _database(self) -> AsyncIterator[EmbeddedPostgres | None]:
        """The embedded server, or None when SCHOLR_DATABASE_URL names another."""
        if self._environment.database_url:
            yield None
            return
        server = EmbeddedPostgres(self._data_dir / "postgres")
        try:
            with self._step("Starting the database"):
                dsn = await to_its_end(server.start)
            if server.notice:
                self._say(server.notice)
            self._variables["SCHOLR_DATABASE_URL"] = dsn
            yield server
        finally:
            await to_its_end(server.stop)

    async def _serve(self, server: EmbeddedPostgres | None) -> None:
        with self._step("Preparing the database"):
            prepared = json.loads(await self._stop.unless(self._run("scholr.entrypoints.prepare", self._variables)))
        variables = self._for_children(prepared)
        await self._open_demo(prepared["database"], variables)
        web = Child("web", "scholr.entrypoints.http", variables, self._report)
        worker = Child("worker", "scholr.entrypoints.worker", variables, self._report)
        try:
            with self._step("Starting web and worker"):
                for child in (web, worker):
                    await child.start()
                    self._children.append(child)
                await self._stop.unless(self._until_ready(web))
            self._console.print(running_panel(self._describe(prepared, server)))
            await self._watch(server)
        finally:
            await self._stop_children()

    async def _open_demo(self, database: str, variables: Mapping[str, str]) -> None:
        """Once for a database. What people then change or delete there is theirs, so it is not made again."""
        opened = self._data_dir / "demo-opened"
        if not self._is_demo or (opened.exists() and opened.read_text() == database):
            return
        with self._step("Opening the demo's schools"):
            await self._stop.unless(self._run("scholr.entrypoints.demo", variables))
            add_operator = self._run("scholr.entrypoints.cli", self._variables, "operator", "add", OPERATOR.email)
            await self._stop.unless(add_operator)
        opened.write_text(database)

    async def _run(self, module: str, variables: Mapping[str, str], *arguments: str) -> bytes:
        """What a module prints, run in a process of its own, which takes its memory along when it ends."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            *arguments,
            env=variables,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            answer, said = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            lines = said.decode(errors="replace").strip().splitlines() or ["it said nothing"]
            if not lines[-1].startswith("scholr: "):
                sys.stderr.write(said.decode(errors="replace"))
            raise StartError(lines[-1].removeprefix("scholr: "))
        return answer

    def _for_children(self, prepared: Mapping[str, Any]) -> dict[str, str]:
        """The environment carries the addresses, since a command line can be read by everybody on the machine.

        The administrator's address is not among them: the running program must not be able to use it.
        """
        variables = {name: value for name, value in self._variables.items() if name != "SCHOLR_DATABASE_URL"}
        variables["SCHOLR_APP_DATABASE_URL"] = prepared["app_database_url"]
        variables["SCHOLR_WORKER_DATABASE_URL"] = prepared["worker_database_url"]
        return variables

    async def _until_ready(self, web: Child) -> None:
        ended = asyncio.ensure_future(web.wait())
        deadline = time.monotonic() + READY_SECONDS
        try:
            while await http_status(self._environment.host, self._environment.port, "/health/ready") != 200:
                if ended.done():
                    raise web.failure(ended.result())
                if time.monotonic() > deadline:
                    raise StartError(
                        f"The web process did not answer within {READY_SECONDS:.0f} s; see its lines above."
                    )
                await asyncio.sleep(0.05)
        finally:
            ended.cancel()

    async def _watch(self, server: EmbeddedPostgres | None) -> None:
        """Keep everything running until the request to stop."""
        tasks = [asyncio.create_task(child.keep_running()) for child in self._children]
        if server is not None:
            tasks.append(asyncio.create_task(self._keep_database(server)))
        stop = asyncio.create_task(self._stop.wait())
        try:
            done, _pending = await asyncio.wait([*tasks, stop], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (*tasks, stop):
                task.cancel()
            await asyncio.gather(*tasks, stop, return_exceptions=True)

    async def _keep_database(self, server: EmbeddedPostgres) -> None:
        dsn = server.dsn
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if server.is_running:
                continue
            self._report("database", "ended unexpectedly; starting it again")
            if await to_its_end(server.start) != dsn:
                raise StartError("The database had to move to another port; run the same command again.")

    async def _stop_children(self) -> None:
        for child in self._children:
            with self._step(f"Stopping {child.name}"):
                await child.stop(DRAIN_SECONDS)

    def _kill_children(self) -> None:
        for child in self._children:
            child.kill()

    def _describe(self, prepared: Mapping[str, Any], server: EmbeddedPostgres | None) -> Running:
        where = "embedded" if server is not None else "at SCHOLR_DATABASE_URL"
        return Running(
            address=self._environment.http().public_url,
            database=f"PostgreSQL {prepared['server']}, {where}",
            data_dir=_short(self._data_dir),
            logins=self._environment.http().demo_logins,
        )

    @property
    def _is_demo(self) -> bool:
        return self._environment.profile is Profile.DEMO

    def _step(self, title: str) -> "_Step":
        return _Step(self._console, title)

    def _say(self, sentence: str) -> None:
        self._console.print(Text(sentence), soft_wrap=True)

    def _report(self, name: str, line: str) -> None:
        """One line of a process of ours, told apart by its name; for people made readable, for files as it came."""
        shown = readable(line) if self._console.is_terminal else line
        self._console.print(Text(f"{name:8} │ ", style="dim").append(Text(shown, style="default")), soft_wrap=True)


class _Step:
    """A progress line with the time that the step took."""

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._title = title

    def __enter__(self) -> None:
        self._began = time.monotonic()
        self._status = self._console.status(f"{self._title} …")
        if self._console.is_terminal:
            self._status.start()

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        self._status.stop()
        if kind is None:
            seconds = time.monotonic() - self._began
            self._console.print(Text(f"{self._title} … done in {seconds:.1f} s"))


def _short(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def console_on(stream: TextIO) -> Console:
    """One that goes on without its terminal: when that is closed, everything still has to end in its order."""
    return Console(highlight=False, file=cast("TextIO", LossyStream(stream)))


async def and_leave(run: Coroutine[Any, Any, int]) -> int:
    """The exit code of `run`. Whatever then keeps the process from ending, a thread above all, is shown and ended."""
    try:
        return await run
    finally:
        faulthandler.dump_traceback_later(LEAVE_SECONDS, exit=True)


def up() -> int:
    """Run the whole demo: database, web and worker. Ctrl-C stops it; the data stay."""
    console = console_on(sys.stdout)
    try:
        environment = Environment()
    except ValidationError as error:
        console.print(Text(f"scholr: {explain_settings(error)}", style="red"), soft_wrap=True)
        return 1
    except (SecretsRefused, SecretsUnavailable) as error:
        console.print(Text(f"scholr: {error.message}", style="red"), soft_wrap=True)
        return 1
    return asyncio.run(and_leave(Up(environment, console).run()))


if __name__ == "__main__":
    sys.exit(up())
