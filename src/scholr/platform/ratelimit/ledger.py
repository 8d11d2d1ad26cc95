"""Buckets that several processes share through Valkey, without any request waiting for it.

Each process decides by its own buckets and reports what was taken every tenth of a second, all buckets in one script;
the answer is what all processes together have taken, and corrects its own. So a request costs what it costs without
Valkey, and one that is slow or gone changes nothing but that each process counts by itself. What may pass too much is
what the others let through in one interval; it is owed, and paid back before more is let through
(docs/adr/0014-buckets-of-our-own.md).
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import Context
from typing import Protocol

import structlog

from scholr.platform.ratelimit.buckets import Buckets, Claim, Verdict
from scholr.platform.resilience.errors import DependencyUnavailable
from scholr.platform.resilience.guard import Guard

INTERVAL = 0.1
MOST_AT_ONCE = 1_000
_MICRO = 1_000_000

log = structlog.get_logger("scholr.ratelimit")


class Ledger(Protocol):
    """What all processes together have taken."""

    async def add(self, keys: Sequence[str], taken: Sequence[int], most: Sequence[int]) -> Sequence[int]:
        """Add `taken` to what each bucket owes (at most `most`), and return what it owes; all in microseconds.

        Raises OSError when it cannot be reached.
        """
        ...

    async def close(self) -> None: ...


class SharedBuckets(Buckets):
    def __init__(
        self, ledger: Ledger, guard: Guard, *, interval: float = INTERVAL, now: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(now)
        self._ledger = ledger
        self._guard = guard
        self._interval = interval
        self._taken: dict[str, float] = {}
        self._windows: dict[str, float] = {}
        self._reporting: asyncio.Task[None] | None = None
        self._reports = self._failures = 0

    def take(self, claims: Sequence[Claim], cost: int) -> Verdict:
        verdict = super().take(claims, cost)
        if not verdict.violated:
            for claim in claims:
                self._taken[claim.key] = self._taken.get(claim.key, 0.0) + cost / claim.quota.rate
                self._windows[claim.key] = claim.quota.window
            if self._reporting is None or self._reporting.done():
                # In a context of its own: it goes on for all, long after the request that happened to begin it.
                self._reporting = asyncio.create_task(self._report_soon(), context=Context())
        return verdict

    async def settle(self) -> None:
        """Report at once. What cannot be reported is forgotten: this process remembers it for itself anyway."""
        taken, windows = self._taken, self._windows
        self._taken, self._windows = {}, {}
        keys = list(taken)
        for first in range(0, len(keys), MOST_AT_ONCE):
            part = keys[first : first + MOST_AT_ONCE]
            try:
                owed = await self._guard.call(self._adding(part, taken, windows))
            except (OSError, DependencyUnavailable) as error:
                self._failures += 1
                log.warning("buckets are counted by this process alone", reason=type(error).__name__)
                return
            self._reports += 1
            self._correct(part, owed)

    async def close(self) -> None:
        if self._reporting is not None:
            self._reporting.cancel()
        await self._ledger.close()

    def shared_state(self) -> Mapping[str, int]:
        return {"reports": self._reports, "failures": self._failures, "unreported": len(self._taken)}

    def _adding(
        self, keys: Sequence[str], taken: Mapping[str, float], windows: Mapping[str, float]
    ) -> Callable[[], Awaitable[Sequence[int]]]:
        # More than two windows are never owed, so that one bad moment does not shut anybody out for long.
        micro = [math.ceil(taken[key] * _MICRO) for key in keys]
        most = [math.ceil(2 * windows[key] * _MICRO) for key in keys]
        return lambda: self._ledger.add(keys, micro, most)

    def _correct(self, keys: Sequence[str], owed: Sequence[int]) -> None:
        """What was taken while the report was on its way comes on top. An emptied Valkey forgives nothing."""
        now = self._now()
        for key, micro in zip(keys, owed, strict=True):
            full_at = now + micro / _MICRO + self._taken.get(key, 0.0)
            self._full_at[key] = max(full_at, self._full_at.get(key, 0.0))

    async def _report_soon(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            await self.settle()
            if not self._taken:
                return
