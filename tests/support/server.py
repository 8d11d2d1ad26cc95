"""The web process itself, as a child on a port of its own, for tests that need real sockets."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.database import TestDatabase

_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class RunningServer:
    """`process` is the web process, for tests that kill it."""

    url: str
    process: "subprocess.Popen[bytes]"


@contextmanager
def running_server(
    database: TestDatabase, directory: Path, *, with_worker: bool = False, until: str = "/health/ready"
) -> Iterator[str]:
    """Start `python -m scholr.entrypoints.http` on the test's database; yields its address, stops it by its own pid.

    `with_worker` starts the worker beside it, so that mail is delivered and events arrive. `until` is what has to
    answer before the test goes on; a database that is not migrated is never ready.
    """
    with started_server(database, directory, with_worker=with_worker, until=until) as server:
        yield server.url


@contextmanager
def started_server(
    database: TestDatabase,
    directory: Path,
    *,
    with_worker: bool = False,
    until: str = "/health/ready",
    secret_key: str = "",
) -> Iterator[RunningServer]:
    """`secret_key` is the one of a server that served this database before."""
    port = free_port()
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("SCHOLR_")},
        "SCHOLR_PORT": str(port),
        "SCHOLR_DATA_DIR": str(directory),
        "SCHOLR_APP_DATABASE_URL": database.app,
        "SCHOLR_WORKER_DATABASE_URL": database.worker,
        "SCHOLR_SECRET_KEY": secret_key or secrets.token_hex(32),
    }
    with ExitStack() as stack:
        process = stack.enter_context(_running("http", environment, directory))
        if with_worker:
            stack.enter_context(_running("worker", environment, directory))
        _wait_until_ready(process, f"http://localhost:{port}{until}", directory / "http.log")
        yield RunningServer(f"http://localhost:{port}", process)


@contextmanager
def started_fleet(
    database: TestDatabase, directory: Path, *, processes: int = 2, variables: Mapping[str, str] | None = None
) -> Iterator[RunningServer]:
    """`scholr web`: several web processes behind one socket, all of them up; `process` is the one that holds it.

    `variables` take the place of a secret key in the environment.
    """
    port = free_port()
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("SCHOLR_")},
        "SCHOLR_PORT": str(port),
        "SCHOLR_DATA_DIR": str(directory),
        "SCHOLR_APP_DATABASE_URL": database.app,
        **(variables if variables is not None else {"SCHOLR_SECRET_KEY": secrets.token_hex(32)}),
    }
    with _running("cli", environment, directory, "web", "--processes", str(processes)) as process:
        url = f"http://localhost:{port}"
        _wait_until_ready(process, f"{url}/health/ready", directory / "cli.log", said='"event": "serving"')
        yield RunningServer(url, process)


@contextmanager
def started_worker(
    database: TestDatabase, directory: Path, *, variables: Mapping[str, str] | None = None
) -> "Iterator[subprocess.Popen[bytes]]":
    """`python -m scholr.entrypoints.worker` on the test's database; it is ended by its own pid, if it still lives."""
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("SCHOLR_")},
        "SCHOLR_DATA_DIR": str(directory),
        "SCHOLR_APP_DATABASE_URL": database.app,
        "SCHOLR_WORKER_DATABASE_URL": database.worker,
        **(variables if variables is not None else {"SCHOLR_SECRET_KEY": secrets.token_hex(32)}),
    }
    with _running("worker", environment, directory) as process:
        yield process


@contextmanager
def _running(
    name: str, environment: dict[str, str], directory: Path, *arguments: str
) -> "Iterator[subprocess.Popen[bytes]]":
    with (directory / f"{name}.log").open("wb") as log:
        command = [sys.executable, "-m", f"scholr.entrypoints.{name}", *arguments]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str, log_path: Path, *, said: str = "") -> None:
    """Until the address answers, and the log says what is waited for."""
    give_up = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < give_up:
        try:
            if httpx.get(url).status_code == 200 and said in log_path.read_text():
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{log_path.read_text()[-4000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
