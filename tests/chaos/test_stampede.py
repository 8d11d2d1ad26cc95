"""A thousand people at the moment when what they all want expires; and the database stopped while they read on."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from itertools import repeat

import pytest
from benchmarks.load import Outcome, drive, request

from scholr.contexts.catalog.queries import kept
from scholr.platform.valkey import open_valkey
from tests.chaos.report import Report
from tests.chaos.world import World, world
from tests.support.valkey import RunningValkey, running_valkey

PEOPLE = 1000
ENTRY = "scholr:c1:catalog.shelves:*"
LOADS = b"group by 1, 2, 3"
"""Stands in one statement only, and once in each load of the catalogue's page."""
AS_IT_WAS = b"This page is as it was at"
STOPPED_SECONDS = 10.0
BACK_WITHIN_SECONDS = 10.0

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Burst:
    """`loads` is how often the database was asked for the page, counted in its own log."""

    loads: int
    statuses: Counter[int]
    p50_ms: float
    p99_ms: float

    @property
    def summary(self) -> str:
        answers = ", ".join(f"{count} × {status}" for status, count in sorted(self.statuses.items()))
        return f"{self.loads} load, {answers}, p50 / p99 {self.p50_ms:.0f} / {self.p99_ms:.0f} ms"


def catalogue(deployed: World) -> bytes:
    return request("GET", "/catalogue", headers={"cookie": deployed.session, "accept": "text/html"})


def one(deployed: World, message: bytes) -> Outcome:
    return drive(deployed.port, iter([message]), connections=1, seconds=30, keep_bodies=True)


def burst(deployed: World, people: int = PEOPLE) -> Burst:
    """So many people, each on a connection of their own, each once."""
    before = loads_so_far(deployed)
    outcome = drive(deployed.port, repeat(catalogue(deployed), people), connections=people, seconds=60)
    time.sleep(1.0)  # a load that goes on beside the answers ends
    return Burst(loads_so_far(deployed) - before, outcome.statuses, outcome.percentile(0.5), outcome.percentile(0.99))


def loads_so_far(deployed: World) -> int:
    """Parameters are left out: the process's own figures name slow statements by their text."""
    logs = (deployed.postgres.directory / "log").glob("*.log")
    lines = (line for path in logs for line in path.read_bytes().splitlines())
    return sum(LOADS in line and b" DETAIL: " not in line for line in lines)


def let_the_database_log(deployed: World) -> None:
    deployed.deployment.execute("alter system set log_statement = 'all'")
    deployed.deployment.execute("select pg_reload_conf()")
    time.sleep(0.5)


def forget(valkey: RunningValkey) -> int:
    """As if its time were over: the shared entry is gone; returns how many there were."""

    async def delete() -> int:
        client = open_valkey(valkey.url)
        keys = [key async for key in client.scan_iter(ENTRY)]
        for key in keys:
            await client.delete(key)
        await client.aclose(close_connection_pool=True)
        return len(keys)

    return asyncio.run(delete())


def test_a_thousand_at_the_moment_of_expiry_are_one_load(report: Report) -> None:
    with running_valkey() as valkey, world(variables={"SCHOLR_VALKEY_URL": valkey.url}) as deployed:
        let_the_database_log(deployed)
        first = loads_so_far(deployed)
        one(deployed, catalogue(deployed))
        assert loads_so_far(deployed) == first + 1, "the log counts a load"
        kept_entries = forget(valkey)
        gone = burst(deployed)
        time.sleep(kept.FRESH + 1.0)
        stale = burst(deployed)
        fresh = burst(deployed)
    assert kept_entries == 1
    with report.drill("stampede, two processes, one Valkey") as drill:
        for name, found, asked in (("gone", gone, 1), ("stale", stale, 1), ("fresh", fresh, 0)):
            served = found.statuses[200] + found.statuses[503] == PEOPLE
            held = found.loads == asked and served
            drill.note(f"{PEOPLE} at once, the entry is {name}", found.summary, f"{asked} load", held=held)


def test_the_database_stops_and_people_read_on(report: Report) -> None:
    with world() as deployed:
        page, home = catalogue(deployed), request("GET", "/learn", headers={"cookie": deployed.session})
        ask_ready = request("GET", "/health/ready")
        for _ in range(20):  # both processes have the page, and have seen the session and the schema
            one(deployed, page)
            one(deployed, ask_ready)
        deployed.postgres.stop()
        shown = drive(deployed.port, repeat(page), connections=4, seconds=STOPPED_SECONDS, keep_bodies=True)
        elsewhere = drive(deployed.port, repeat(home, 20), connections=2, seconds=10)
        ready = dict(one(deployed, ask_ready).statuses)
        deployed.postgres.start()
        back = seconds_until_new(deployed, page)
    as_it_was = sum(AS_IT_WAS in body for body in shown.bodies)
    with report.drill("database stopped") as drill:
        found = (
            f"{as_it_was} of {shown.count} as they were, {dict(shown.statuses)}, p99 {shown.percentile(0.99):.0f} ms"
        )
        drill.note(f"the catalogue for {STOPPED_SECONDS:.0f} s", found, "all", held=as_it_was == shown.count > 0)
        others = dict(elsewhere.statuses)
        drill.note("the home meanwhile", f"{others}", "503", held=set(others) == {503})
        drill.note("readiness meanwhile", f"{ready}", "200", held=set(ready) == {200})
        held = back <= BACK_WITHIN_SECONDS
        drill.note("new again after its start", f"{back:.1f} s", f"≤ {BACK_WITHIN_SECONDS:.0f} s", held=held)


def seconds_until_new(deployed: World, page: bytes) -> float:
    begun = time.monotonic()
    while time.monotonic() - begun < 60:
        answer = one(deployed, page)
        if answer.statuses[200] and AS_IT_WAS not in answer.bodies[0]:
            return time.monotonic() - begun
        time.sleep(0.2)
    return float("inf")
