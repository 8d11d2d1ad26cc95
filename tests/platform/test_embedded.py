"""The embedded server, started and stopped for real."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest

from scholr.platform.db.embedded import EmbeddedPostgres, EmbeddedSettings, running_dsn
from scholr.platform.db.embedded_account import EmbeddedPostgresError, find_program

HOLD = """
import sys, time
from pathlib import Path
from scholr.platform.db.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
print(server.postmaster_id, flush=True)
time.sleep(120)
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that every account may enter, which pytest's own temporary directories are not for root."""
    with TemporaryDirectory(prefix="scholr-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


async def ask(dsn: str, sql: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def remember(dsn: str) -> None:
    await ask(dsn, "create table kept (word text)")
    await ask(dsn, "insert into kept values ('still here')")


async def recall(dsn: str) -> object:
    return await ask(dsn, "select word from kept")


async def test_data_and_port_survive_a_restart(place: Path) -> None:
    server = EmbeddedPostgres(place / "postgres")
    first = server.start()
    await remember(first)
    server.stop()
    assert not server.is_running
    with server:
        assert server.dsn == first
        assert await recall(server.dsn) == "still here"


async def test_the_unix_socket_serves_too_even_below_a_long_path(place: Path) -> None:
    with EmbeddedPostgres(place / ("long" * 30) / "postgres") as server:
        assert await ask(server.socket_dsn, "select inet_server_addr()") is None


async def test_a_wrong_password_is_refused(place: Path) -> None:
    with EmbeddedPostgres(place / "postgres") as server:
        password = (server.directory / "password").read_text()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.dsn.replace(password, "guess"))


async def test_another_port_is_taken_when_a_stranger_has_ours(place: Path) -> None:
    server = EmbeddedPostgres(place / "postgres")
    server.start()
    server.stop()
    taken = int((place / "postgres" / "port").read_text())
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", taken))
        stranger.listen()
        with server:
            assert f":{taken}/" not in server.dsn
            assert await ask(server.dsn, "select 1") == 1


async def test_two_servers_run_side_by_side(place: Path) -> None:
    with EmbeddedPostgres(place / "one" / "postgres") as one, EmbeddedPostgres(place / "two" / "postgres") as two:
        await remember(one.dsn)
        assert await recall(one.dsn) == "still here"
        assert await ask(two.dsn, "select to_regclass('kept')") is None


async def test_starts_again_after_the_server_was_killed(place: Path) -> None:
    with EmbeddedPostgres(place / "postgres") as server:
        await remember(server.dsn)
        assert server.postmaster_id is not None
        os.kill(server.postmaster_id, signal.SIGKILL)
        wait_until(lambda: not server.is_running)
        server.start()
        assert await recall(server.dsn) == "still here"


async def test_takes_over_from_a_starter_that_was_killed(place: Path) -> None:
    with hold(place / "postgres") as (starter, orphan):
        found = running_dsn(place / "postgres")
        assert found is not None
        await remember(found)
        starter.kill()
        starter.wait()
        os.kill(orphan, 0)  # the server outlives it
        with EmbeddedPostgres(place / "postgres") as server:
            assert server.postmaster_id != orphan
            assert await recall(server.dsn) == "still here"


def test_refuses_a_directory_that_another_process_is_using(place: Path) -> None:
    with (
        hold(place / "postgres") as (starter, _server),
        pytest.raises(EmbeddedPostgresError, match=f"process {starter.pid}.*is already using"),
    ):
        EmbeddedPostgres(place / "postgres").start()


async def test_repairs_a_cluster_whose_making_was_interrupted(place: Path) -> None:
    unfinished = place / "postgres" / "cluster.new" / "global"
    interrupt_when(unfinished.is_dir, place / "postgres")
    assert unfinished.is_dir()
    assert not (place / "postgres" / "cluster").exists()
    with EmbeddedPostgres(place / "postgres") as server:
        assert await ask(server.dsn, "select 1") == 1
        assert not unfinished.exists()


async def test_ignores_a_stale_pid_file_whose_number_belongs_to_a_stranger(place: Path) -> None:
    server = EmbeddedPostgres(place / "postgres")
    server.start()
    server.stop()
    (place / "postgres" / "cluster" / "postmaster.pid").write_text(f"{os.getpid()}\n")
    assert running_dsn(place / "postgres") is None
    with server:
        assert await ask(server.dsn, "select 1") == 1


def test_refuses_data_of_another_major_version(place: Path) -> None:
    with EmbeddedPostgres(place / "postgres") as server:
        version = server.directory / "cluster" / "PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(EmbeddedPostgresError, match=r"data of PostgreSQL 17 but .* brings 18"):
        EmbeddedPostgres(place / "postgres").start()


def test_refuses_a_new_cluster_on_a_nearly_full_disk(place: Path) -> None:
    plenty = EmbeddedSettings(least_free_mb=2**40)
    with pytest.raises(EmbeddedPostgresError, match=r"MB free and a new database needs"):
        EmbeddedPostgres(place / "postgres", settings=plenty).start()


def test_a_file_in_the_way_is_named(place: Path) -> None:
    (place / "postgres").write_text("not a directory")
    with pytest.raises(EmbeddedPostgresError, match=f"{place}/postgres is a file where a directory is needed"):
        EmbeddedPostgres(place / "postgres").start()


def test_does_not_replace_a_directory_that_is_not_whole(place: Path) -> None:
    stray = place / "postgres" / "cluster" / "precious"
    stray.parent.mkdir(parents=True)
    stray.write_text("somebody's")
    with pytest.raises(EmbeddedPostgresError, match="not a whole PostgreSQL data directory"):
        EmbeddedPostgres(place / "postgres").start()
    assert stray.read_text() == "somebody's"


async def test_an_ephemeral_server_leaves_nothing_behind() -> None:
    with EmbeddedPostgres(ephemeral=True) as server:
        folder = server.directory
        assert await ask(server.dsn, "show fsync") == "off"
    assert not folder.exists()


def test_the_client_programs_come_along() -> None:
    said = subprocess.run([find_program("pgbench"), "--version"], check=True, capture_output=True, text=True).stdout
    assert said.startswith("pgbench (PostgreSQL) 18.")


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.001)


def interrupt_when(condition: Callable[[], bool], directory: Path) -> None:
    """Start a server in another process and kill that process, with all it started, as soon as the condition holds."""
    with subprocess.Popen([sys.executable, "-c", HOLD, str(directory)], start_new_session=True) as starter:
        try:
            wait_until(condition)
        finally:
            os.killpg(starter.pid, signal.SIGKILL)


@contextmanager
def hold(directory: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Another process that holds the directory's server, and the server's id; both are ended at the end."""
    command = [sys.executable, "-c", HOLD, str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        try:
            yield starter, int(starter.stdout.readline())
        finally:
            starter.kill()
            starter.wait()
            with EmbeddedPostgres(directory):
                pass  # takes the orphan over, then stops it
