"""What every object store has to do, tried on a folder and on a real S3 server."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from scholr.kernel.errors import NotFound
from scholr.platform.storage.port import NoObjectStore, ObjectStore, StorageNotConfigured

# Longer than one part, so that S3 gets it in several.
PART = bytes(range(256)) * 4_000
PARTS = 13


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def whole(store: ObjectStore, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in await store.read(key, start, end)])


async def keys_below(store: ObjectStore, prefix: str) -> set[str]:
    return {found.key async for page in store.pages(prefix) for found in page}


async def test_what_was_put_is_read_whole_and_in_part(store: ObjectStore) -> None:
    await store.put("a/b", pieces(b"hello ", b"world"))
    found = await store.head("a/b")
    assert found is not None
    assert (found.key, found.size) == ("a/b", 11)
    assert await whole(store, "a/b") == b"hello world"
    assert await whole(store, "a/b", 6) == b"world"
    assert await whole(store, "a/b", 0, 5) == b"hello"
    assert await whole(store, "a/b", 4, 7) == b"o w"


async def test_an_object_says_when_it_was_written(store: ObjectStore) -> None:
    await store.put("a", pieces(b"1"))
    found = await store.head("a")
    assert found is not None
    assert abs(datetime.now(UTC) - found.modified) < timedelta(minutes=1)


async def test_a_large_object_arrives_in_parts_and_in_order(store: ObjectStore) -> None:
    await store.put("big", pieces(*[PART] * PARTS))
    found = await store.head("big")
    assert found is not None
    assert found.size == PARTS * len(PART)
    assert await whole(store, "big") == PART * PARTS


async def test_an_error_on_the_way_leaves_nothing(store: ObjectStore) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 6_000_000
        raise RuntimeError("the line broke")

    with pytest.raises(Exception, match=r".+"):
        await store.put("a/b", broken())
    assert await store.head("a/b") is None
    assert await keys_below(store, "") == set()


async def test_an_error_on_the_way_leaves_what_was_there(store: ObjectStore) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"new"
        raise RuntimeError("the line broke")

    await store.put("a", pieces(b"old"))
    with pytest.raises(Exception, match=r".+"):
        await store.put("a", broken())
    assert await whole(store, "a") == b"old"


async def test_copying_replaces_and_keeps_the_source(store: ObjectStore) -> None:
    await store.put("one", pieces(b"1"))
    await store.put("two", pieces(b"2"))
    await store.copy("one", "two")
    assert await whole(store, "two") == b"1"
    assert await whole(store, "one") == b"1"
    with pytest.raises(NotFound):
        await store.copy("nothing", "two")
    assert await whole(store, "two") == b"1"


async def test_a_copy_does_not_change_with_its_source(store: ObjectStore) -> None:
    await store.put("one", pieces(b"1"))
    await store.copy("one", "two")
    await store.put("one", pieces(b"other"))
    assert await whole(store, "two") == b"1"


async def test_deleting_twice_is_fine_and_what_is_gone_is_not_found(store: ObjectStore) -> None:
    await store.put("one", pieces(b"1"))
    await store.delete("one")
    await store.delete("one")
    assert await store.head("one") is None
    with pytest.raises(NotFound):
        await whole(store, "one")
    with pytest.raises(NotFound):
        await whole(store, "one", 0, 3)


async def test_the_list_has_everything_below_the_prefix_and_nothing_else(store: ObjectStore) -> None:
    for key in ("tenants/a/media/1/x", "tenants/a/media/2/y", "tenants/ab/media/3/z", "other"):
        await store.put(key, pieces(b"1"))
    assert await keys_below(store, "tenants/a/media/") == {"tenants/a/media/1/x", "tenants/a/media/2/y"}
    assert await keys_below(store, "tenants/nobody/") == set()


async def test_a_process_without_files_says_so() -> None:
    with pytest.raises(StorageNotConfigured):
        await NoObjectStore().head("a")
