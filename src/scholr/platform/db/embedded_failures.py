"""Turns what PostgreSQL's programs and the operating system say into one sentence that tells what to do."""

import errno
import shutil
from pathlib import Path

# Bytes. On a disk with less, the log that would have told the reason cannot be written either.
FULL = 2**20

# PostgreSQL's own words (it always runs with LC_ALL=C) and what they ask of the person. The first match counts.
_REMEDIES = (
    ("No space left on device", "the disk is full; free some space, or set SCHOLR_DATA_DIR to another disk"),
    ("Disk quota exceeded", "your disk quota is used up; free some space, or set SCHOLR_DATA_DIR to another disk"),
    ("Read-only file system", "the disk is read-only; set SCHOLR_DATA_DIR to a directory that can be written"),
    ("Permission denied", "permission is denied; give the directory to the user who starts Scholr"),
    ("Cannot allocate memory", "the machine has no memory left; end other programs and try again"),
    ("could not create shared memory", "the machine allows too little shared memory; enlarge /dev/shm and try again"),
    ("database files are incompatible", "its files were made by another PostgreSQL; set SCHOLR_DATA_DIR to a new one"),
    ("could not locate a valid checkpoint", "its files are damaged; restore a backup, or move the directory away"),
)
_OS_REMEDIES = {
    errno.ENOSPC: _REMEDIES[0][1],
    errno.EDQUOT: _REMEDIES[1][1],
    errno.EROFS: _REMEDIES[2][1],
    errno.EACCES: _REMEDIES[3][1],
    errno.EPERM: _REMEDIES[3][1],
    errno.ENOMEM: _REMEDIES[4][1],
}


def explain_output(output: str, directory: Path) -> str:
    """The sentence for a program that failed, from all that it printed."""
    for words, remedy in _REMEDIES:
        if words in output:
            return f"The embedded database in {directory} cannot start: {remedy}."
    if shutil.disk_usage(directory).free < FULL:
        return f"The embedded database in {directory} cannot start: {_REMEDIES[0][1]}."
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if any(mark in line for mark in ("PANIC:", "FATAL:", "error:"))]
    last = (telling or lines or ["it said nothing"])[-1]
    return f"The embedded database in {directory} cannot start ({last}); its log is in {directory / 'log'}."


def explain_os_error(error: OSError, directory: Path) -> str:
    """The sentence for a file or process operation that the system refused."""
    remedy = _OS_REMEDIES.get(error.errno or 0)
    if remedy is None:
        remedy = f"{error.strerror or error}; set SCHOLR_DATA_DIR to another directory"
    return f"The embedded database in {directory} cannot start: {remedy}."


def is_address_in_use(output: str) -> bool:
    """Somebody took the port between the choice and the start."""
    return "Address already in use" in output


def is_predecessor_still_stopping(output: str) -> bool:
    """After a `kill -9` of the server its children live on for a moment and hold the shared memory."""
    return "pre-existing shared memory block" in output
