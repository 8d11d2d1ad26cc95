"""The web process itself, as a child on a port of its own, for tests that need real sockets."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.database import TestDatabase

_START_SECONDS = 60.0


@contextmanager
def running_server(database: TestDatabase, directory: Path) -> Iterator[str]:
    """Start `python -m scholr.entrypoints.http` on the test's database; yields its address, stops it by its own pid."""
    port = _free_port()
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("SCHOLR_")},
        "SCHOLR_PORT": str(port),
        "SCHOLR_DATA_DIR": str(directory),
        "SCHOLR_APP_DATABASE_URL": database.app,
        "SCHOLR_SECRET_KEY": secrets.token_hex(32),
    }
    log_path = directory / "server.log"
    with log_path.open("wb") as log:
        command = [sys.executable, "-m", "scholr.entrypoints.http"]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        _wait_until_ready(process, f"http://localhost:{port}", log_path)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str, log_path: Path) -> None:
    give_up = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < give_up:
        try:
            if httpx.get(f"{url}/health/ready").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{log_path.read_text()[-4000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
