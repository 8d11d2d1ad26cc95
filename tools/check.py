"""One check of the code: a program that is run, and what is said of it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Outcome:
    """`passed` is None when the check could not be made here, which is said but does not fail."""

    passed: bool | None
    output: str


def run(*arguments: str | Path, cwd: Path = ROOT) -> Outcome:
    result = subprocess.run(
        [str(argument) for argument in arguments],
        check=False,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Outcome(result.returncode == 0, result.stdout)
