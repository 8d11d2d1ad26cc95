"""The whole demo, as `make up` starts it, and the memory that all its processes take together."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress

import psutil

from benchmarks.deployment import free_port
from benchmarks.walk import walk

LAST_LINE = "Ctrl-C stops everything"
READY_SECONDS = 120.0
SETTLE_SECONDS = 5.0
STOP_SECONDS = 30.0


def demo_memory_mb() -> dict[str, float]:
    """Proportional set size of each program, in MB, after a walk through the pages; what they share is shared out."""
    with tempfile.TemporaryDirectory(prefix="scholr-bench-demo-") as directory:
        port = free_port()
        variables = {"SCHOLR_DATA_DIR": directory, "SCHOLR_PORT": str(port)}
        demo = subprocess.Popen(
            [sys.executable, "-m", "scholr.entrypoints.up"],
            env={**os.environ, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            _wait_until_ready(demo)
            walk(port)
            time.sleep(SETTLE_SECONDS)
            return _memory(psutil.Process(demo.pid))
        finally:
            demo.send_signal(signal.SIGTERM)
            demo.communicate(timeout=STOP_SECONDS)


def _wait_until_ready(demo: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + READY_SECONDS
    for line in demo.stdout or ():
        if LAST_LINE in line:
            return
        if time.monotonic() > deadline:
            break
    raise RuntimeError("the demo did not start")


def _memory(demo: psutil.Process) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, process in _programs(demo):
        with suppress(psutil.NoSuchProcess):  # one of PostgreSQL's that has just ended
            found[name] = found.get(name, 0.0) + process.memory_full_info().pss / 1e6
    return found


def _programs(demo: psutil.Process) -> Iterator[tuple[str, psutil.Process]]:
    yield "up", demo
    for process in demo.children(recursive=True):
        command = " ".join(process.cmdline())
        yield next((name for name in ("http", "worker") if f"entrypoints.{name}" in command), "postgres"), process
