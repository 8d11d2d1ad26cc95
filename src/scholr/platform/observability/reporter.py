"""Writing down, every few seconds, what this process counted: the deployment's own figures, and OTLP's metrics."""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import structlog

from scholr import __version__
from scholr.kernel.errors import DomainError
from scholr.kernel.ids import new_id
from scholr.platform.db.database import Database
from scholr.platform.db.statement import DefinerCall
from scholr.platform.db.timing import StatementTimes, StatementView
from scholr.platform.mail.port import NoMailer
from scholr.platform.observability.exposition import as_mapping, families
from scholr.platform.observability.route_class import EVENTS, MAIL
from scholr.platform.observability.signals import BOUNDS, ClassCount, Signals
from scholr.platform.runtime import Platform

log = structlog.get_logger("scholr.signals")

LAG_EVERY = 0.5
TOP_STATEMENTS = 20
TOP_ORGANIZATIONS = 20
_LONGEST_SQL = 600
_FLUSH = DefinerCall("platform_signal_flush", 5)
_TROUBLE = (DomainError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


_Statement = tuple[int, str, str]
"""The login's place among those that are told of, the name, the text: each login counts `begin` by itself, and the few
digits in a name tell most texts apart, not all."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A class's counts as they were when they were last written down."""

    ok: int = 0
    refused: int = 0
    failed: int = 0
    seconds: float = 0.0
    buckets: tuple[int, ...] = (0,) * (len(BOUNDS) + 1)


class Reporter:
    """`databases` are those whose statements are told, with their replicas; what could not be written goes with the
    next time."""

    def __init__(self, platform: Platform, databases: tuple[Database, ...], *, interval: float = 10.0) -> None:
        self._platform = platform
        self._signals = platform.signals
        self._times = _times_of(databases)
        self._interval = interval
        self._process = new_id()
        self._seen: dict[str, _Seen] = {}
        self._statements: dict[_Statement, tuple[int, int, float]] = {}
        self._tenants: dict[str, tuple[int, int, int, float]] = {}
        self._failing = False
        self._ended = False

    async def run(self) -> None:
        """Until it is cancelled; the last figures are written then, if that goes at once."""
        try:
            while True:
                await asyncio.sleep(self._interval)
                await self._flush_whatever_breaks()
        finally:
            self._ended = True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await self.flush()

    async def _flush_whatever_breaks(self) -> None:
        try:
            await self.flush()
        except Exception:  # the boundary of every capability's snapshot: a defect in one must not end all figures
            self._signals.flush_failures += 1
            if not self._failing:
                log.exception("figures could not be told")
            self._failing = True

    async def flush(self) -> bool:
        """Write down what was counted since the last time; False when that did not work. Never raises for trouble.

        A collector is told in any case: whoever listens there wants to see above all what the database cannot keep.
        """
        try:
            return await self._keep()
        finally:
            if self._signals.telemetry is not None:
                self._signals.telemetry.metrics(families(self._signals))

    async def _keep(self) -> bool:
        now = self._platform.clock.now()
        classes, after = self._differences()
        statements, statements_after = self._slowest()
        tenants, tenants_after = self._busiest()
        facts = {**self._facts(), "statements": statements, "organizations": tenants}
        try:
            backlog = await self._write(now, facts, classes)
        except _TROUBLE as error:
            self._note_failure(error)
            return False
        self._seen.update(after)
        self._statements.update(statements_after)
        self._tenants = tenants_after
        self._failing = False
        self._look_at(backlog)
        self._signals.most_in_flight = self._signals.in_flight
        self._signals.most_loop_lag = 0.0
        return True

    async def _write(self, now: datetime, facts: dict[str, Any], classes: list[dict[str, Any]]) -> dict[str, float]:
        arguments = (now, self._process, self._signals.service, _json(facts), _json(classes))
        rows = await self._platform.db.ask(_FLUSH, *arguments)
        return msgspec.convert(rows[0][0], dict[str, float])

    def _look_at(self, backlog: dict[str, float]) -> None:
        """A look at the queues is an observation like an answer: how long has the oldest waited?"""
        self._signals.backlog = backlog
        self._signals.of_class(EVENTS).add_ok(max(0.0, backlog["events_oldest_seconds"]))
        if not isinstance(self._platform.mailer, NoMailer):
            self._signals.of_class(MAIL).add_ok(max(0.0, backlog["mail_oldest_seconds"]))

    def _differences(self) -> tuple[list[dict[str, Any]], dict[str, _Seen]]:
        rows, after = [], {}
        for name, count in list(self._signals.classes.items()):
            before, now = self._seen.get(name, _Seen()), _seen(count)
            if now == before:
                continue
            after[name] = now
            rows.append(
                {
                    "class": name,
                    "ok": now.ok - before.ok,
                    "refused": now.refused - before.refused,
                    "failed": now.failed - before.failed,
                    "seconds": now.seconds - before.seconds,
                    "buckets": [b - a for a, b in zip(before.buckets, now.buckets, strict=True)],
                }
            )
        return rows, after

    def _slowest(self) -> tuple[list[dict[str, Any]], dict["_Statement", tuple[int, int, float]]]:
        """The statements that took most of the time since the last report, the longest run of each since the start."""
        found: list[tuple[float, StatementView, dict[str, Any]]] = []
        after: dict[_Statement, tuple[int, int, float]] = {}
        for login, view in ((login, view) for login, times in enumerate(self._times) for view in times.snapshot()):
            which = (login, view.name, view.sql)
            calls, failed, seconds = self._statements.get(which, (0, 0, 0.0))
            after[which] = (view.calls, view.failed, view.seconds)
            if view.calls > calls:
                row = {"calls": view.calls - calls, "failed": view.failed - failed, "seconds": view.seconds - seconds}
                found.append((row["seconds"], view, row))
        found.sort(key=lambda each: -each[0])
        top = [
            {"name": view.name, "sql": view.sql[:_LONGEST_SQL], **row, "longest": view.longest}
            for _seconds, view, row in found[:TOP_STATEMENTS]
        ]
        return top, after

    def _busiest(self) -> tuple[list[dict[str, Any]], dict[str, tuple[int, int, int, float]]]:
        """The organisations that were worked for longest since the last report. Ids only."""
        after = self._signals.tenant_totals()
        found = []
        for tenant, now in after.items():
            before = self._tenants.get(tenant, (0, 0, 0, 0.0))
            if any(then > counted for then, counted in zip(before, now, strict=True)):  # forgotten, and counted anew
                before = (0, 0, 0, 0.0)
            if now[0] > before[0]:
                requests, refused, failed = (now[place] - before[place] for place in range(3))
                seconds = now[3] - before[3]
                row = {"tenant": tenant, "requests": requests, "refused": refused, "failed": failed, "seconds": seconds}
                found.append((seconds, row))
        found.sort(key=lambda each: -each[0])
        return [row for _seconds, row in found[:TOP_ORGANIZATIONS]], after

    def _facts(self) -> dict[str, Any]:
        """`sources` holds each capability's snapshot as it is, for pages that show it."""
        signals = self._signals
        return {
            "version": __version__,
            "ended": self._ended,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "began_at": signals.began_at,
            "in_flight": signals.most_in_flight,
            "loop_lag": round(signals.most_loop_lag, 4),
            "memory": _resident_bytes(),
            "folded": signals.folded,
            "sources": {name: _plain(source()) for name, source in signals.sources.items()},
        }

    def _note_failure(self, error: BaseException) -> None:
        self._signals.flush_failures += 1
        if not self._failing:
            log.warning("figures could not be kept; they go with the next", reason=type(error).__name__)
        self._failing = True


async def measure_loop_lag(signals: Signals) -> None:
    """How late this task gets its turn, until it is cancelled."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(LAG_EVERY)
        signals.loop_lag = max(0.0, time.perf_counter() - before - LAG_EVERY)
        signals.most_loop_lag = max(signals.most_loop_lag, signals.loop_lag)


@asynccontextmanager
async def reporting(platform: Platform, *others: Database, interval: float = 10.0) -> AsyncIterator[Reporter]:
    """Report from this process while the block runs. `others` are databases besides the platform's."""
    reporter = Reporter(platform, (platform.db, *others), interval=interval)
    tasks = [asyncio.create_task(reporter.run()), asyncio.create_task(measure_loop_lag(platform.signals))]
    try:
        yield reporter
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if platform.signals.telemetry is not None:
            await asyncio.to_thread(platform.signals.telemetry.shut_down)


def _times_of(databases: Sequence[Database]) -> list[StatementTimes]:
    replicas = (database.replica for database in databases)
    return [*(each.statements for each in databases), *(each.statements for each in replicas if each is not None)]


def _seen(count: ClassCount) -> _Seen:
    return _Seen(count.ok, count.refused, count.failed, count.seconds, tuple(count.buckets))


def _plain(snapshot: Any) -> Any:
    if isinstance(snapshot, (list, tuple)):
        return [_plain(each) for each in snapshot]
    found = as_mapping(snapshot)
    return dict(found) if found else snapshot


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _resident_bytes() -> int:
    """Of this process; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
