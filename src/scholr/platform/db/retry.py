"""Retrying a use case that lost a race inside PostgreSQL."""

import asyncio
import functools
import random
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

import asyncpg
import stamina
from sqlalchemy.exc import DBAPIError

from scholr.platform.db.errors import DatabaseBusy, sqlstate_of

P = ParamSpec("P")
R = TypeVar("R")

_LOST_RACES = ("40001", "40P01")  # serialization_failure, deadlock_detected


def lost_a_race(error: Exception) -> bool:
    """True for serialization failures and deadlocks: the same use case may simply be run again."""
    return isinstance(error, asyncpg.PostgresError | DBAPIError) and sqlstate_of(error) in _LOST_RACES


def retried(use_case: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Run the use case again, up to five times in all, after a serialization failure or a deadlock.

    The use case opens its own transaction (or, in an idempotent request, its own savepoint, whose locks
    are let go of), so each run starts from nothing. Waits start at 10 ms and are jittered, or the same
    racers would meet again. Raises DatabaseBusy when it lost every time.
    """

    @functools.wraps(use_case)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await use_case(*args, **kwargs)
        except (asyncpg.PostgresError, DBAPIError) as error:
            if not lost_a_race(error):
                raise
        # Only now: setting the retries up costs more than most use cases, and nearly none needs them.
        try:
            return await _again(functools.partial(use_case, *args, **kwargs))
        except (asyncpg.PostgresError, DBAPIError) as error:
            if lost_a_race(error):
                raise DatabaseBusy(retry_after=1) from error
            raise

    return run


async def _again(use_case: Callable[[], Awaitable[R]]) -> R:
    await asyncio.sleep(random.uniform(0.005, 0.05))
    async for attempt in stamina.retry_context(
        on=lost_a_race, attempts=4, timeout=10.0, wait_initial=0.02, wait_max=0.5, wait_jitter=0.05
    ):
        with attempt:
            return await use_case()
    raise AssertionError("stamina either returns or raises")
