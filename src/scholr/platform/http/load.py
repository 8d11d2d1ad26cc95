"""What this process carries just now, what it turns away when that is too much, and how it ends.

A request is turned away when those that are here already would keep it waiting for longer than its kind may wait;
the estimate is Little's law: requests in flight, divided by how many are finished in a second while the process is
busy. The line is therefore as long as the process is quick, and a database that hangs shortens it by itself.
"""

import math
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from scholr.kernel.errors import Unavailable

BUSY = 64
"""Requests in flight below which nothing is ever turned away."""
MOST_IN_FLIGHT = 2000
"""Beyond this everything but health is turned away, whatever the estimate says."""
_WINDOW_SECONDS = 0.25
_FIRST_GUESS = 300.0  # requests a second, until a busy moment has shown what this machine does
_LONGEST_RETRY = 30


class Priority(StrEnum):
    """What is turned away first stands last."""

    HEALTH = "health"
    VITAL = "vital"
    WRITE = "write"
    READ = "read"
    OPTIONAL = "optional"


PATIENCE: Mapping[Priority, float] = {
    Priority.HEALTH: math.inf,
    Priority.VITAL: 8.0,
    Priority.WRITE: 5.0,
    Priority.READ: 3.0,
    Priority.OPTIONAL: 0.75,
}
"""Seconds that the line may last for a request of this kind to be let in."""

_HEALTH = re.compile(r"/(health|actuator)/")
# Somebody's exam, somebody's work from a train, and the way in: what cannot be done again later. And what is measured:
# too much at once is when somebody has to see it.
_VITAL = re.compile(
    r"/(sign-in|reset|api/sync|api/attempts|learn/attempts)(/|$)|^/metrics$"
    r"|/(api|learn)/assessments/[^/]+/(attempts|start)$"
    r"|/lessons/[^/]+/complete$"
)
# Exports, reports and conveniences: they can be asked for again in a minute.
_OPTIONAL = re.compile(
    r"\.csv$|/export(\.jsonl)?$|^/account/privacy/exports/|/report$|^/(admin|api)/reports|/statistics$|/pdf$"
    r"|^/learn/certificates/|^/palette$|^/docs/|^/openapi"
)
_READING = ("GET", "HEAD", "OPTIONS")


def priority_of(method: str, path: str, query: bytes = b"", purpose: str | None = None) -> Priority:
    """How badly a request is needed; `purpose` is the header Sec-Purpose, with which browsers fetch ahead."""
    if _HEALTH.match(path):
        return Priority.HEALTH
    if _VITAL.search(path):
        return Priority.VITAL
    if method not in _READING:
        return Priority.WRITE
    if _OPTIONAL.search(path) or purpose or (path == "/catalogue" and b"q=" in query):
        return Priority.OPTIONAL
    return Priority.READ


class Overloaded(Unavailable):
    code = "overloaded"
    message = "More people are here than can be served at once. Your request was not begun; please try again shortly."


class Draining(Unavailable):
    code = "draining"
    message = "This process is about to end; another one answers."


@dataclass(frozen=True, slots=True)
class LoadState:
    """`in_flight` are those that this process works for. `capacity` is the last estimate, in requests a second;
    `shed` counts by priority since the process began."""

    in_flight: int
    most_in_flight: int
    capacity: float
    wait: float
    shed: Mapping[str, int]
    is_draining: bool


class Load:
    """`now` is a monotonic clock in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._in_flight = 0
        self._most = 0
        self._capacity = _FIRST_GUESS
        self._window_began = now()
        self._window_busy = False
        self._window_done = 0
        self._shed = dict.fromkeys(Priority, 0)
        self.is_draining = False

    @property
    def is_busy(self) -> bool:
        return self._in_flight >= BUSY

    @property
    def in_flight(self) -> int:
        return self._in_flight

    def enter(self) -> None:
        """A request begins; `leave` has to follow."""
        self._in_flight += 1
        self._most = max(self._most, self._in_flight)

    def leave(self) -> None:
        self._in_flight -= 1
        self._window_done += 1
        if self._in_flight < BUSY:
            self._window_busy = False

    def set_aside(self) -> None:
        """It waits for its own client, and nobody waits for it; `take_back` has to follow.

        Counted, a few dozen clients that trickle would look like a process that finishes nothing.
        """
        self._in_flight -= 1
        if self._in_flight < BUSY:
            self._window_busy = False

    def take_back(self) -> None:
        self._in_flight += 1

    def refuse_if_too_much(self, priority: Priority) -> None:
        """Raises Overloaded; asked only while `is_busy`."""
        self._look_at_window()
        if priority is Priority.HEALTH:
            return
        wait = self._in_flight / self._capacity
        if wait > PATIENCE[priority] or self._in_flight >= MOST_IN_FLIGHT:
            self._shed[priority] += 1
            self._window_done -= 1  # it leaves at once: a refusal says nothing of what the process can do
            # When the line will be gone, spread, so that those who were sent away do not come back together.
            raise Overloaded(retry_after=min(_LONGEST_RETRY, math.ceil(wait * random.uniform(1.0, 2.0)) + 1))

    def snapshot(self) -> LoadState:
        return LoadState(
            in_flight=self._in_flight,
            most_in_flight=self._most,
            capacity=round(self._capacity, 1),
            wait=round(self._in_flight / self._capacity, 3),
            shed={priority.value: count for priority, count in self._shed.items()},
            is_draining=self.is_draining,
        )

    def _look_at_window(self) -> None:
        """Learn from a window that was busy from its first moment to its last.

        Others say only what the process can do at least: without that, nobody would hear that a hang is over, since
        what is turned away keeps the line just too short for a busy window.
        """
        now = self._now()
        elapsed = now - self._window_began
        if elapsed < _WINDOW_SECONDS:
            return
        rate = max(self._window_done / elapsed, 1.0)
        if self._window_busy:
            # An old window is a hang: then its rate is believed at once.
            share = min(1.0, elapsed)
            self._capacity += share * (rate - self._capacity)
        else:
            self._capacity = max(self._capacity, rate)
        self._window_began, self._window_done, self._window_busy = now, 0, self.is_busy
