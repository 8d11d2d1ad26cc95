"""Logging when there is nowhere to log to."""

import errno
import io
import subprocess
import sys
from pathlib import Path

from scholr.entrypoints.lossy import LossyStream

_LOGS = """
import structlog
from scholr.entrypoints.logs import configure_logging
configure_logging()
log = structlog.get_logger("x")
for _ in range(3):
    log.warning("something", reason="else")
try:
    raise ValueError("x")
except ValueError as error:
    log.warning("failed", exc_info=error)
import logging
logging.getLogger("library").error("trouble")
print("still here", flush=True)
"""


def test_a_process_goes_on_when_its_log_has_no_room() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", _LOGS], stdout=subprocess.PIPE, stderr=full, text=True, check=False
        )
    assert done.stdout == "still here\n"


class FullStream(io.StringIO):
    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, "no space left")


def test_lines_that_were_lost_are_counted() -> None:
    stream = LossyStream(FullStream())
    stream.write("x\n")
    stream.flush()
    assert stream.lost == 1
