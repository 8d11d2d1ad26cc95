"""An object store behind its policy."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from scholr.platform.resilience.errors import DependencyUnavailable
from scholr.platform.resilience.guard import Guard
from scholr.platform.storage.port import ObjectStore, StorageUnavailable, StoredObject
from scholr.platform.storage.presign import Presentation

T = TypeVar("T")


class GuardedStore:
    """Every question passes the guard; what streams has its reader's pace, or its sender's, not the store's.

    `put` and `pages` therefore have the adapter's own time limits only.
    """

    def __init__(self, store: ObjectStore, guard: Guard) -> None:
        self._store = store
        self._guard = guard

    async def put(self, key: str, chunks: AsyncIterator[bytes], /) -> None:
        await self._store.put(key, chunks)

    async def head(self, key: str, /) -> StoredObject | None:
        return await self._ask(lambda: self._store.head(key))

    async def read(self, key: str, start: int = 0, end: int | None = None, /) -> AsyncIterator[bytes]:
        return await self._ask(lambda: self._store.read(key, start, end))

    async def copy(self, source: str, target: str, /) -> None:
        await self._ask(lambda: self._store.copy(source, target))

    def pages(self, prefix: str, /) -> AsyncIterator[Sequence[StoredObject]]:
        return self._store.pages(prefix)

    async def delete(self, key: str, /) -> None:
        await self._ask(lambda: self._store.delete(key))

    async def sign_get(self, key: str, shown: Presentation, since: datetime, lasting: timedelta, /) -> str | None:
        return await self._store.sign_get(key, shown, since, lasting)

    async def sign_put(self, key: str, lasting: timedelta, /) -> str | None:
        return await self._store.sign_put(key, lasting)

    async def _ask(self, work: Callable[[], Awaitable[T]]) -> T:
        try:
            return await self._guard.call(work)
        except DependencyUnavailable as error:
            raise StorageUnavailable(retry_after=error.retry_after) from error
