"""The embedded server as a process: whose it is, how far it has come, which port it may have, what a crash left."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from scholr.platform.db.embedded_account import EmbeddedPostgresError, Home

EPHEMERAL_PREFIX = "scholr-pg-"
# Each test server makes a private directory of its own in here.
SHARED_MEMORY = Path("/dev/shm")  # nosec B108
POLL_SECONDS = 0.02


def take_lock(home: Home) -> int:
    path = home.directory / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(descriptor, 20).decode() or "unknown"
        os.close(descriptor)
        raise EmbeddedPostgresError(
            f"Another Scholr (process {holder}) is already using {home.directory}; "
            "stop it first, or set SCHOLR_DATA_DIR to another directory."
        ) from error
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    return descriptor


def choose_port(directory: Path) -> int:
    """The port of last time if nobody else has it now."""
    with suppress(FileNotFoundError, ValueError, OSError), socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", int((directory / "port").read_text())))
        return int(probe.getsockname()[1])
    return any_free_port()


def any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def read_state(directory: Path) -> tuple[int, str] | None:
    """Process id and state ("starting", "ready", "stopping") as PostgreSQL writes them, or None without a file."""
    try:
        lines = (directory / "cluster" / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    if not lines or not lines[0].isdigit():
        return None
    return int(lines[0]), lines[7].strip() if len(lines) > 7 else "starting"


def is_server_of(pid: int, directory: Path) -> bool:
    """Whether that process is the server of this directory and not a stranger to whom its number went later."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    if not Path("/proc/self/cwd").exists():
        command = ["ps", "-p", str(pid), "-o", "command="]
        return "postgres" in subprocess.run(command, check=False, capture_output=True, text=True).stdout
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == (directory / "cluster").resolve()
    except OSError:
        return False


def end_leftover(directory: Path) -> None:
    """Stop a server whose starter was killed (we hold the lock, so it is nobody's), and drop a stale pid file."""
    state = read_state(directory)
    if state is None:
        return
    for request, patience in ((signal.SIGINT, 10.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 2.0)):
        if not is_server_of(state[0], directory):
            break
        os.kill(state[0], request)
        deadline = time.monotonic() + patience
        while is_server_of(state[0], directory) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
    (directory / "cluster" / "postmaster.pid").unlink(missing_ok=True)


def read_log_tail(directory: Path) -> str:
    """What the server said most recently: it begins in start.log and goes on in the file of the day."""
    files = sorted(directory.glob("*.log"), key=lambda path: path.stat().st_mtime)
    return "\n".join(path.read_text(errors="replace")[-4000:] for path in files[-2:])


def sweep_abandoned() -> None:
    """Remove the test servers of killed runs: those whose lock nobody holds any more."""
    for root in {SHARED_MEMORY, Path(tempfile.gettempdir())}:
        for lock in root.glob(f"{EPHEMERAL_PREFIX}*/lock"):
            with suppress(OSError):
                _remove_if_abandoned(lock)


def _remove_if_abandoned(lock: Path) -> None:
    descriptor = os.open(lock, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        end_leftover(lock.parent)
        shutil.rmtree(lock.parent, ignore_errors=True)
    finally:
        os.close(descriptor)
