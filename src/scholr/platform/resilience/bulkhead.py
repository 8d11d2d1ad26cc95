"""A bound on how many calls run at once, and on how many wait for that."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter


class BulkheadFull(Exception):
    """Too many wait already, or the wait took too long."""


class Bulkhead:
    def __init__(self, at_once: int, waiting: int) -> None:
        self._at_once = at_once
        self._most_waiting = waiting
        self._limiter: CapacityLimiter | None = None

    @property
    def in_use(self) -> int:
        return self._limiter.borrowed_tokens if self._limiter else 0

    @property
    def waiting(self) -> int:
        return self._limiter.statistics().tasks_waiting if self._limiter else 0

    @asynccontextmanager
    async def place(self, patience: float) -> AsyncIterator[None]:
        """Hold a place; raises BulkheadFull at once when the line is full, or after `patience` seconds in it."""
        limiter = self._limiter = self._limiter or CapacityLimiter(self._at_once)
        owner = object()
        if limiter.available_tokens > 0 and self.waiting == 0:
            limiter.acquire_on_behalf_of_nowait(owner)
        else:
            await self._wait(limiter, owner, patience)
        try:
            yield
        finally:
            limiter.release_on_behalf_of(owner)

    async def _wait(self, limiter: CapacityLimiter, owner: object, patience: float) -> None:
        if self.waiting >= self._most_waiting:
            raise BulkheadFull
        try:
            async with asyncio.timeout(patience):
                await limiter.acquire_on_behalf_of(owner)
        except TimeoutError as error:
            raise BulkheadFull from error
