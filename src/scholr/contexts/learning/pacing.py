"""Who of a cohort needs somebody: measured against its dates, or without them by when people were last there."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


def pace(done: int, total: int, starts_at: datetime | None, ends_at: datetime | None, now: datetime) -> int | None:
    """By how many whole lessons one is ahead (positive) or behind (negative) of going evenly from start to end.

    None where there is nothing to measure against: no dates, not begun, or everything done.
    """
    if starts_at is None or ends_at is None or ends_at <= starts_at or now < starts_at or done >= total:
        return None
    share = min(1.0, (now - starts_at) / (ends_at - starts_at))
    return done - math.floor(total * share)


QUIET_AFTER = timedelta(days=14)
BEHIND_BY, AHEAD_BY = -2, 2


class PaceGroup(StrEnum):
    """Where somebody stands in a cohort, those first who need somebody. `idle` has not begun."""

    BEHIND = "behind"
    QUIET = "quiet"
    IDLE = "idle"
    PACE = "pace"
    AHEAD = "ahead"
    DONE = "done"


class Need(StrEnum):
    """Why somebody who is behind or quiet may be so: finished nothing, stopped coming, or comes and is slow."""

    ABSENT = "absent"
    SILENT = "silent"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Measure:
    """What the people of a cohort are measured against; `expected` lessons by now, None without dates."""

    total: int
    expected: int | None
    now: datetime

    @staticmethod
    def of(total: int, starts_at: datetime | None, ends_at: datetime | None, now: datetime) -> "Measure":
        ahead = pace(0, total, starts_at, ends_at, now)
        return Measure(total, None if ahead is None else -ahead, now)

    def ahead(self, done: int) -> int | None:
        """Lessons ahead (negative: behind) of what is expected; None without dates, or with everything done."""
        return None if self.expected is None or done >= self.total else done - self.expected

    def group(self, done: int, seen_at: datetime | None) -> PaceGroup:
        """By the cohort's dates, or without them by when somebody was last in the course."""
        if self.total and done >= self.total:
            return PaceGroup.DONE
        ahead = self.ahead(done)
        if ahead is not None and ahead <= BEHIND_BY:
            return PaceGroup.BEHIND
        if seen_at is None or done == 0:
            return PaceGroup.IDLE
        if self._is_silent(seen_at):
            return PaceGroup.QUIET
        return PaceGroup.AHEAD if ahead is not None and ahead >= AHEAD_BY else PaceGroup.PACE

    def need(self, done: int, seen_at: datetime | None) -> Need | None:
        """None for whoever is neither behind nor quiet."""
        if self.group(done, seen_at) not in (PaceGroup.BEHIND, PaceGroup.QUIET):
            return None
        if self._is_silent(seen_at):
            return Need.SILENT
        return Need.ABSENT if done == 0 else Need.SLOW

    def _is_silent(self, seen_at: datetime | None) -> bool:
        return seen_at is not None and self.now - seen_at >= QUIET_AFTER
