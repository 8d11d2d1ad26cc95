"""Waking up when PostgreSQL says so, with a poll for when it cannot."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import asyncpg
import structlog

log = structlog.get_logger("scholr.listen")

_RECONNECT_SECONDS = 5.0


class Wakeups:
    """Sets an event for each channel whenever it is notified.

    Needs a DSN that reaches the server itself: behind a transaction pooler LISTEN is lost. While the
    connection is down nobody is woken, and everything is found by the next poll.
    """

    def __init__(self, dsn: str, channels: Sequence[str]) -> None:
        self._dsn = dsn
        self.events = {channel: asyncio.Event() for channel in channels}

    async def run(self) -> None:
        """Listen until cancelled; connects again after a loss."""
        while True:
            try:
                await self._listen()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("not listening; polling goes on", reason=str(error))
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def wait(self, channel: str, seconds: float) -> None:
        """Return when the channel was notified since the last wait, or after `seconds`."""
        event = self.events[channel]
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return
        event.clear()

    def wake_all(self) -> None:
        for event in self.events.values():
            event.set()

    async def _listen(self) -> None:
        lost = asyncio.Event()
        connection = await asyncpg.connect(self._dsn, timeout=5)
        try:
            connection.add_termination_listener(lambda _connection: lost.set())
            for channel in self.events:
                await connection.add_listener(channel, self._on_notify)
            self.wake_all()  # what was announced while nobody listened
            await lost.wait()
        finally:
            connection.terminate()

    def _on_notify(self, _connection: Any, _pid: int, channel: str, _payload: object) -> None:
        self.events[channel].set()


class Announcements:
    """Hands on what is said on one channel, in every process that listens.

    `missed` is called whenever listening begins: what was said before was not heard. As above, a transaction pooler
    loses all of it, without a word.
    """

    def __init__(self, dsn: str, channel: str, *, heard: Callable[[str], None], missed: Callable[[], None]) -> None:
        self._dsn = dsn
        self._channel = channel
        self._heard = heard
        self._missed = missed

    async def run(self) -> None:
        """Listen until cancelled; connects again after a loss."""
        while True:
            try:
                await self._listen()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("not listening", channel=self._channel, reason=type(error).__name__)
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _listen(self) -> None:
        lost = asyncio.Event()
        connection = await asyncpg.connect(self._dsn, timeout=5)
        try:
            connection.add_termination_listener(lambda _connection: lost.set())
            await connection.add_listener(self._channel, self._on_notify)
            self._missed()
            await lost.wait()
        finally:
            connection.terminate()

    def _on_notify(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        self._heard(str(payload))
