"""What is asked each time, and remembered for when nobody can be asked."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from scholr.platform.cache.facade import Cache
from scholr.platform.cache.loading import is_outage
from scholr.platform.cache.region import Region

T = TypeVar("T")
Raw = TypeVar("Raw")

KEPT_AGAIN_AFTER = 5.0
"""Seconds for which the same answer is not kept once more: most requests find what the one before them found."""

_MOST_NOTED = 1000


@dataclass(frozen=True, slots=True)
class _Noted(Generic[Raw, T]):
    at: float
    raw: Raw
    read: T


class LastKnown(Generic[Raw, T]):
    """Of a region whose keys have no tenant and whose `rescue` says how long an answer stands in.

    What is asked answers something `Raw`, such as a row; the region holds what `read` makes of it.
    """

    def __init__(self, cache: Cache, region: Region[T]) -> None:
        self._cache = cache
        self._region = region
        self._noted: OrderedDict[str, _Noted[Raw, T]] = OrderedDict()

    async def ask(self, key: str, ask: Callable[[], Awaitable[Raw | None]], read: Callable[[Raw], T]) -> T | None:
        """What `ask` answers; in an outage what it answered last, for as long as that is remembered."""
        try:
            raw = await ask()
        except Exception as error:
            if not is_outage(error):
                raise
            return (await self._cache.get_fresh(self._region, None, key, _raising(error))).value
        noted = self._same(key, raw)
        if noted is not None:
            return noted.read
        found = read(raw) if raw is not None else None
        await self._cache.get_fresh(self._region, None, key, _answering(found))
        self._note(key, raw, found)
        return found

    def _same(self, key: str, raw: Raw | None) -> _Noted[Raw, T] | None:
        """What was read of the same answer a moment ago; what was revoked or changed is read and kept at once."""
        noted = self._noted.get(key)
        fresh = noted is not None and time.monotonic() - noted.at < KEPT_AGAIN_AFTER and noted.raw == raw
        return noted if fresh else None

    def _note(self, key: str, raw: Raw | None, found: T | None) -> None:
        self._noted.pop(key, None)
        if raw is not None and found is not None:
            self._noted[key] = _Noted(time.monotonic(), raw, found)
            while len(self._noted) > _MOST_NOTED:
                self._noted.popitem(last=False)


def _raising(error: Exception) -> Callable[[], Awaitable[T | None]]:
    async def load() -> T | None:
        raise error

    return load


def _answering(found: T | None) -> Callable[[], Awaitable[T | None]]:
    async def load() -> T | None:
        return found

    return load
