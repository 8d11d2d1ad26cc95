"""What the facade asks of a place that keeps bytes."""

from collections.abc import Sequence
from typing import Protocol


class StoreGone(ConnectionError):
    """The store cannot be reached, or did not answer in time: for the facade the same as a miss, and counted."""


class Store(Protocol):
    """Bytes by key, versions by tag, leases by name. Every method may raise StoreGone, and nothing else."""

    name: str

    async def read(self, key: str, tags: Sequence[str]) -> tuple[bytes | None, tuple[int, ...]]:
        """What is kept under the key, and the version of each tag; 0 for a tag that was never marked."""
        ...

    async def write(self, key: str, value: bytes, seconds: float) -> None: ...

    async def delete(self, key: str) -> None: ...

    async def mark(self, tag: str, announcement: str) -> None:
        """Give the tag a higher version; the same announcement, heard by many processes, counts once."""
        ...

    async def lease(self, key: str, holder: str, seconds: float) -> bool:
        """Whether `holder` is now the one; it ends by itself after `seconds`."""
        ...

    async def release(self, key: str, holder: str) -> None:
        """End the holder's own lease; somebody else's stays."""
        ...

    async def close(self) -> None: ...
