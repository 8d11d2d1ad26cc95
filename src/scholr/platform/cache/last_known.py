"""What is asked each time, and remembered for when nobody can be asked."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from scholr.platform.cache.facade import Cache
from scholr.platform.cache.loading import is_outage
from scholr.platform.cache.region import Region

T = TypeVar("T")

KEPT_AGAIN_AFTER = 5.0
"""Seconds for which the same answer is not kept once more: most requests find what the one before them found."""

_MOST_NOTED = 1000


class LastKnown(Generic[T]):
    """Of a region whose keys have no tenant and whose `rescue` says how long an answer stands in."""

    def __init__(self, cache: Cache, region: Region[T]) -> None:
        self._cache = cache
        self._region = region
        self._noted: OrderedDict[str, tuple[float, T]] = OrderedDict()

    async def ask(self, key: str, ask: Callable[[], Awaitable[T | None]]) -> T | None:
        """What `ask` answers; in an outage what it answered last, for as long as that is remembered."""
        try:
            found = await ask()
        except Exception as error:
            if not is_outage(error):
                raise
            return (await self._cache.get_fresh(self._region, None, key, _raising(error))).value
        if not self._is_noted(key, found):
            await self._cache.get_fresh(self._region, None, key, _answering(found))
            self._note(key, found)
        return found

    def _is_noted(self, key: str, found: T | None) -> bool:
        """Whether the same is kept already: what was revoked or changed is kept at once."""
        noted = self._noted.get(key)
        return noted is not None and time.monotonic() - noted[0] < KEPT_AGAIN_AFTER and noted[1] == found

    def _note(self, key: str, found: T | None) -> None:
        self._noted.pop(key, None)
        if found is not None:
            self._noted[key] = (time.monotonic(), found)
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
