"""What is so of the local store only."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scholr.platform.storage.objects import open_store
from scholr.platform.storage.port import ObjectStore
from scholr.platform.storage.presign import Presentation
from scholr.platform.storage.settings import StorageSettings


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return open_store(StorageSettings(tmp_path / "files"))


def files_below(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


async def test_a_broken_upload_leaves_no_file_behind(store: ObjectStore, tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 6_000_000
        raise RuntimeError("the line broke")

    with pytest.raises(Exception, match=r".+"):
        await store.put("a/b", broken())
    assert files_below(tmp_path) == []


async def test_keys_stay_inside_the_folder(store: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    with pytest.raises(Exception, match=r".+"):
        await store.read("../secret")


async def test_it_signs_no_addresses(store: ObjectStore) -> None:
    shown = Presentation("image/png", "inline", "private")
    assert await store.sign_get("a", shown, datetime.now(UTC), timedelta(hours=1)) is None
    assert await store.sign_put("a", timedelta(hours=1)) is None
