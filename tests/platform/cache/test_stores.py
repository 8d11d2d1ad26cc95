"""What every store promises: memory and Valkey keep the same contract."""

import asyncio
import secrets

import pytest

from scholr.platform.cache.memory import MemoryStore, Tags
from scholr.platform.cache.port import Store, StoreGone
from scholr.platform.valkey import open_valkey
from tests.support.valkey import BREAKER_PAUSE, RunningValkey, running_valkey, valkey_store


async def test_what_was_written_is_read_until_its_time_is_over(store: Store) -> None:
    assert await store.read("a", ()) == (None, ())
    await store.write("a", b"\x00\xff", 0.15)
    await store.write("b", b"", 60)
    assert await store.read("a", ()) == (b"\x00\xff", ())
    assert await store.read("b", ()) == (b"", ())
    await asyncio.sleep(0.2)
    assert await store.read("a", ()) == (None, ())


async def test_what_was_written_last_counts_and_what_was_deleted_is_gone(store: Store) -> None:
    await store.write("a", b"1", 60)
    await store.write("a", b"2", 60)
    assert (await store.read("a", ()))[0] == b"2"
    await store.delete("a")
    await store.delete("never there")
    assert (await store.read("a", ()))[0] is None


async def test_what_would_be_over_at_once_is_not_kept(store: Store) -> None:
    await store.write("a", b"1", 0)
    await store.write("b", b"1", -1)
    assert (await store.read("a", ()))[0] is None
    assert (await store.read("b", ()))[0] is None


async def test_a_tag_goes_up_with_each_announcement_and_never_down(store: Store) -> None:
    _, (before, other) = await store.read("a", ("t", "other"))
    assert (before, other) == (0, 0)
    seen = [before]
    for _ in range(3):
        await store.mark("t", secrets.token_hex(8))
        seen.append((await store.read("a", ("t",)))[1][0])
    assert seen == sorted(set(seen))
    assert (await store.read("a", ("other",)))[1] == (0,)


async def test_an_announcement_that_many_hear_counts_once(store: Store) -> None:
    await store.mark("t", "first")
    _, once = await store.read("a", ("t",))
    await asyncio.gather(*(store.mark("t", "first") for _ in range(10)))
    assert (await store.read("a", ("t",)))[1] == once
    await store.mark("t2", "first")
    assert (await store.read("a", ("t2",)))[1] != (0,)


async def test_one_of_many_gets_the_lease(store: Store) -> None:
    got = await asyncio.gather(*(store.lease("l", f"holder {n}", 60) for n in range(20)))
    assert sum(got) == 1


async def test_only_its_holder_ends_a_lease(store: Store) -> None:
    assert await store.lease("l", "me", 60)
    await store.release("l", "somebody else")
    assert not await store.lease("l", "you", 60)
    await store.release("l", "me")
    assert await store.lease("l", "you", 60)


async def test_the_lease_of_a_holder_that_died_ends_by_itself(store: Store) -> None:
    assert await store.lease("l", "dead", 0.15)
    assert not await store.lease("l", "me", 60)
    await asyncio.sleep(0.2)
    assert await store.lease("l", "me", 60)
    await store.release("l", "dead")
    assert not await store.lease("l", "you", 60)


async def test_memory_stays_within_its_bounds_and_forgets_what_was_used_longest_ago() -> None:
    store = MemoryStore(most_entries=3, most_bytes=10_000)
    for key in ("a", "b", "c"):
        await store.write(key, b"1", 60)
    await store.read("a", ())
    await store.write("d", b"1", 60)
    assert [key for key in ("a", "b", "c", "d") if (await store.read(key, ()))[0]] == ["a", "c", "d"]
    assert (store.entries, store.evictions) == (3, 1)
    for n in range(50):
        await store.write(f"large {n}", bytes(4000), 60)
        assert store.bytes <= 10_000
    await store.write("too large", bytes(10_001), 60)
    assert (await store.read("too large", ()))[0] is None
    await store.close()
    assert (store.entries, store.bytes) == (0, 0)


def test_when_tags_are_too_many_everything_counts_as_changed() -> None:
    tags = Tags(most=3)
    before = [tags.version(f"t{n}") for n in range(6)]
    for n in range(5):
        tags.mark(f"t{n}", f"announcement {n}")
    assert all(tags.version(f"t{n}") > before[n] for n in range(6))


async def test_a_store_that_is_gone_says_so_quickly() -> None:
    with running_valkey() as valkey:
        store = valkey_store(valkey)
        await store.write("a", b"1", 60)
        valkey.server.stop()
        for asked in (
            store.read("a", ("t",)),
            store.write("a", b"", 1),
            store.mark("t", "x"),
            store.lease("l", "h", 1),
        ):
            with pytest.raises(StoreGone):
                await asked
        valkey.server.start()
        await asyncio.sleep(BREAKER_PAUSE)
        assert await store.read("a", ()) == (None, ())
        await store.close()


async def test_a_version_that_is_no_number_counts_as_none(valkey: RunningValkey) -> None:
    client, prefix = open_valkey(valkey.url), f"{secrets.token_hex(4)}:"
    store = valkey_store(valkey, prefix=prefix)
    await client.set(f"{prefix}t", b"garbage")
    assert await store.read("a", ("t",)) == (None, (0,))
    await client.aclose(close_connection_pool=True)
    await store.close()
