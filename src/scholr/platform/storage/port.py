"""What the program asks of an object store. Keys are paths that begin with the tenant."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from scholr.kernel.errors import Unavailable
from scholr.platform.storage.presign import Presentation


class StorageUnavailable(Unavailable):
    code = "storage_unavailable"
    message = "Files cannot be reached just now."


class StorageNotConfigured(Unavailable):
    code = "storage_not_configured"
    message = "This deployment keeps no files."


@dataclass(frozen=True, slots=True)
class StoredObject:
    """`size` is in bytes; `modified` is when it was written, by the store's clock."""

    key: str
    size: int
    modified: datetime


class ObjectStore(Protocol):
    """Both adapters pass `tests/platform/storage/test_contract.py`. Failures are StorageUnavailable."""

    async def put(self, key: str, chunks: AsyncIterator[bytes], /) -> None:
        """Write an object as one whole: nobody sees a part of it, and an error in `chunks` leaves nothing."""
        ...

    async def head(self, key: str, /) -> StoredObject | None:
        """None when there is no such object."""
        ...

    async def read(self, key: str, start: int = 0, end: int | None = None, /) -> AsyncIterator[bytes]:
        """The bytes from `start` up to, not including, `end`; raises NotFound for a key that is not there."""
        ...

    async def copy(self, source: str, target: str, /) -> None:
        """Replaces what is at `target`, inside the store; raises NotFound when there is no such source."""
        ...

    def pages(self, prefix: str, /) -> AsyncIterator[Sequence[StoredObject]]:
        """All objects whose keys lie below `prefix`, some hundreds at a time, in no order that could be relied on."""
        ...

    async def delete(self, key: str, /) -> None:
        """Nothing happens when there is no such object."""
        ...

    async def sign_get(self, key: str, shown: Presentation, since: datetime, lasting: timedelta, /) -> str | None:
        """An address where the store itself hands the object out; None when it cannot: the program then does.

        Good from `since` on, and the same for the same arguments.
        """
        ...

    async def sign_put(self, key: str, lasting: timedelta, /) -> str | None:
        """An address where the store itself takes the object in; None when it cannot."""
        ...


class NoObjectStore:
    """For processes that never touch files."""

    async def put(self, _key: str, _chunks: AsyncIterator[bytes], /) -> None:
        raise StorageNotConfigured

    async def head(self, _key: str, /) -> StoredObject | None:
        raise StorageNotConfigured

    async def read(self, _key: str, _start: int = 0, _end: int | None = None, /) -> AsyncIterator[bytes]:
        raise StorageNotConfigured

    async def copy(self, _source: str, _target: str, /) -> None:
        raise StorageNotConfigured

    def pages(self, _prefix: str, /) -> AsyncIterator[Sequence[StoredObject]]:
        raise StorageNotConfigured

    async def delete(self, _key: str, /) -> None:
        raise StorageNotConfigured

    async def sign_get(self, _key: str, _shown: Presentation, _since: datetime, _lasting: timedelta, /) -> str | None:
        raise StorageNotConfigured

    async def sign_put(self, _key: str, _lasting: timedelta, /) -> str | None:
        raise StorageNotConfigured
