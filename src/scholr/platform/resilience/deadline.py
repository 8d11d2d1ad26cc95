"""How long the present request may still take, known to everything that it calls."""

import asyncio
from contextvars import ContextVar
from types import TracebackType
from typing import Self

_ends_at: ContextVar[float | None] = ContextVar("scholr_deadline", default=None)


def remaining() -> float | None:
    """Seconds until the deadline, never below zero; None where nothing set one."""
    ends_at = _ends_at.get()
    return None if ends_at is None else max(0.0, ends_at - asyncio.get_running_loop().time())


def within(seconds: float) -> float:
    """`seconds`, or what is left before the deadline, if that is less."""
    left = remaining()
    return seconds if left is None else min(seconds, left)


def outlive_deadline() -> None:
    """In a task of its own: work that others wait for too does not end with the request that began it."""
    _ends_at.set(None)


class Deadline:
    """`async with Deadline(seconds)`: ends the block with TimeoutError; a deadline around it that is earlier stays."""

    __slots__ = ("_ends_at", "_seconds", "_timeout", "_token")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def __aenter__(self) -> Self:
        self._ends_at = asyncio.get_running_loop().time() + within(self._seconds)
        self._token = _ends_at.set(self._ends_at)
        self._timeout = asyncio.timeout_at(self._ends_at)
        await self._timeout.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _ends_at.reset(self._token)
        await self._timeout.__aexit__(kind, error, trace)

    @property
    def has_passed(self) -> bool:
        """Whether it was this deadline that ended the block."""
        return self._timeout.expired()

    def extend(self, seconds: float) -> None:
        """Give back time that was spent waiting for the client. Only from inside the block, and not inside another."""
        if self._timeout.expired():
            return
        self._ends_at += seconds
        _ends_at.set(self._ends_at)
        self._timeout.reschedule(self._ends_at)
