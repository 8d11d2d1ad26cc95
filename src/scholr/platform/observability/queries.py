"""What operators are shown, from the deployment's own figures: frozen views, no further stack needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from scholr.platform.cache.region import Region
from scholr.platform.db.statement import DefinerCall
from scholr.platform.observability.objectives import OBJECTIVES, WINDOWS, Objective
from scholr.platform.observability.signals import BOUNDS
from scholr.platform.runtime import Platform

_SLOTS = DefinerCall("platform_signal_slots", 3)
_SPANS = DefinerCall("platform_signal_spans", 2)
_PROCESSES = DefinerCall("platform_signal_processes", 1)
_STATEMENTS = DefinerCall("platform_signal_statements", 1)
_QUEUES = DefinerCall("platform_signal_queues", 2)
_BACKLOG = DefinerCall("platform_backlog", 1)

ALIVE = timedelta(seconds=35)
"""A process that has said nothing for this long is not shown: three reports missed."""


@dataclass(frozen=True, slots=True)
class Golden:
    """Traffic, errors and latency of one class over `span` seconds from `at`. Quantiles are seconds, of what went well,
    and the upper ends of buckets; None where nothing was asked."""

    at: datetime
    class_name: str
    span: float
    ok: int
    refused: int
    failed: int
    mean: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    buckets: tuple[int, ...] = ()

    @property
    def per_second(self) -> float:
        return (self.ok + self.refused + self.failed) / self.span

    @property
    def failed_share(self) -> float:
        return self.failed / asked if (asked := self.ok + self.failed) else 0.0


@dataclass(frozen=True, slots=True)
class Budget:
    """One objective in this calendar month. `left` is the share of the month's budget that is left (below zero: spent
    more than there was), `expected` where it would stand if it were spent evenly. `burn` is by window how many times
    faster than evenly it goes; None where there was nothing to judge by."""

    objective: Objective
    good: int
    total: int
    left: float
    expected: float
    burn: Mapping[str, float | None]

    @property
    def is_on_course(self) -> bool:
        return self.left >= self.expected


@dataclass(frozen=True, slots=True)
class ProcessView:
    """`facts["sources"]` holds each capability's snapshot (pool, dependencies with their breakers, and so on)."""

    id: UUID
    service: str
    seen_at: datetime
    facts: Mapping[str, Any]

    def source(self, name: str) -> Any:
        return self.facts.get("sources", {}).get(name)


@dataclass(frozen=True, slots=True)
class SlowStatement:
    """`seconds` in all, as the program waited for it; `sql` is empty for what begins and ends transactions."""

    name: str
    sql: str
    calls: int
    failed: int
    seconds: float
    longest: float

    @property
    def mean(self) -> float:
        return self.seconds / self.calls if self.calls else 0.0


@dataclass(frozen=True, slots=True)
class ServerStatement:
    """As the server itself counts it (pg_stat_statements); milliseconds."""

    sql: str
    calls: int
    total_ms: float
    mean_ms: float
    rows: int


async def golden_signals(platform: Platform, *, over: timedelta, until: datetime | None = None) -> list[Golden]:
    """Each class over the last `over`, as one."""
    until = until or platform.clock.now()
    seconds = int(over.total_seconds())
    rows = await platform.db.ask(_SPANS, until, [seconds])
    return [_golden(until - over, seconds, row) for row in rows]


async def strip(platform: Platform, *, intervals: int = 12, step: timedelta = timedelta(minutes=5)) -> list[Golden]:
    """The last `intervals` steps, oldest first; a class without traffic in a step has no entry for it."""
    until = platform.clock.now()
    rows = await platform.db.ask(_SLOTS, until - intervals * step, until, step)
    return [_golden(row["at"], step.total_seconds(), row) for row in rows]


async def budgets(platform: Platform) -> list[Budget]:
    """Every objective, in the order of the table, at most a minute old. No statement while the sums are kept: they
    take the database longest of all that operators are shown, and hardly move in that time."""
    now = platform.clock.now()
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    load = partial(_sums, platform, month)
    found = (await platform.cache.get(_SUMS, None, f"{month:%Y-%m}", load)).value
    counted = found.spans if found is not None else {}
    elapsed = max((now - month).total_seconds(), 1.0) / (_next_month(month) - month).total_seconds()
    return [_budget(objective, counted, elapsed) for objective in OBJECTIVES]


_MONTH = 0  # stands for the span from the month's beginning


@dataclass(frozen=True, slots=True)
class Counted:
    """One class over a span."""

    class_name: str
    ok: int
    failed: int
    buckets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sums:
    """By length in seconds, 0 for the month so far."""

    spans: dict[int, list[Counted]]


_SUMS = Region(name="observability.sums", holds=Sums, fresh=20, stale=40, is_global=True, most_entries=4, most_loads=1)


async def _sums(platform: Platform, month: datetime) -> Sums:
    now = platform.clock.now()
    so_far = max(int((now - month).total_seconds()), 1)
    windows = [minutes * 60 for minutes in WINDOWS.values()]
    found: dict[int, list[Counted]] = {span: [] for span in (so_far, *windows)}
    for row in await platform.db.ask(_SPANS, now, sorted(found)):
        found[row["span"]].append(Counted(row["class"], row["ok"], row["failed"], tuple(row["buckets"])))
    return Sums({**{span: found[span] for span in windows}, _MONTH: found[so_far]})


async def processes(platform: Platform, *, heard_within: timedelta = ALIVE) -> list[ProcessView]:
    """Those that are alive, by service; the deployment's queues are not among them. With a longer `heard_within`
    also those that fell silent."""
    rows = await platform.db.ask(_PROCESSES, platform.clock.now() - heard_within)
    found = [
        ProcessView(row["process"], row["service"], row["at"], row["facts"])
        for row in rows
        if row["service"] != "deployment"
    ]
    return sorted(found, key=lambda each: (each.service, each.id))


async def backlog(platform: Platform) -> Mapping[str, float]:
    """The queues now: events, deliveries, jobs, mail, workers; counts stop at ten thousand."""
    rows = await platform.db.ask(_BACKLOG, platform.clock.now())
    return msgspec.convert(rows[0][0], dict[str, float])


async def queues(
    platform: Platform, *, over: timedelta = timedelta(hours=1), step: timedelta = timedelta(minutes=5)
) -> dict[str, list[tuple[datetime, float]]]:
    """By name of `backlog`: the highest value of each step, oldest first."""
    found: dict[str, list[tuple[datetime, float]]] = {}
    for row in await platform.db.ask(_QUEUES, platform.clock.now() - over, step):
        found.setdefault(row["name"], []).append((row["at"], row["highest"]))
    return found


async def slow_statements(platform: Platform, *, over: timedelta = timedelta(hours=1)) -> list[SlowStatement]:
    """What the processes waited for longest in all, at most 50; kept for four hours (`tidying.FINE`)."""
    rows = await platform.db.ask(_STATEMENTS, platform.clock.now() - over)
    return [SlowStatement(*row.values()) for row in rows]


_SERVER_STATEMENTS = """
select left(query, 600), calls, total_exec_time, mean_exec_time, rows from pg_stat_statements
where dbid = (select oid from pg_database where datname = current_database())
order by total_exec_time desc limit $1
"""


async def server_statements(platform: Platform, *, limit: int = 20) -> list[ServerStatement] | None:
    """The server's own count of what this login sent; None where it does not count."""
    async with platform.db.read(None) as rx:
        if not await rx.raw.fetchval("select to_regclass('pg_stat_statements') is not null"):
            return None
        try:
            rows = await rx.raw.fetch(_SERVER_STATEMENTS, limit)
        except asyncpg.ObjectNotInPrerequisiteStateError:  # installed here, and not loaded by the server
            return None
    return [ServerStatement(*row.values()) for row in rows]


def quantile(buckets: Sequence[int], share: float) -> float | None:
    """The upper end of the bucket that holds it; what is in the last one counts as its lower end."""
    total = sum(buckets)
    if not total:
        return None
    seen = 0
    for place, count in enumerate(buckets):
        seen += count
        if seen >= share * total:
            return BOUNDS[min(place, len(BOUNDS) - 1)]
    return BOUNDS[-1]


def _golden(at: datetime, span: float, row: asyncpg.Record) -> Golden:
    ok, buckets = row["ok"], row["buckets"]
    mean = row["seconds"] / ok if ok else None
    p50, p95, p99 = (quantile(buckets, share) for share in (0.5, 0.95, 0.99))
    return Golden(at, row["class"], span, ok, row["refused"], row["failed"], mean, p50, p95, p99, tuple(buckets))


def _budget(objective: Objective, counted: Mapping[int, Sequence[Counted]], elapsed: float) -> Budget:
    good, total = _counted(objective, counted.get(_MONTH, ()))
    spent = (total - good) * elapsed / (objective.budget * total) if total else 0.0
    burn = {name: _burn(objective, counted.get(minutes * 60, ())) for name, minutes in WINDOWS.items()}
    return Budget(objective, good, total, 1.0 - spent, 1.0 - elapsed, burn)


def _burn(objective: Objective, rows: Sequence[Counted]) -> float | None:
    good, total = _counted(objective, rows)
    return (total - good) / total / objective.budget if total else None


def _counted(objective: Objective, rows: Sequence[Counted]) -> tuple[int, int]:
    found = [objective.count(row.ok, row.failed, row.buckets) for row in rows if row.class_name in objective.of]
    return sum(good for good, _all in found), sum(every for _good, every in found)


def _next_month(first: datetime) -> datetime:
    return first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
