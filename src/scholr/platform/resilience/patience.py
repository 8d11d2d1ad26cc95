"""How long to wait for somebody else's answer, without counting the time in which this process did not listen."""

import asyncio
from types import TracebackType

LATE = 0.02
"""Seconds after its time at which a timer rings late: the event loop had something else to do and read no answers."""


class Patience:
    """`async with Patience(seconds)`: ends the block with TimeoutError, like `asyncio.timeout`.

    In a process that is busy, an answer may lie in the socket's buffer when the time is over: timers ring before
    sockets are read. A timer that rings late is therefore set once more, for as long as it was late and at most for
    `seconds`; otherwise every busy moment of this process would count as a failure of whoever it asks.
    """

    __slots__ = ("_bell", "_due", "_is_second", "_loop", "_seconds", "_timeout")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._is_second = False

    async def __aenter__(self) -> "Patience":
        self._loop = asyncio.get_running_loop()
        self._timeout = asyncio.timeout(None)
        await self._timeout.__aenter__()
        self._set(self._seconds)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bell.cancel()
        await self._timeout.__aexit__(kind, error, trace)

    def expired(self) -> bool:
        """Whether the time was over before the block ended."""
        return self._timeout.expired()

    def _set(self, seconds: float) -> None:
        self._due = self._loop.time() + seconds
        self._bell = self._loop.call_at(self._due, self._ring)

    def _ring(self) -> None:
        late = self._loop.time() - self._due
        if late < LATE or self._is_second:
            self._timeout.reschedule(self._loop.time())
            return
        self._is_second = True
        self._set(min(late, self._seconds))
