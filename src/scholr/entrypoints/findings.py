"""What an examination of the deployment finds."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """`remedy` is empty when there is nothing to do."""

    name: str
    state: State
    found: str
    remedy: str = ""
