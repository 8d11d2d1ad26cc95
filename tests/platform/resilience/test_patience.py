"""Waiting for an answer in a process that is sometimes too busy to listen."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from scholr.platform.resilience.patience import Patience

SECONDS = 0.1


@pytest.fixture
def echo() -> Iterator[tuple[str, int]]:
    """Something that answers every byte at once, in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_answer, args=(listener,), daemon=True).start()
        yield listener.getsockname()


def _answer(listener: socket.socket) -> None:
    try:
        connection, _ = listener.accept()
    except OSError:
        return
    with connection:
        while piece := connection.recv(1):
            connection.sendall(piece)


def be_busy(seconds: float) -> None:
    """The loop reads nothing meanwhile."""
    time.sleep(seconds)


async def test_an_answer_that_came_while_nobody_listened_is_read(echo: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*echo)

    async def ask() -> bytes:
        writer.write(b"x")
        async with Patience(SECONDS):
            return await reader.readexactly(1)

    asked = asyncio.create_task(ask())
    await asyncio.sleep(0)
    be_busy(3 * SECONDS)
    assert await asked == b"x"
    writer.close()
    await writer.wait_closed()


async def test_who_never_answers_is_given_up_in_time() -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        async with Patience(SECONDS) as patience:
            await asyncio.sleep(60)
    assert patience.expired()
    assert SECONDS <= time.monotonic() - began < 5 * SECONDS


async def test_a_busy_process_waits_once_more_and_no_longer() -> None:
    async def ask() -> None:
        async with Patience(SECONDS):
            await asyncio.sleep(60)

    asked = asyncio.create_task(ask())
    await asyncio.sleep(0)
    be_busy(20 * SECONDS)
    free_again = time.monotonic()
    with pytest.raises(TimeoutError):
        await asked
    assert time.monotonic() - free_again < 5 * SECONDS


async def test_a_cancelled_wait_is_not_a_timeout() -> None:
    async def ask() -> None:
        async with Patience(60):
            await asyncio.sleep(60)

    asked = asyncio.create_task(ask())
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
