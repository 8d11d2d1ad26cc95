"""What a process tells of itself when something around it breaks, and what it must not make up."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from prometheus_client.metrics_core import Metric
from structlog.testing import CapturingLogger

from scholr.platform.observability import otlp, queries, reporter
from scholr.platform.observability.reporter import Reporter, reporting
from scholr.platform.observability.trace import Tracer, TraceSettings
from scholr.platform.runtime import Platform
from tests.support.clock import MovableClock
from tests.support.delivery import worker_db


@asynccontextmanager
async def _pool_is_empty(platform: Platform) -> AsyncIterator[None]:
    """No connection is to be had, and nobody waits for one for long."""
    vars(platform.db._pool._turns)["_patience"] = 0.05
    async with platform.db.read(None), platform.db.read(None), platform.db.read(None):
        yield


@dataclass
class _Told:
    """An exporter that keeps what it is given."""

    metric_pages: list[list[str]] = field(default_factory=list)

    def export(self, *_nothing: object) -> None:
        raise AssertionError("nothing was traced")

    def log(self, *_nothing: object) -> None:
        raise AssertionError("no line was handed over")

    def metrics(self, families: Sequence[Metric]) -> None:
        self.metric_pages.append([family.name for family in families])

    def shut_down(self) -> None:
        pass


async def test_while_the_database_is_away_metrics_are_exported_all_the_same(alone: Platform) -> None:
    told = alone.signals.telemetry = _Told()
    reports = Reporter(alone, (alone.db,))
    async with _pool_is_empty(alone):
        assert not await reports.flush()
    (page,) = told.metric_pages
    assert "scholr_class_requests" in page
    assert "scholr_pool_in_use" in page


async def test_two_logins_statements_of_the_same_name_are_not_taken_for_each_other(
    alone: Platform, clock: MovableClock
) -> None:
    """A worker has two pools: both begin and commit, and send some statements alike."""
    other = await worker_db(alone)
    reports = Reporter(alone, (alone.db, other))
    for _ in range(50):
        async with alone.db.read(None) as rx:
            await rx.raw.fetchval("select 1")
    async with other.read(None) as rx:
        await rx.raw.fetchval("select 1")
    for _ in range(4):
        assert await reports.flush()
        clock.advance(timedelta(seconds=10))
    begun = sum(each.calls for db in (alone.db, other) for each in db.statements.snapshot() if each.name == "begin")
    told = {each.name: each.calls for each in await queries.slow_statements(alone)}
    assert 51 <= told["begin"] <= begun


async def test_a_capability_that_breaks_does_not_end_the_reports(
    alone: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporter, "log", lines := CapturingLogger())
    tries = 0

    def broken() -> object:
        nonlocal tries
        tries += 1
        if tries <= 2:
            raise LookupError("of a defect")
        return {}

    alone.signals.watch("broken", broken)
    async with reporting(alone, interval=0.01):
        for _ in range(500):
            if await queries.processes(alone):
                break
            await asyncio.sleep(0.02)
    assert await queries.processes(alone)
    assert alone.signals.flush_failures == 2
    assert [(each.method_name, each.args) for each in lines.calls] == [("exception", ("figures could not be told",))]


def test_a_collector_that_hangs_holds_no_process_that_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes what is sent and never answers; the SDK by itself waits for half a minute."""
    monkeypatch.setattr(otlp, "TIMEOUT", 0.4)
    with socket.create_server(("127.0.0.1", 0)) as server:
        telemetry = otlp.OtlpTelemetry(f"http://127.0.0.1:{server.getsockname()[1]}", {}, "web")
        tracer = Tracer(telemetry, TraceSettings(ratio=1.0, most_each_second=5000))
        for _ in range(4000):  # eight batches
            with tracer.part("job", "consumer", None):
                pass
        telemetry.log("info", "a line", {}, "", "")
        telemetry.metrics([])
        begun = time.perf_counter()
        telemetry.shut_down()
        assert time.perf_counter() - begun < 2.0
