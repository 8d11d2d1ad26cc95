"""After a change nobody is shown what was before it, except in an outage."""

import asyncio
import secrets

from redis.asyncio import Redis

from scholr.platform.cache.announcing import announcement_of
from scholr.platform.cache.facade import Cache
from scholr.platform.cache.port import StoreGone
from scholr.platform.cache.valkey import ValkeyStore
from scholr.platform.db.errors import DatabaseUnreachable
from scholr.platform.resilience.deadline import Deadline, remaining
from scholr.platform.resilience.guard import Guard
from scholr.platform.resilience.policy import Dependency
from scholr.platform.valkey import open_valkey
from tests.platform.cache.loaders import NUMBERS, OTHER, TENANT, Counter
from tests.support.clock import MovableClock
from tests.support.valkey import RunningValkey, valkey_store


class Deaf(ValkeyStore):
    """Reads and writes; whoever tells it of a change hears nothing."""

    hears = True

    def __init__(self, client: Redis, guard: Guard, *, prefix: str = "scholr:") -> None:
        super().__init__(client, guard, prefix=prefix)
        self.time_left: list[float | None] = []

    async def mark(self, tag: str, announcement: str) -> None:
        self.time_left.append(remaining())
        if not self.hears:
            raise StoreGone("no answer")
        await super().mark(tag, announcement)


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


async def test_telling_of_a_change_does_not_end_with_the_request_that_made_it(
    valkey: RunningValkey, clock: MovableClock
) -> None:
    deaf = Deaf(open_valkey(valkey.url), Guard(Dependency.CACHE))
    cache = Cache(clock, deaf)
    async with Deadline(0.05):
        cache.hear(announcement_of(TENANT, ("t",)))
    await asyncio.sleep(0.05)
    assert deaf.time_left == [None]
    await cache.close()


async def test_a_change_that_the_shared_store_was_not_told_of_is_seen_all_the_same(
    valkey: RunningValkey, clock: MovableClock
) -> None:
    """The store answered again a moment later: until then, and for nobody, is what it keeps still true."""
    prefix, load = f"{secrets.token_hex(4)}:", Counter()
    deaf = Deaf(open_valkey(valkey.url), Guard(Dependency.CACHE), prefix=prefix)
    here, there = Cache(clock, deaf), Cache(clock, valkey_store(valkey, prefix=prefix))
    try:
        for each in (here, there):
            assert (await each.get(NUMBERS, TENANT, "k", load, tags=("t",))).value == 1
        deaf.hears = False
        await here.drop(TENANT, "t")
        for _ in range(2):
            assert (await here.get(NUMBERS, TENANT, "k", load, tags=("t",))).value == 2
        deaf.hears = True
        await here.get(NUMBERS, TENANT, "k", load, tags=("t",))
        newest = load.calls
        assert newest > 2
        for each in (here, there):
            assert (await each.get(NUMBERS, TENANT, "k", load, tags=("t",))).value == newest
    finally:
        await here.close()
        await there.close()
