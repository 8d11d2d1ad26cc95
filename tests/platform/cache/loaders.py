"""What the tests of the cache load: numbers that count how often they were asked for."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from scholr.kernel.ids import TenantId, new_id
from scholr.platform.cache.facade import Cache
from scholr.platform.cache.figures import RegionView
from scholr.platform.cache.region import Region

TENANT, OTHER = TenantId(new_id()), TenantId(new_id())
Open = Callable[..., Cache]


@dataclass(frozen=True, slots=True)
class Page:
    id: UUID
    words: tuple[str, ...]


NUMBERS: Region[int] = Region(
    name="numbers", holds=int, fresh=10, stale=10, rescue=100, negative=5, load_seconds=1, most_entries=50
)


class Counter:
    """A loader that counts its calls and can be slow, or fail."""

    def __init__(self, *, slow: float = 0.0) -> None:
        self.calls = 0
        self.slow = slow
        self.error: Exception | None = None

    async def __call__(self) -> int:
        self.calls += 1
        number = self.calls
        await asyncio.sleep(self.slow)
        if self.error is not None:
            raise self.error
        return number


def view(cache: Cache) -> RegionView:
    return cache.snapshot()[0]
