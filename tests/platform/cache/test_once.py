"""One load for all who wait, whoever of them goes away."""

import asyncio
import secrets
from collections.abc import Callable
from datetime import timedelta

from scholr.platform.cache.facade import Cache
from scholr.platform.cache.loading import CacheBusy
from scholr.platform.cache.region import Region
from scholr.platform.resilience.deadline import Deadline, remaining
from tests.platform.cache.loaders import NUMBERS, TENANT, Counter, Open, view
from tests.support.clock import MovableClock
from tests.support.valkey import RunningValkey, valkey_store


async def test_a_thousand_who_come_at_once_load_once(cache: Cache) -> None:
    load = Counter(slow=0.1)
    found = await asyncio.gather(*(cache.get(NUMBERS, TENANT, "k", load) for _ in range(1000)))
    assert {each.value for each in found} == {1}
    assert load.calls == 1
    assert view(cache).waits >= 900


async def test_a_thousand_in_two_processes_load_once_at_the_moment_of_expiry(
    two_processes: Callable[[], tuple[Cache, Cache]], clock: MovableClock
) -> None:
    one, two = two_processes()
    load = Counter(slow=0.1)
    for step in (timedelta(), timedelta(seconds=12), timedelta(seconds=101)):  # never there, stale, gone
        clock.advance(step)
        before = load.calls
        await asyncio.gather(*(each.get(NUMBERS, TENANT, "k", load) for each in (one, two) for _ in range(500)))
        await asyncio.sleep(0.4)
        assert load.calls == before + 1, step
        assert (await two.get(NUMBERS, TENANT, "k", load)).value == before + 1
    await one.close()
    await two.close()


async def test_a_first_caller_who_goes_away_fails_nobody(cache: Cache) -> None:
    load = Counter(slow=0.2)
    first = asyncio.create_task(cache.get(NUMBERS, TENANT, "k", load))
    await asyncio.sleep(0.05)
    others = [asyncio.create_task(cache.get(NUMBERS, TENANT, "k", load)) for _ in range(10)]
    await asyncio.sleep(0.05)
    first.cancel()
    found = await asyncio.gather(first, *others, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert [each.value for each in found[1:] if not isinstance(each, BaseException)] == [1] * 10
    assert load.calls == 1


async def test_a_first_caller_whose_time_is_over_fails_nobody(cache: Cache) -> None:
    left: list[float | None] = []

    async def load() -> int:
        await asyncio.sleep(0.2)
        left.append(remaining())
        return 1

    async def hurried() -> None:
        async with Deadline(0.1):
            await cache.get(NUMBERS, TENANT, "k", load)

    first = asyncio.create_task(hurried())
    await asyncio.sleep(0.05)
    assert (await cache.get(NUMBERS, TENANT, "k", load)).value == 1
    assert isinstance((await asyncio.gather(first, return_exceptions=True))[0], TimeoutError)
    assert left == [None]


async def test_a_load_that_nobody_waits_for_any_more_is_kept_all_the_same(cache: Cache) -> None:
    load = Counter(slow=0.1)
    only = asyncio.create_task(cache.get(NUMBERS, TENANT, "k", load))
    await asyncio.sleep(0.05)
    only.cancel()
    await asyncio.sleep(0.2)
    assert (await cache.get(NUMBERS, TENANT, "k", load)).value == 1
    assert load.calls == 1


async def test_a_holder_that_was_killed_blocks_for_no_longer_than_a_load(
    valkey: RunningValkey, clock: MovableClock
) -> None:
    prefix, load = f"{secrets.token_hex(4)}:", Counter()
    survivor = Cache(clock, valkey_store(valkey, prefix=prefix))
    # As kill -9 leaves it: the lease stands, and nobody will ever release it.
    killed = valkey_store(valkey, prefix=prefix)
    place = survivor._shelves.place(NUMBERS, TENANT, "k", ())
    assert await killed.lease(f"lease:{place.key}", "the dead", NUMBERS.load_seconds)
    begun = asyncio.get_running_loop().time()
    assert (await survivor.get(NUMBERS, TENANT, "k", load)).value == 1
    assert 0.5 < asyncio.get_running_loop().time() - begun < 1.5
    assert load.calls == 1
    await killed.close()
    await survivor.close()


async def test_loads_wait_for_their_turn_and_are_refused_when_it_does_not_come(opened: Open) -> None:
    few: Region[int] = Region(name="few", holds=int, fresh=10, load_seconds=1, most_loads=2)
    cache = opened(patience=0.1)
    slow, going_on, most = 0.05, 0, 0

    async def load() -> int:
        nonlocal going_on, most
        going_on += 1
        most = max(most, going_on)
        await asyncio.sleep(slow)
        going_on -= 1
        return 1

    await asyncio.gather(*(cache.get(few, TENANT, f"a{n}", load) for n in range(4)))
    assert most == 2
    slow = 0.5
    found = await asyncio.gather(*(cache.get(few, TENANT, f"b{n}", load) for n in range(4)), return_exceptions=True)
    assert sum(isinstance(each, CacheBusy) for each in found) == 2
    assert view(cache).refused == 2
