"""A circuit breaker that lets exactly one call through to find out whether a dependency works again.

The kept libraries admit every waiting call when half open (50 of 50 were counted), which is a stampede on what has
just got up.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from scholr.platform.resilience.policy import BreakerPolicy


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Admission:
    """What `admit` gave a call; to be handed back with its outcome. `round` tells calls of before a trip apart."""

    round: int
    is_probe: bool


class Breaker:
    """Times are seconds of `now`, a monotonic clock. Not for several threads: it belongs to one event loop."""

    def __init__(self, policy: BreakerPolicy, now: Callable[[], float]) -> None:
        self._policy = policy
        self._now = now
        self._state = BreakerState.CLOSED
        self._changed_at = self._turned_at = now()
        self._round = 0
        self._probing = False
        self._outcomes: deque[tuple[float, bool]] = deque()
        self._failed = 0
        self.trips = 0

    @property
    def state(self) -> BreakerState:
        if self._state is BreakerState.OPEN and self.retry_after == 0.0:
            return BreakerState.HALF_OPEN
        return self._state

    @property
    def seconds_in_state(self) -> float:
        """Since it closed last, or since it opened after that: probes that failed meanwhile begin nothing anew."""
        return self._now() - self._turned_at

    @property
    def retry_after(self) -> float:
        """Seconds until the next probe may be made; 0 when calls, or a probe, are let through."""
        if self._state is not BreakerState.OPEN:
            return 0.0
        return max(0.0, self._changed_at + self._policy.pause - self._now())

    @property
    def is_refusing(self) -> bool:
        """Whether `admit` would say no."""
        return self._state is not BreakerState.CLOSED and (self._probing or self.retry_after > 0.0)

    def admit(self) -> Admission | None:
        """None: do not ask. Otherwise `succeeded`, `failed` or `abandoned` has to follow."""
        if self._state is BreakerState.CLOSED:
            return Admission(self._round, is_probe=False)
        if self.is_refusing:
            return None
        self._become(BreakerState.HALF_OPEN)
        self._probing = True
        return Admission(self._round, is_probe=True)

    def succeeded(self, admission: Admission) -> None:
        if admission.is_probe:
            self._end_probe(BreakerState.CLOSED)
        elif admission.round == self._round:
            self._note(failed=False)

    def failed(self, admission: Admission) -> None:
        if admission.is_probe:
            self._end_probe(BreakerState.OPEN)
        elif admission.round == self._round and self._state is BreakerState.CLOSED:
            self._note(failed=True)
            if self._has_seen_enough():
                self.trips += 1
                self._forget()
                self._become(BreakerState.OPEN)

    def abandoned(self, admission: Admission) -> None:
        """The caller went away: that says nothing about the dependency. A probe's place is free again at once."""
        if admission.is_probe:
            self._probing = False
            self._become(BreakerState.OPEN, since=self._now() - self._policy.pause)

    def _end_probe(self, state: BreakerState) -> None:
        self._probing = False
        self._forget()
        self._become(state)

    def _note(self, *, failed: bool) -> None:
        now = self._now()
        self._outcomes.append((now, failed))
        self._failed += failed
        while self._outcomes and self._outcomes[0][0] < now - self._policy.window:
            self._failed -= self._outcomes.popleft()[1]

    def _has_seen_enough(self) -> bool:
        seen = len(self._outcomes)
        return seen >= self._policy.least and self._failed >= self._policy.share * seen

    def _forget(self) -> None:
        self._round += 1
        self._outcomes.clear()
        self._failed = 0

    def _become(self, state: BreakerState, *, since: float | None = None) -> None:
        now = self._now()
        if (state is BreakerState.CLOSED) is not (self._state is BreakerState.CLOSED):
            self._turned_at = now
        self._state = state
        self._changed_at = now if since is None else since
