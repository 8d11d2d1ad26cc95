"""A real streaming replica of the test run's server, to be stopped, hung and started again."""

import asyncio
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import psutil

from scholr.platform.db.embedded import EPHEMERAL_SETTINGS
from scholr.platform.db.embedded_account import find_home
from scholr.platform.db.embedded_process import SHARED_MEMORY, any_free_port, read_state
from scholr.platform.db.standing import primary_position, replica_position
from tests.support.database import TestDatabase

_START_SECONDS = 20.0


class StreamingReplica:
    """A copy of the primary's cluster in `directory`, as a hot standby on a port of its own."""

    def __init__(self, primary: str, directory: Path, slot: str) -> None:
        """`primary` is a superuser's address, `slot` holds the log there from before the copy is begun."""
        self._home = find_home(directory)
        self._port = any_free_port()
        self._process: subprocess.Popen[str] | None = None
        backup = [str(self._home.program.with_name("pg_basebackup")), "--dbname", primary]
        backup += ["--pgdata", str(self._home.directory / "cluster"), "--write-recovery-conf"]
        made = self._home.run([*backup, "--checkpoint=fast", "--slot", slot, "--no-sync"])
        assert made.returncode == 0, made.stdout
        socket_directory = self._home.directory / "run"
        socket_directory.mkdir(mode=0o700)
        self._home.own(socket_directory)

    def address(self, primary: str) -> str:
        """The same login and database as in an address of the primary."""
        parts = urlsplit(primary)
        login = parts.netloc.rsplit("@", 1)[0]
        return urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{self._port}"))

    def start(self) -> None:
        options = {
            "listen_addresses": "127.0.0.1",
            "max_connections": str(EPHEMERAL_SETTINGS.max_connections),  # a standby may not have fewer
            "shared_buffers": "32MB",
            "io_method": "sync",
            "fsync": "off",
            "wal_retrieve_retry_interval": "200ms",
        }
        directory = self._home.directory
        arguments = ["-D", str(directory / "cluster"), "-k", str(directory / "run"), "-p", str(self._port)]
        arguments += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (directory / "log").open("a") as log:
            self._process = self._home.spawn([str(self._home.program), *arguments], log)
        ends_at = time.monotonic() + _START_SECONDS
        while read_state(directory) != (self._process.pid, "ready"):
            assert self._process.poll() is None and time.monotonic() < ends_at, (directory / "log").read_text()[-2000:]
            time.sleep(0.02)

    def kill(self) -> None:
        """All its processes at once, as when the machine goes: nothing is left to say goodbye."""
        if self._process is not None:
            self._signal(signal.SIGKILL)
            self._process.wait()
            (self._home.directory / "cluster" / "postmaster.pid").unlink(missing_ok=True)
            self._process = None

    def hang(self) -> None:
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, which: signal.Signals) -> None:
        assert self._process is not None
        postmaster = psutil.Process(self._process.pid)
        postmaster.send_signal(which)
        for each in postmaster.children():
            with suppress(psutil.NoSuchProcess):
                each.send_signal(which)


async def until(asked: Callable[[], Awaitable[bool]]) -> None:
    """Asks again and again; fails when it is still not so after a while."""
    ends_at = time.monotonic() + _START_SECONDS
    while not await asked():
        assert time.monotonic() < ends_at
        await asyncio.sleep(0.02)


async def wait_until_caught_up(primary: str, replica: str) -> None:
    """Until the replica has replayed everything that was committed by now."""
    here, there = await asyncpg.connect(primary), await asyncpg.connect(replica)
    try:
        # The tests' server does not flush at each commit; this one makes it, and so flushes those before it.
        await here.execute("set synchronous_commit = on")
        await here.execute("select pg_logical_emit_message(true, 'tests', '')")
        wanted = (await primary_position(here)).flushed

        async def is_there() -> bool:
            return ((await replica_position(there)).replayed or 0) >= wanted

        await until(is_there)
    finally:
        await here.close()
        await there.close()


@contextmanager
def streaming_replica(primary: str) -> Iterator[StreamingReplica]:
    """Follows; all of it is gone with the block."""
    roomy = SHARED_MEMORY.is_dir() and shutil.disk_usage(SHARED_MEMORY).free > 2**30
    root = Path(tempfile.mkdtemp(prefix="scholr-replica-", dir=SHARED_MEMORY if roomy else None))
    root.chmod(0o755)
    replica: StreamingReplica | None = None
    slot = f"replica_{secrets.token_hex(4)}"
    asyncio.run(_make_slot(primary, slot))
    try:
        replica = StreamingReplica(primary, root / "postgres", slot)
        replica.start()
        yield replica
    finally:
        if replica is not None:
            replica.kill()
        shutil.rmtree(root, ignore_errors=True)
        asyncio.run(_drop_slot(primary, slot))


async def _make_slot(primary: str, slot: str) -> None:
    connection = await asyncpg.connect(primary)
    try:
        await connection.execute("select pg_create_physical_replication_slot($1, true)", slot)
    finally:
        await connection.close()


async def _drop_slot(primary: str, slot: str) -> None:
    """As soon as the primary has noticed that nobody follows any more."""
    connection = await asyncpg.connect(primary)

    async def is_dropped() -> bool:
        await connection.execute(
            "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1 and not active",
            slot,
        )
        return not await connection.fetchval("select count(*) from pg_replication_slots where slot_name = $1", slot)

    try:
        await until(is_dropped)
    finally:
        await connection.close()


@dataclass(frozen=True, slots=True)
class Pair:
    """A primary and its replica, under the same logins."""

    database: TestDatabase
    replica: StreamingReplica

    @property
    def replica_admin(self) -> str:
        return self.replica.address(self.database.admin)

    @property
    def replica_app(self) -> str:
        return self.replica.address(self.database.app)

    async def catch_up(self) -> None:
        await wait_until_caught_up(self.database.admin, self.replica_admin)
