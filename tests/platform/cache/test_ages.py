"""How old what is shown may be: fresh, stale while it is loaded again, gone when there is too much."""

import asyncio
from datetime import timedelta

from scholr.platform.cache.facade import Cache
from tests.platform.cache.loaders import NUMBERS, TENANT, Counter, view
from tests.support.clock import MovableClock


async def test_what_was_loaded_is_kept_while_it_is_fresh(cache: Cache, clock: MovableClock) -> None:
    load = Counter()
    for _ in range(3):
        assert (await cache.get(NUMBERS, TENANT, "k", load)).value == 1
    clock.advance(timedelta(seconds=8.9))
    assert (await cache.get(NUMBERS, TENANT, "k", load)).value == 1
    assert (view(cache).hits, view(cache).misses, view(cache).loads) == (3, 1, 1)


async def test_what_has_gone_stale_is_shown_while_it_is_loaded_again(cache: Cache, clock: MovableClock) -> None:
    load = Counter()
    await cache.get(NUMBERS, TENANT, "k", load)
    clock.advance(timedelta(seconds=12))
    assert (await cache.get(NUMBERS, TENANT, "k", load)).value == 1
    await asyncio.sleep(0.1)
    assert (await cache.get(NUMBERS, TENANT, "k", load)).value == 2
    clock.advance(timedelta(seconds=21))
    assert (await cache.get(NUMBERS, TENANT, "k", load)).value == 3, "too old to be shown while it can be loaded"
    assert view(cache).stale_hits == 1


async def test_the_time_is_jittered_and_never_longer_than_declared(cache: Cache, clock: MovableClock) -> None:
    load = Counter()
    for moment, least, most in ((8.9, 0, 0), (9.5, 1, 39), (10.0, 40, 40)):
        keys = [f"{moment} {n}" for n in range(40)]
        for key in keys:
            await cache.get(NUMBERS, TENANT, key, load)
        before = view(cache).stale_hits
        clock.advance(timedelta(seconds=moment))
        for key in keys:
            await cache.get(NUMBERS, TENANT, key, load)
        assert least <= view(cache).stale_hits - before <= most, moment


async def test_what_was_kept_in_the_future_is_not_believed(cache: Cache, clock: MovableClock) -> None:
    """A clock that was an hour ahead and was set right would otherwise keep everything for that hour."""
    load = Counter()
    clock.advance(timedelta(hours=1))
    await cache.get(NUMBERS, TENANT, "k", load)
    clock.advance(-timedelta(hours=1))
    assert (await cache.get(NUMBERS, TENANT, "k", load)).value == 2


async def test_that_there_is_nothing_is_remembered_for_a_shorter_time(cache: Cache, clock: MovableClock) -> None:
    calls = 0

    async def nothing() -> int | None:
        nonlocal calls
        calls += 1
        return None

    for _ in range(3):
        assert (await cache.get(NUMBERS, TENANT, "k", nothing)).value is None
    assert (calls, view(cache).negative_hits) == (1, 2)
    clock.advance(timedelta(seconds=5.1))
    await cache.get(NUMBERS, TENANT, "k", nothing)
    assert calls == 2


async def test_memory_of_a_region_is_bounded(clock: MovableClock) -> None:
    cache, load = Cache(clock), Counter()
    for n in range(200):
        await cache.get(NUMBERS, TENANT, str(n), load)
    assert (view(cache).entries, view(cache).evictions) == (50, 150)
    await cache.close()
