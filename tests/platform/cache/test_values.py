"""Whose a value is, and of what type: nobody else's, and nothing but what was declared."""

import asyncio
import secrets
from dataclasses import dataclass
from enum import StrEnum

import msgspec
import pytest
from redis.asyncio import Redis

from scholr.kernel.ids import new_id
from scholr.platform.cache.facade import Cache
from scholr.platform.cache.region import Region
from scholr.platform.valkey import open_valkey
from tests.platform.cache.loaders import NUMBERS, OTHER, TENANT, Counter, Open, Page, view
from tests.support.clock import MovableClock
from tests.support.valkey import RunningValkey, valkey_store


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


def test_a_release_that_knows_one_word_more_keeps_for_itself() -> None:
    """What it writes would be garbage to the release before, which still runs beside it."""

    class State(StrEnum):
        DRAFT = "draft"

    older: Region[State] = Region(name="states", holds=State, fresh=10)

    class State(StrEnum):  # type: ignore[no-redef]  # as the next release has it
        DRAFT = "draft"
        LIVE = "live"

    newer: Region[State] = Region(name="states", holds=State, fresh=10)
    assert older.schema != newer.schema


async def test_two_hundred_who_find_garbage_load_once(valkey: RunningValkey, clock: MovableClock) -> None:
    prefix, client, load = f"{secrets.token_hex(4)}:", open_valkey(valkey.url), Counter(slow=0.1)
    cache = Cache(clock, valkey_store(valkey, prefix=prefix))
    await cache.get(NUMBERS, TENANT, "k", load)
    await spoil(client, f"{prefix}c1:numbers*")
    found = await asyncio.gather(*(cache.get(NUMBERS, TENANT, "k", load) for _ in range(200)))
    assert {each.value for each in found} == {2}
    assert load.calls == 2
    await client.aclose(close_connection_pool=True)
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
    await spoil(client, f"{prefix}c1:numbers*")
    assert (await cache.get(NUMBERS, TENANT, "k", load)).value == 2
    assert view(cache).garbage == 1
    await client.aclose(close_connection_pool=True)
    await cache.close()


def test_two_regions_with_one_name_are_a_bug(clock: MovableClock) -> None:
    again: Region[int] = Region(name="numbers", holds=int, fresh=1)
    cache = Cache(clock)
    cache._shelves.place(NUMBERS, TENANT, "k", ())
    with pytest.raises(ValueError, match="two regions"):
        cache._shelves.place(again, TENANT, "k", ())


async def spoil(client: Redis, pattern: str) -> None:
    """A payload of another type into every entry."""
    async for key in client.scan_iter(pattern):
        stored = await client.get(key)
        assert isinstance(stored, bytes)
        parts = msgspec.msgpack.decode(stored)
        await client.set(key, msgspec.msgpack.encode([*parts[:-1], msgspec.msgpack.encode("no number")]))
