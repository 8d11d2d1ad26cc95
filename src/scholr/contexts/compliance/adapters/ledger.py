"""The erasure ledger as small signed JSON files in the object store, `erasures/<organisation>/<erasure>.json`.

Outside the database, so that a restored dump, which has forgotten the erasures since, is told of them.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import msgspec

from scholr.contexts.compliance.model import LedgerRecord
from scholr.kernel.ids import parse_id
from scholr.platform.resilience.deadline import Deadline
from scholr.platform.storage.port import ObjectStore, StorageUnavailable

_PREFIX = "erasures"
_SECONDS = 5.0


class _File(msgspec.Struct, forbid_unknown_fields=True):
    organization: UUID
    erasure: UUID
    member: UUID
    ground: str
    confirmed_at: datetime
    key: str
    signature: str


class Ledger:
    """Files are only ever added."""

    def __init__(self, storage: ObjectStore) -> None:
        self._storage = storage

    async def keep(self, record: LedgerRecord) -> None:
        """Write it as one whole, soon or not at all: a transaction waits. Raises StorageUnavailable."""
        file = _File(
            record.tenant_id,
            record.erasure_id,
            record.member_id,
            record.ground,
            record.confirmed_at,
            record.key,
            record.signature.hex(),
        )

        async def content() -> AsyncIterator[bytes]:
            yield msgspec.json.encode(file)

        async with _soon():
            await self._storage.put(_name(record.tenant_id, record.erasure_id), content())

    async def has(self, tenant_id: UUID, erasure_id: UUID) -> bool:
        """Whether there is a record, whatever it says; a transaction waits. Raises StorageUnavailable."""
        async with _soon():
            return await self._storage.head(_name(tenant_id, erasure_id)) is not None

    async def names(self) -> AsyncIterator[tuple[UUID, UUID]]:
        """Organisation and erasure of every record, in no order."""
        async for page in self._storage.pages(_PREFIX):
            for found in page:
                _, tenant, name = found.key.rsplit("/", 2)
                tenant_id, erasure_id = parse_id(tenant), parse_id(name.removesuffix(".json"))
                if tenant_id is not None and erasure_id is not None:
                    yield tenant_id, erasure_id

    async def read(self, tenant_id: UUID, erasure_id: UUID) -> LedgerRecord:
        """Raises ValueError for a file that is none, NotFound."""
        stream = await self._storage.read(_name(tenant_id, erasure_id))
        file = msgspec.json.decode(b"".join([piece async for piece in stream]), type=_File)
        return LedgerRecord(
            file.organization,
            file.erasure,
            file.member,
            file.ground,
            file.confirmed_at,
            file.key,
            bytes.fromhex(file.signature),
        )


@asynccontextmanager
async def _soon() -> AsyncIterator[None]:
    """Well before the database ends a transaction that does nothing. Raises StorageUnavailable."""
    try:
        async with Deadline(_SECONDS):
            yield
    except TimeoutError as late:
        raise StorageUnavailable(retry_after=5) from late


def _name(tenant_id: UUID, erasure_id: UUID) -> str:
    return f"{_PREFIX}/{tenant_id}/{erasure_id}.json"
