"""The facade over both stores: once for all, stale rather than an error, nobody else's, nothing after a change."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from scholr.kernel.errors import Invalid
from scholr.kernel.ids import TenantId, new_id
from scholr.platform.cache.facade import Cache
from scholr.platform.cache.figures import RegionView
from scholr.platform.cache.loading import CacheBusy, LoadingSettings
from scholr.platform.cache.region import Region
from scholr.platform.db.errors import DatabaseUnreachable
from scholr.platform.resilience.deadline import Deadline, remaining
from scholr.platform.valkey import open_valkey
from tests.support.clock import MovableClock
from tests.support.valkey import BREAKER_PAUSE, RunningValkey, running_valkey, valkey_store

TENANT, OTHER = TenantId(new_id()), TenantId(new_id())
Open = Callable[..., Cache]


@dataclass(frozen=True, slots=True)
class Page:
    id: UUID
    words: tuple[str, ...]


NUMBERS: Region[int] = Region(
    name="numbers", holds=int, fresh=10, stale=10, rescue=100, negative=5, load_seconds=1, most_entries=50
)


class Counter:
    """A loader that counts its calls and can be slow, or fail."""

    def __init__(self, *, slow: float = 0.0) -> None:
        self.calls = 0
        self.slow = slow
        self.error: Exception | None = None

    async def __call__(self) -> int:
        self.calls += 1
        number = self.calls
        await asyncio.sleep(self.slow)
        if self.error is not None:
            raise self.error
        return number


@pytest.fixture(params=["memory", "valkey"])
async def opened(request: pytest.FixtureRequest, valkey: RunningValkey, clock: MovableClock) -> AsyncIterator[Open]:
    """Opens caches as processes of one deployment do: over one Valkey, or each with its own memory."""
    prefix, caches = f"{secrets.token_hex(4)}:", []

    def make(**settings: float) -> Cache:
        shared = valkey_store(valkey, prefix=prefix) if request.param == "valkey" else None
        cache = Cache(clock, shared, LoadingSettings(**{"hold_off": 0.05, **settings}))
        caches.append(cache)
        return cache

    yield make
    for cache in caches:
        await cache.close()


@pytest.fixture
def cache(opened: Open) -> Cache:
    return opened()


@pytest.fixture
def two_processes(valkey: RunningValkey, clock: MovableClock) -> Callable[[], tuple[Cache, Cache]]:
    def make() -> tuple[Cache, Cache]:
        prefix = f"{secrets.token_hex(4)}:"
        one, two = (Cache(clock, valkey_store(valkey, prefix=prefix)) for _ in range(2))
        return one, two

    return make


def view(cache: Cache) -> RegionView:
    return cache.snapshot()[0]


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
    for n in range(40):
        await cache.get(NUMBERS, TENANT, str(n), load)
    clock.advance(timedelta(seconds=9.5))
    for n in range(40):
        await cache.get(NUMBERS, TENANT, str(n), load)
    assert 0 < view(cache).stale_hits < 40
    clock.advance(timedelta(seconds=0.5))
    before = view(cache).hits
    await asyncio.sleep(0.2)
    for n in range(40, 41):
        await cache.get(NUMBERS, TENANT, str(n), load)
    assert view(cache).hits == before


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


async def test_a_load_that_hangs_ends_and_counts_as_an_outage(cache: Cache, clock: MovableClock) -> None:
    load = Counter()
    await cache.get(NUMBERS, TENANT, "k", load)
    clock.advance(timedelta(seconds=30))
    load.slow = 60
    begun = asyncio.get_running_loop().time()
    assert (await cache.get(NUMBERS, TENANT, "k", load)).is_rescued
    assert asyncio.get_running_loop().time() - begun < 1.5


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


async def test_each_tenant_has_its_own(cache: Cache) -> None:
    mine, theirs = Counter(), Counter()
    theirs.calls = 100
    assert (await cache.get(NUMBERS, TENANT, "k", mine)).value == 1
    assert (await cache.get(NUMBERS, OTHER, "k", theirs)).value == 101
    assert (await cache.get(NUMBERS, TENANT, "k", theirs)).value == 1
    # Keys that spell another tenant's place lead nowhere near it.
    assert (await cache.get(NUMBERS, OTHER, f"{TENANT.hex}:k", theirs)).value == 102


async def test_a_key_without_a_tenant_is_a_bug_unless_the_region_is_global(cache: Cache) -> None:
    everyones: Region[int] = Region(name="everyones", holds=int, fresh=10, is_global=True)
    assert (await cache.get(everyones, None, "k", Counter())).value == 1
    with pytest.raises(ValueError, match="tenant"):
        await cache.get(NUMBERS, None, "k", Counter())
    with pytest.raises(ValueError, match="tenant"):
        await cache.get(everyones, TENANT, "k", Counter())


async def test_a_tag_reaches_every_value_under_it_in_its_tenant_only(cache: Cache) -> None:
    load, other = Counter(), Counter()
    for key in ("a", "b"):
        await cache.get(NUMBERS, TENANT, key, load, tags=("t",))
    await cache.get(NUMBERS, TENANT, "c", load, tags=("another",))
    await cache.get(NUMBERS, OTHER, "a", other, tags=("t",))
    await cache.drop(TENANT, "t")
    assert [(await cache.get(NUMBERS, TENANT, key, load, tags=("t",))).value for key in ("a", "b")] == [4, 5]
    assert (await cache.get(NUMBERS, TENANT, "c", load, tags=("another",))).value == 3
    assert (await cache.get(NUMBERS, OTHER, "a", other, tags=("t",))).value == 1


async def test_a_load_that_began_before_the_change_is_neither_joined_nor_kept(cache: Cache) -> None:
    early, late = Counter(slow=0.2), Counter()
    late.calls = 10
    before = asyncio.create_task(cache.get(NUMBERS, TENANT, "k", early, tags=("t",)))
    await asyncio.sleep(0.05)
    await cache.drop(TENANT, "t")
    after = asyncio.create_task(cache.get(NUMBERS, TENANT, "k", late, tags=("t",)))
    assert (await before).value == 1
    assert (await after).value == 11
    assert (await cache.get(NUMBERS, TENANT, "k", late, tags=("t",))).value == 11


async def test_what_was_changed_is_shown_again_only_during_an_outage(cache: Cache) -> None:
    load = Counter()
    await cache.get(NUMBERS, TENANT, "k", load, tags=("t",))
    await cache.drop(TENANT, "t")
    load.error = DatabaseUnreachable()
    found = await cache.get(NUMBERS, TENANT, "k", load, tags=("t",))
    assert (found.value, found.is_rescued) == (1, True)


async def test_whoever_needs_the_newest_always_loads_and_the_others_get_it_too(cache: Cache) -> None:
    load = Counter()
    assert (await cache.get(NUMBERS, TENANT, "k", load, tags=("t",))).value == 1
    assert (await cache.get_fresh(NUMBERS, TENANT, "k", load, tags=("t",))).value == 2
    assert (await cache.get(NUMBERS, TENANT, "k", load, tags=("t",))).value == 2
    load.error = DatabaseUnreachable()
    assert (await cache.get_fresh(NUMBERS, TENANT, "k", load, tags=("t",))).is_rescued


async def test_one_value_is_forgotten_by_its_key(cache: Cache) -> None:
    load = Counter()
    for key in ("a", "b"):
        await cache.get(NUMBERS, TENANT, key, load)
    await cache.drop_key(NUMBERS, TENANT, "a")
    assert (await cache.get(NUMBERS, TENANT, "a", load)).value == 3
    assert (await cache.get(NUMBERS, TENANT, "b", load)).value == 2


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


async def test_memory_of_a_region_is_bounded(clock: MovableClock) -> None:
    cache, load = Cache(clock), Counter()
    for n in range(200):
        await cache.get(NUMBERS, TENANT, str(n), load)
    assert (view(cache).entries, view(cache).evictions) == (50, 150)
    await cache.close()


async def test_a_declared_type_comes_back_as_it_was(opened: Open) -> None:
    pages: Region[Page] = Region(name="pages", holds=Page, fresh=10)
    page = Page(new_id(), ("a", "ü"))

    async def load() -> Page:
        return page

    one, two = opened(), opened()
    assert (await one.get(pages, TENANT, "k", load)).value == page
    first = await one.get(pages, TENANT, "k", load)
    assert first.value == page
    assert first.digest == (await two.get(pages, TENANT, "k", load)).digest


async def test_what_another_version_kept_is_not_read(valkey: RunningValkey, clock: MovableClock) -> None:
    @dataclass(frozen=True)
    class Newer:
        id: int
        words: tuple[str, ...]

    prefix = f"{secrets.token_hex(4)}:"
    older = Cache(clock, valkey_store(valkey, prefix=prefix))
    newer = Cache(clock, valkey_store(valkey, prefix=prefix))

    async def old() -> Page:
        return Page(new_id(), ())

    async def new() -> Newer:
        return Newer(1, ())

    await older.get(Region(name="pages", holds=Page, fresh=10), TENANT, "k", old)
    found = await newer.get(Region(name="pages", holds=Newer, fresh=10), TENANT, "k", new)
    assert found.value == Newer(1, ())
    for cache in (older, newer):
        await cache.close()


@pytest.mark.parametrize("garbage", [b"", b"\xc1", b"garbage", msgspec.msgpack.encode([1, 2]), bytes(1000)])
async def test_garbage_in_the_store_is_a_miss(valkey: RunningValkey, clock: MovableClock, garbage: bytes) -> None:
    prefix, client, load = f"{secrets.token_hex(4)}:", open_valkey(valkey.url), Counter()
    cache = Cache(clock, valkey_store(valkey, prefix=prefix))
    await cache.get(NUMBERS, TENANT, "k", load)
    async for key in client.scan_iter(f"{prefix}*"):
        await client.set(key, garbage)
    assert (await cache.get(NUMBERS, TENANT, "k", load)).value == 2
    assert view(cache).garbage >= 1
    await client.aclose(close_connection_pool=True)
    await cache.close()


async def test_a_payload_of_another_type_is_a_miss(valkey: RunningValkey, clock: MovableClock) -> None:
    prefix, client, load = f"{secrets.token_hex(4)}:", open_valkey(valkey.url), Counter()
    cache = Cache(clock, valkey_store(valkey, prefix=prefix))
    await cache.get(NUMBERS, TENANT, "k", load)
    async for key in client.scan_iter(f"{prefix}c1:numbers*"):
        stored = await client.get(key)
        assert isinstance(stored, bytes)
        parts = msgspec.msgpack.decode(stored)
        await client.set(key, msgspec.msgpack.encode([*parts[:-1], msgspec.msgpack.encode("no number")]))
    assert (await cache.get(NUMBERS, TENANT, "k", load)).value == 2
    assert view(cache).garbage == 1
    await client.aclose(close_connection_pool=True)
    await cache.close()


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


def test_two_regions_with_one_name_are_a_bug(clock: MovableClock) -> None:
    again: Region[int] = Region(name="numbers", holds=int, fresh=1)
    cache = Cache(clock)
    cache._shelves.place(NUMBERS, TENANT, "k", ())
    with pytest.raises(ValueError, match="two regions"):
        cache._shelves.place(again, TENANT, "k", ())
