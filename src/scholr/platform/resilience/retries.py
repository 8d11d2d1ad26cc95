"""Asking a dependency again, out of a budget that all calls to it share."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina

from scholr.platform.resilience.policy import RetryPolicy

T = TypeVar("T")


class Retries:
    """Each call pays `budget` in, each retry takes 1 out; at most `reserve` is kept, which is also the start."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._balance = float(policy.reserve)
        self.spent = 0

    def pay_in(self) -> None:
        self._balance = min(self._balance + self._policy.budget, float(self._policy.reserve))

    async def run(self, attempt: Callable[[], Awaitable[T]], is_worth_it: Callable[[Exception], bool]) -> T:
        """`attempt`, and again while it fails in a way that is worth it, the policy allows it and the budget lasts."""
        try:
            return await attempt()
        except Exception as error:
            if not (is_worth_it(error) and self._take()):
                raise
        # Only now: setting stamina up costs more than most calls, and nearly none needs it.
        return await self._again(attempt, is_worth_it)

    async def _again(self, attempt: Callable[[], Awaitable[T]], is_worth_it: Callable[[Exception], bool]) -> T:
        retry = 1
        await asyncio.sleep(self._wait(retry))

        def before_next(error: Exception) -> float | bool:
            nonlocal retry
            retry += 1
            more = retry < self._policy.attempts and is_worth_it(error) and self._take()
            return self._wait(retry) if more else False

        attempts = self._policy.attempts - 1
        async for again in stamina.retry_context(on=before_next, attempts=attempts, timeout=None):
            with again:
                return await attempt()
        raise AssertionError("stamina either returns or raises")

    def _take(self) -> bool:
        if self._policy.attempts < 2 or self._balance < 1.0:
            return False
        self._balance -= 1.0
        self.spent += 1
        return True

    def _wait(self, retry: int) -> float:
        """Full jitter: anything from nothing to the exponential bound, so that callers do not come back together."""
        return random.uniform(0.0, min(self._policy.longest, self._policy.first * 2.0 ** (retry - 1)))
