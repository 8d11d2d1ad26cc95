"""When loading fails, or the store does: what is kept rather than an error, and nobody asks in vain again and again."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import structlog
from structlog.testing import capture_logs

from scholr.kernel.errors import Invalid
from scholr.platform.cache import loading
from scholr.platform.cache.facade import Cache
from scholr.platform.cache.region import Region
from scholr.platform.db.errors import DatabaseUnreachable
from scholr.platform.resilience.breaker import BreakerState
from scholr.platform.resilience.guard import Guard
from scholr.platform.resilience.policy import POLICIES, Dependency
from scholr.platform.valkey import open_valkey
from tests.platform.cache.loaders import NUMBERS, TENANT, Counter, Open, view
from tests.support.clock import MovableClock
from tests.support.valkey import BREAKER_PAUSE, RunningValkey, running_valkey, valkey_store

BRIEF: Region[int] = Region(name="brief", holds=int, fresh=10, rescue=100, load_seconds=0.2)


async def test_an_outage_shows_what_is_kept_and_then_an_error(cache: Cache, clock: MovableClock) -> None:
    load = Counter()
    kept_at = clock.now()
    await cache.get(NUMBERS, TENANT, "k", load)
    load.error = DatabaseUnreachable()
    for seconds in (30, 60):
        clock.advance(timedelta(seconds=seconds))
        found = await cache.get(NUMBERS, TENANT, "k", load)
        assert (found.value, found.is_rescued) == (1, True)
        assert abs(found.kept_at - kept_at) < timedelta(milliseconds=1)
    with pytest.raises(DatabaseUnreachable):
        await cache.get(NUMBERS, TENANT, "another", load)
    clock.advance(timedelta(seconds=11))
    with pytest.raises(DatabaseUnreachable):
        await cache.get(NUMBERS, TENANT, "k", load)
    assert view(cache).rescues == 2


async def test_after_a_failure_nobody_tries_for_a_moment_and_then_it_recovers(
    opened: Open, clock: MovableClock
) -> None:
    cache, load = opened(hold_off=0.3), Counter()
    await cache.get(NUMBERS, TENANT, "k", load)
    clock.advance(timedelta(seconds=30))
    load.error = DatabaseUnreachable()
    for _ in range(50):
        assert (await cache.get(NUMBERS, TENANT, "k", load)).is_rescued
    assert load.calls == 2
    load.error = None
    await asyncio.sleep(0.35)
    found = await cache.get(NUMBERS, TENANT, "k", load)
    assert (found.value, found.is_rescued) == (3, False)


async def test_what_is_stale_is_shown_while_loading_fails_in_the_background(opened: Open, clock: MovableClock) -> None:
    cache, load = opened(hold_off=5), Counter()
    await cache.get(NUMBERS, TENANT, "k", load)
    load.error = DatabaseUnreachable()
    clock.advance(timedelta(seconds=12))
    assert (await cache.get(NUMBERS, TENANT, "k", load)).value == 1
    await asyncio.sleep(0.03)
    found = await cache.get(NUMBERS, TENANT, "k", load)
    assert (found.value, found.is_rescued, load.calls) == (1, True, 2)


async def test_an_outage_is_told_now_and_then_and_not_for_each_load(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = Counter()
    load.error = DatabaseUnreachable()

    async def fail_for(people: int) -> None:
        for number in range(people):
            with pytest.raises(DatabaseUnreachable):
                await cache.get_fresh(NUMBERS, TENANT, f"k{number}", load)

    with capture_logs() as lines:
        monkeypatch.setattr(loading, "log", structlog.get_logger())  # the module's own may have been bound before
        await fail_for(50)
        assert [(line["event"], line["region"]) for line in lines] == [("could not load", NUMBERS.name)]
        monkeypatch.setattr(loading, "_TELL_EVERY", 0.0)
        await fail_for(2)
    assert len(lines) == 3
    assert view(cache).load_errors == 52


async def test_a_refusal_or_a_bug_comes_through_and_is_not_kept(cache: Cache, clock: MovableClock) -> None:
    load = Counter()
    await cache.get(NUMBERS, TENANT, "k", load)
    clock.advance(timedelta(seconds=30))
    for error in (Invalid("no"), KeyError("a bug")):
        load.error = error
        with pytest.raises(type(error)):
            await cache.get(NUMBERS, TENANT, "k", load)
    load.error = None
    assert (await cache.get(NUMBERS, TENANT, "k", load)).value == 4


async def test_a_load_that_hangs_ends_and_counts_as_an_outage(opened: Open, clock: MovableClock) -> None:
    cache, load = opened(hold_off=5), Counter()
    await cache.get(BRIEF, TENANT, "k", load)
    clock.advance(timedelta(seconds=30))
    load.slow = 60
    begun = asyncio.get_running_loop().time()
    for _ in range(20):
        assert (await cache.get(BRIEF, TENANT, "k", load)).is_rescued
    assert asyncio.get_running_loop().time() - begun < 1, "only the first waited for it"
    assert (load.calls, view(cache).load_errors) == (2, 1)


async def test_without_its_store_a_process_keeps_for_itself_and_loads_once(clock: MovableClock) -> None:
    with running_valkey() as valkey:
        cache, load = Cache(clock, valkey_store(valkey)), Counter(slow=0.1)
        await cache.get(NUMBERS, TENANT, "k", load)
        valkey.server.stop()
        found = await asyncio.gather(*(cache.get(NUMBERS, TENANT, "k", load) for _ in range(200)))
        assert {each.value for each in found} == {2}
        assert (await cache.get(NUMBERS, TENANT, "k", load)).value == 2
        assert load.calls == 2
        assert view(cache).store_errors > 0
        valkey.server.start()
        await asyncio.sleep(BREAKER_PAUSE)
        assert (await cache.get(NUMBERS, TENANT, "k", load)).value == 3, "the new server knows nothing"
        await cache.close()


async def test_our_own_crowd_does_not_make_a_slow_store_a_broken_one(valkey: RunningValkey) -> None:
    """Each answer takes less than the half of what it may; who has to wait for a connection stands in our own line."""
    client = open_valkey(valkey.url)
    guard = Guard(Dependency.CACHE, replace(POLICIES[Dependency.CACHE], timeout=0.6))

    async def slow_answer() -> object:
        return await client.execute_command("BLPOP", "nothing is here", 0.25)

    await asyncio.gather(*(guard.call(slow_answer) for _ in range(80)), return_exceptions=True)
    state = guard.snapshot()
    assert (state.failures, state.breaker) == (0, BreakerState.CLOSED)
    assert state.refused_full > 0
    await client.aclose(close_connection_pool=True)
