"""How long the present request may still take, known to everything that it calls."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

_ends_at: ContextVar[float | None] = ContextVar("scholr_deadline", default=None)


def remaining() -> float | None:
    """Seconds until the deadline, never below zero; None where nothing set one."""
    ends_at = _ends_at.get()
    return None if ends_at is None else max(0.0, ends_at - asyncio.get_running_loop().time())


def within(seconds: float) -> float:
    """`seconds`, or what is left before the deadline, if that is less."""
    left = remaining()
    return seconds if left is None else min(seconds, left)


@asynccontextmanager
async def deadline(seconds: float) -> AsyncIterator[None]:
    """End the block after `seconds` with TimeoutError; an earlier deadline around it stays the earlier one."""
    bounded = within(seconds)
    token = _ends_at.set(asyncio.get_running_loop().time() + bounded)
    try:
        async with asyncio.timeout(bounded):
            yield
    finally:
        _ends_at.reset(token)
