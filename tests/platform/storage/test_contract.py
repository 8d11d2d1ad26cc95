"""What every object store has to do, tried on the local one."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from scholr.kernel.errors import NotFound
from scholr.platform.storage.objects import open_store
from scholr.platform.storage.port import NoObjectStore, ObjectStore, StorageNotConfigured
from scholr.platform.storage.settings import StorageSettings


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return open_store(StorageSettings(tmp_path))


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def whole(store: ObjectStore, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in await store.read(key, start, end)])


async def test_what_was_put_is_read_whole_and_in_part(store: ObjectStore) -> None:
    await store.put("a/b", pieces(b"hello ", b"world"))
    found = await store.head("a/b")
    assert found is not None
    assert found.size == 11
    assert await whole(store, "a/b") == b"hello world"
    assert await whole(store, "a/b", 6) == b"world"
    assert await whole(store, "a/b", 0, 5) == b"hello"


async def test_a_large_object_arrives_in_parts(store: ObjectStore) -> None:
    part = bytes(1_000_000)
    await store.put("big", pieces(*[part] * 13))
    found = await store.head("big")
    assert found is not None
    assert found.size == 13_000_000


def files_below(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


async def test_an_error_on_the_way_leaves_nothing(store: ObjectStore, tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 6_000_000
        raise RuntimeError("the line broke")

    with pytest.raises(Exception, match=r".+"):
        await store.put("a/b", broken())
    assert await store.head("a/b") is None
    assert files_below(tmp_path) == []


async def test_moving_replaces_and_deleting_twice_is_fine(store: ObjectStore) -> None:
    await store.put("one", pieces(b"1"))
    await store.put("two", pieces(b"2"))
    await store.move("one", "two")
    assert await whole(store, "two") == b"1"
    assert await store.head("one") is None
    await store.delete("two")
    await store.delete("two")
    with pytest.raises(NotFound):
        await whole(store, "two")


async def test_keys_stay_inside_the_folder(store: ObjectStore, tmp_path: Path) -> None:
    (tmp_path.parent / "secret").write_bytes(b"secret")
    with pytest.raises(Exception, match=r".+"):
        await whole(store, "../secret")


async def test_the_local_store_cannot_presign_and_s3_can(store: ObjectStore, tmp_path: Path) -> None:
    assert await store.sign_get("a", timedelta(hours=1)) is None
    s3 = open_store(StorageSettings(tmp_path, bucket="school", access_key="key", secret_key="a" * 40))
    signed = await s3.sign_put("tenants/t/a", timedelta(minutes=5))
    assert signed is not None
    assert "school" in signed
    assert "X-Amz-Signature" in signed
    assert "X-Amz-Expires=300" in signed


async def test_a_process_without_files_says_so() -> None:
    with pytest.raises(StorageNotConfigured):
        await NoObjectStore().head("a")
