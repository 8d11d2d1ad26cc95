"""A newcomer's first minutes: `make up` in a checkout that has never been set up, then again, then where it cannot."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_IN_A_CLONE = (".git", ".venv", ".tools", "node_modules", "var", "dist", "__pycache__", ".*_cache", ".hypothesis")
FIRST_START, NEXT_START, REFUSAL = 300.0, 60.0, 30.0  # seconds at most, on a busy machine
LAST_LINE_OF_PANEL = "Ctrl-C stops everything"


@pytest.fixture(scope="module")
def clone() -> Iterator[Path]:
    with TemporaryDirectory(prefix="scholr-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        copy = Path(folder) / "scholr"
        shutil.copytree(ROOT, copy, symlinks=True, ignore=shutil.ignore_patterns(*NOT_IN_A_CLONE))
        yield copy


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def settings(port: int, **more: str) -> dict[str, str]:
    """The machine's environment with nothing of Scholr's or of this virtual environment's in it."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SCHOLR_", "VIRTUAL_ENV", "PYTEST_"))}
    return {**kept, "SCHOLR_PORT": str(port), **more}


@contextmanager
def make_up(clone: Path, port: int, seconds: float, **more: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """`make up` and what it has printed until it was ready; it is asked to stop at the end, if it still runs."""
    with subprocess.Popen(
        ["make", "up"],
        cwd=clone,
        env=settings(port, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=_as_in_a_terminal,
    ) as process:
        try:
            yield process, list(lines_until_ready(process, time.monotonic() + seconds))
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                process.communicate(timeout=60)


def _as_in_a_terminal() -> None:
    """A shell without job control starts what it puts in the background with Ctrl-C ignored, and so would be whatever
    these tests start, `make up` too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def lines_until_ready(process: subprocess.Popen[str], deadline: float) -> Iterator[str]:
    assert process.stdout is not None
    for line in process.stdout:
        yield line
        if LAST_LINE_OF_PANEL in line:
            return
        assert time.monotonic() < deadline, "make up was not ready in time"
    pytest.fail("make up ended before it was ready")


def call(port: int, path: str, body: dict[str, str] | None = None, tenant: str = "") -> Any:
    headers = {"Content-Type": "application/json", **({"X-Tenant-Id": tenant} if tenant else {})}
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(f"http://localhost:{port}{path}", data=data, headers=headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def refused(clone: Path, port: int, **more: str) -> str:
    """What `make up` says, in its last line of its own, when it cannot start."""
    done = subprocess.run(
        ["make", "up"],
        check=False,
        cwd=clone,
        env=settings(port, **more),
        capture_output=True,
        text=True,
        timeout=REFUSAL + NEXT_START,
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stdout + done.stderr
    return next(line for line in (done.stdout + done.stderr).splitlines() if line.startswith("scholr: "))


@pytest.fixture(scope="module")
def tenant(clone: Path) -> str:
    """The first start ever: everything is made, the walkthrough of the README works, SIGTERM stops it cleanly."""
    port = free_port()
    with make_up(clone, port, FIRST_START) as (process, lines):
        said = "".join(lines)
        assert re.search(r"Installing the locked packages … done in", said)
        assert f"http://localhost:{port}" in said
        organization = call(port, "/api/organizations", {"name": "Acme University"})["id"]
        other = call(port, "/api/organizations", {"name": "Other School"})["id"]
        call(port, "/api/courses", {"title": "Intro to Astrophysics"}, tenant=organization)
        assert "Astrophysics" not in json.dumps(call(port, "/api/courses", tenant=other))
        process.send_signal(signal.SIGTERM)
        assert "Stopped. The data stay in" in process.communicate(timeout=60)[0]
    assert processes_of(clone) == []
    return str(organization)


def processes_of(clone: Path) -> list[str]:
    """Every process that runs a program of the clone or uses its data."""
    commands = (path for path in Path("/proc").glob("[0-9]*/cmdline"))
    return [text for path in commands if str(clone) in (text := read_or_nothing(path))]


def read_or_nothing(path: Path) -> str:
    try:
        return path.read_text().replace("\0", " ")
    except OSError:
        return ""  # it ended while we looked


def test_a_second_start_takes_seconds_and_keeps_the_data(clone: Path, tenant: str) -> None:
    port = free_port()
    with make_up(clone, port, NEXT_START) as (process, lines):
        assert not any("Installing" in line for line in lines)
        assert "Intro to Astrophysics" in json.dumps(call(port, "/api/courses", tenant=tenant))
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C in a terminal does
        assert "Stopped. The data stay in" in process.communicate(timeout=60)[0]


def test_two_run_side_by_side_and_a_killed_one_leaves_nothing_running(clone: Path, tenant: str) -> None:
    here, there = free_port(), free_port()
    with (
        make_up(clone, here, NEXT_START),
        make_up(clone, there, NEXT_START, SCHOLR_DATA_DIR=str(clone.parent / "second")) as (process, _lines),
    ):
        assert "Intro to Astrophysics" in json.dumps(call(here, "/api/courses", tenant=tenant))
        assert call(there, "/health/ready") == {"status": "UP"}
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)
        wait_until_free(there)
    with make_up(clone, there, NEXT_START, SCHOLR_DATA_DIR=str(clone.parent / "second")):
        assert call(there, "/health/ready") == {"status": "UP"}


def wait_until_free(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return
        assert time.monotonic() < deadline, "the web process outlived the one that started it"
        time.sleep(0.1)


@pytest.mark.usefixtures("tenant")
def test_what_keeps_it_from_starting_is_said_in_one_sentence(clone: Path) -> None:
    port = free_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert f"Port {taken} is taken by another program" in refused(clone, taken)
    nowhere = f"postgresql://a:b@127.0.0.1:{free_port()}/c"
    assert "No PostgreSQL answers at the host and port" in refused(clone, port, SCHOLR_DATABASE_URL=nowhere)
    assert "is not the address of a PostgreSQL server" in refused(clone, port, SCHOLR_DATABASE_URL="nonsense")
    assert "is a file" in refused(clone, port, SCHOLR_DATA_DIR=str(clone / "Makefile"))
    assert "binds to loopback only" in refused(clone, port, SCHOLR_HOST="0.0.0.0")
