"""Everything that the health page shows, from six statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scholr.platform.observability.objectives import PAGES, WINDOWS
from scholr.platform.observability.queries import (
    ALIVE,
    Budget,
    Golden,
    ProcessView,
    backlog,
    budgets,
    processes,
    queues,
    strip,
)
from scholr.platform.runtime import Platform
from scholr.web.operate.dependencies_view import DependencyView, dependencies_of
from scholr.web.operate.services import SERVICES, STEP, Strip, strips
from scholr.web.operate.verdict import LATE_EVENTS, Situation

SPAN = 36  # intervals of the charts: three hours
REMEMBERED = timedelta(minutes=30)
"""How long a process that fell silent is still shown."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One golden signal: a value for each interval (None: nobody counted, or nothing to judge by), and the aim."""

    values: Sequence[float | None]
    aim: float | None = None

    @property
    def now(self) -> float | None:
        return next((value for value in reversed(self.values) if value is not None), None)


@dataclass(frozen=True, slots=True)
class Board:
    """`at` are the beginnings of the curves' intervals; `switched_off` is what this process knows to be killed."""

    now: datetime
    at: Sequence[datetime]
    strips: Sequence[Strip]
    latency: Curve
    traffic: Curve
    errors: Curve
    waiting: Curve
    budgets: Sequence[Budget]
    backlog: Mapping[str, float]
    alive: Sequence[ProcessView]
    lost: Sequence[ProcessView]
    heard_at: datetime | None
    dependencies: Sequence[DependencyView]
    switched_off: Sequence[str] = ()

    @property
    def is_stale(self) -> bool:
        return self.heard_at is not None and self.now - self.heard_at > ALIVE

    def situation(self) -> Situation:
        return Situation(
            now=self.now,
            heard_at=self.heard_at,
            is_stale=self.is_stale,
            strips=self.strips,
            backlog=self.backlog,
            dependencies=self.dependencies,
            lost=self.lost,
            alive=self.alive,
            budgets=self.budgets,
            switched_off=self.switched_off,
        )


def pools_of(process: ProcessView) -> list[Mapping[str, int]]:
    """The program's own, and in a worker the one that the queues are worked from."""
    return [pool for name in ("pool", "worker_pool") if (pool := process.source(name))]


def worst_pool(processes: Sequence[ProcessView]) -> float:
    """The highest share of the connections that a pool may have (it opens them as they are wanted) in use, of any
    process, when it last reported."""
    pools = (pool for process in processes for pool in pools_of(process))
    return max((pool["in_use"] / pool["size"] for pool in pools), default=0.0)


async def board(platform: Platform) -> Board:
    now = platform.clock.now()
    slots = await strip(platform, intervals=SPAN, step=STEP)
    heard = await processes(platform, heard_within=REMEMBERED)
    alive = [each for each in heard if now - each.seen_at <= ALIVE and not each.facts.get("ended")]
    waited = await queues(platform, over=SPAN * STEP, step=STEP)
    begin = now - SPAN * STEP
    return Board(
        now=now,
        at=[begin + place * STEP for place in range(SPAN)],
        strips=strips(slots, now),
        latency=_latency(slots, begin),
        traffic=_traffic(slots, begin),
        errors=_errors(slots, begin),
        waiting=_waiting(waited, begin),
        budgets=await budgets(platform),
        backlog=await backlog(platform),
        alive=alive,
        lost=lost_among(heard, alive, now),
        heard_at=max((each.seen_at for each in heard), default=None),
        dependencies=dependencies_of(alive),
        switched_off=[each.name for each in platform.flags.declared if platform.flags.is_killed(each.key)],
    )


def lost_among(heard: Sequence[ProcessView], alive: Sequence[ProcessView], now: datetime) -> list[ProcessView]:
    """Silent, without having said that they stop, and not replaced by one that began later on the same machine."""
    found = []
    for each in heard:
        if now - each.seen_at <= ALIVE or each.facts.get("ended"):
            continue
        heir = (
            other.service == each.service
            and other.facts.get("host") == each.facts.get("host")
            and other.facts.get("began_at", 0) > each.seen_at.timestamp() - ALIVE.total_seconds()
            for other in alive
        )
        if not any(heir):
            found.append(each)
    return found


_PROMISED = tuple(name for service in SERVICES if not service.looks for name in service.classes)


def _by_interval(slots: Sequence[Golden], begin: datetime) -> list[list[Golden] | None]:
    """The promised classes of each interval; None where no process reported anything."""
    found: list[list[Golden] | None] = [None] * SPAN
    for each in slots:
        place = round((each.at - begin) / STEP)
        if 0 <= place < SPAN:
            row = found[place] if found[place] is not None else []
            found[place] = row
            if row is not None and each.class_name in _PROMISED:
                row.append(each)
    return found


def _latency(slots: Sequence[Golden], begin: datetime) -> Curve:
    return Curve([_p95(row) if row else None for row in _by_interval(slots, begin)], aim=0.3)


def _p95(rows: Sequence[Golden]) -> float | None:
    return max((row.p95 for row in rows if row.p95 is not None and row.ok >= _ENOUGH), default=None)


_ENOUGH = 5  # answers of a class in an interval, for its 95th percentile to say anything


def _traffic(slots: Sequence[Golden], begin: datetime) -> Curve:
    return Curve([None if row is None else sum(each.per_second for each in row) for row in _by_interval(slots, begin)])


def _errors(slots: Sequence[Golden], begin: datetime) -> Curve:
    values = []
    for row in _by_interval(slots, begin):
        asked = sum(each.ok + each.failed for each in row or ())
        values.append(sum(each.failed for each in row or ()) / asked if asked else None)
    return Curve(values, aim=0.001)


def _waiting(waited: Mapping[str, Sequence[tuple[datetime, float]]], begin: datetime) -> Curve:
    values: list[float | None] = [None] * SPAN
    for name in ("events_oldest_seconds", "jobs_oldest_due_seconds"):
        for at, highest in waited.get(name, ()):
            place = round((at - begin) / STEP)
            if 0 <= place < SPAN:
                values[place] = max(values[place] or 0.0, highest)
    return Curve(values, aim=LATE_EVENTS)


def tone_of(budget: Budget) -> str:
    """Bad when it is spent or burns as fast as pages somebody, warn when it is behind where it should stand."""
    fast = any(
        (budget.burn.get(_WINDOW[alert.long]) or 0.0) >= alert.rate
        and (budget.burn.get(_WINDOW[alert.short]) or 0.0) >= alert.rate
        for alert in PAGES
    )
    if budget.left < 0 or fast:
        return "bad"
    return "" if budget.is_on_course else "warn"


_WINDOW = {minutes: name for name, minutes in WINDOWS.items()}
