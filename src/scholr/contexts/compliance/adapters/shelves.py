"""Checkpoints as small JSON files, `audit/<organisation>/<number>-<key>.json`."""

import re
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec

from scholr.contexts.compliance.model import Checkpoint
from scholr.platform.storage.port import ObjectStore

_PREFIX = "audit"
_NAME = re.compile(r"([0-9]{20})-([0-9a-f]{16})\.json")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class _File(msgspec.Struct, forbid_unknown_fields=True):
    organization: UUID
    entry: int
    hash: str
    signed_at: datetime
    key: str
    signature: str


def _written(checkpoint: Checkpoint) -> bytes:
    return msgspec.json.encode(
        _File(
            checkpoint.tenant_id,
            checkpoint.seq,
            checkpoint.hash.hex(),
            checkpoint.signed_at,
            checkpoint.key,
            checkpoint.signature.hex(),
        )
    )


def _read(content: bytes) -> Checkpoint:
    """Raises ValueError."""
    file = msgspec.json.decode(content, type=_File)
    return Checkpoint(
        file.organization, file.entry, bytes.fromhex(file.hash), file.signed_at, file.key, bytes.fromhex(file.signature)
    )


def _name(tenant_id: UUID, seq: int, key: str) -> str:
    return f"{tenant_id}/{seq:020d}-{key}.json"


def _numbers(names: list[str]) -> list[tuple[int, str]]:
    found = (_NAME.fullmatch(name.rpartition("/")[2]) for name in names)
    return sorted((int(each[1]), each[2]) for each in found if each)


class StoredShelf:
    """In the deployment's object store, beside the files of media. There the store's own lock can keep them."""

    def __init__(self, storage: ObjectStore) -> None:
        self._storage = storage

    async def keep(self, checkpoint: Checkpoint) -> None:
        """Write it as one whole; the same again changes nothing."""

        async def content() -> AsyncIterator[bytes]:
            yield _written(checkpoint)

        name = _name(checkpoint.tenant_id, checkpoint.seq, checkpoint.key)
        await self._storage.put(f"{_PREFIX}/{name}", content())

    async def has(self, checkpoint: Checkpoint) -> bool:
        name = _name(checkpoint.tenant_id, checkpoint.seq, checkpoint.key)
        return await self._storage.head(f"{_PREFIX}/{name}") is not None

    async def numbers(self, tenant_id: UUID) -> list[tuple[int, str]]:
        return _numbers([found.key async for page in self._storage.pages(f"{_PREFIX}/{tenant_id}") for found in page])

    async def read(self, tenant_id: UUID, seq: int, key: str) -> Checkpoint:
        stream = await self._storage.read(f"{_PREFIX}/{_name(tenant_id, seq, key)}")
        return _read(b"".join([piece async for piece in stream]))

    async def organizations(self) -> AsyncIterator[UUID]:
        seen: set[UUID] = set()
        async for page in self._storage.pages(_PREFIX):
            for found in page:
                name = found.key.split("/")[1]
                if _ID.fullmatch(name) and UUID(name) not in seen:
                    seen.add(UUID(name))
                    yield UUID(name)


class FolderShelf:
    """A folder with a copy of the store's `audit/`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def numbers(self, tenant_id: UUID) -> list[tuple[int, str]]:
        folder = self._folder / str(tenant_id)
        return _numbers([each.name for each in folder.iterdir()]) if folder.is_dir() else []

    async def read(self, tenant_id: UUID, seq: int, key: str) -> Checkpoint:
        return _read((self._folder / _name(tenant_id, seq, key)).read_bytes())

    async def organizations(self) -> AsyncIterator[UUID]:
        for each in sorted(self._folder.iterdir()):
            if _ID.fullmatch(each.name):
                yield UUID(each.name)
