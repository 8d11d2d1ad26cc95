"""Bytes in this process, bounded; what was used longest ago goes first."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_MOST_TAGS = 20_000
_MOST_ANNOUNCEMENTS = 1_000
_OVERHEAD = 250
"""About what a key, an entry and their places in a dict take beside the value."""


@dataclass(frozen=True, slots=True)
class _Kept:
    value: bytes
    until: float


class Tags:
    """The versions of tags; one for all memory stores of a process, since a tag reaches across regions.

    Bounded: when there are too many, all are forgotten, and everything that was kept under any has to be loaded again.
    """

    def __init__(self, most: int = _MOST_TAGS) -> None:
        self._most = most
        self._versions: dict[str, int] = {}
        self._heard: OrderedDict[str, None] = OrderedDict()
        self._floor = 0

    def version(self, tag: str) -> int:
        return self._versions.get(tag, self._floor)

    def mark(self, tag: str, announcement: str) -> bool:
        """Whether it was news: hearing the same announcement again changes nothing."""
        heard = f"{announcement} {tag}"
        if heard in self._heard:
            return False
        self._heard[heard] = None
        if len(self._heard) > _MOST_ANNOUNCEMENTS:
            self._heard.popitem(last=False)
        if len(self._versions) >= self._most:
            self.mark_all()
        self._versions[tag] = self.version(tag) + 1
        return True

    def mark_all(self) -> None:
        """As if every tag there is had been marked: for when announcements may have been missed."""
        self._floor = max(self._versions.values(), default=self._floor) + 1
        self._versions.clear()


class MemoryStore:
    """At most `most_entries` values of at most `most_bytes` in all."""

    name = "memory"

    def __init__(
        self,
        tags: Tags | None = None,
        *,
        most_entries: int = 1000,
        most_bytes: int = 4 * 1024 * 1024,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._tags = tags or Tags()
        self._most_entries = most_entries
        self._most_bytes = most_bytes
        self._now = now
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._leases: dict[str, tuple[str, float]] = {}
        self.bytes = 0
        self.evictions = 0

    @property
    def entries(self) -> int:
        return len(self._kept)

    async def read(self, key: str, tags: Sequence[str]) -> tuple[bytes | None, tuple[int, ...]]:
        versions = tuple(map(self._tags.version, tags))
        found = self._kept.get(key)
        if found is None:
            return None, versions
        if found.until <= self._now():
            self._take(key)
            return None, versions
        self._kept.move_to_end(key)
        return found.value, versions

    async def write(self, key: str, value: bytes, seconds: float) -> None:
        self._take(key)
        size = _size(key, value)
        if size > self._most_bytes or seconds <= 0:
            return
        self._kept[key] = _Kept(value, self._now() + seconds)
        self.bytes += size
        while self.bytes > self._most_bytes or len(self._kept) > self._most_entries:
            self._take(next(iter(self._kept)))
            self.evictions += 1

    async def delete(self, key: str) -> None:
        self._take(key)

    async def mark(self, tag: str, announcement: str) -> None:
        self._tags.mark(tag, announcement)

    async def lease(self, key: str, holder: str, seconds: float) -> bool:
        held = self._leases.get(key)
        if held is not None and held[1] > self._now():
            return False
        self._leases[key] = (holder, self._now() + seconds)
        return True

    async def release(self, key: str, holder: str) -> None:
        if self._leases.get(key, ("", 0.0))[0] == holder:
            del self._leases[key]

    async def close(self) -> None:
        self._kept.clear()
        self.bytes = 0

    def _take(self, key: str) -> None:
        found = self._kept.pop(key, None)
        if found is not None:
            self.bytes -= _size(key, found.value)


def _size(key: str, value: bytes) -> int:
    return len(value) + len(key) + _OVERHEAD
