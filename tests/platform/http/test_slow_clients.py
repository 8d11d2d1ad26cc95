"""Clients that are slow by accident or on purpose, on real sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from litestar.types import Receive, Scope, Send

from scholr.platform.http import pace, protocol
from scholr.platform.http.load import Load
from scholr.platform.http.pace import BodyIntake, BodyTooLarge, BodyTooSlow
from scholr.platform.http.protocol import BoundedHttpProtocol


async def hello(scope: Scope, _receive: Receive, send: Send) -> None:
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok", "more_body": False})


@asynccontextmanager
async def served(app: Callable[[Scope, Receive, Send], Awaitable[None]] = hello) -> AsyncIterator[int]:
    config = uvicorn.Config(
        app, port=0, http=BoundedHttpProtocol, lifespan="off", log_config=None, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        for _ in range(1000):
            if server.started:
                break
            await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await running


async def exchange(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    """What the server says until it closes the connection, which it may do while we still send."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    heard = asyncio.create_task(reader.readuntil(b"\r\n\r\n"))
    try:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(pause)
            if heard.done():
                break
        async with asyncio.timeout(10):
            return await heard
    finally:
        writer.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(pace, "FIRST_SECONDS", 0.2)


@pytest.mark.usefixtures("impatient")
async def test_a_connection_that_says_nothing_is_closed() -> None:
    async with served() as port:
        assert (await exchange(port)).startswith(b"HTTP/1.1 408")


@pytest.mark.usefixtures("impatient")
async def test_a_head_that_trickles_in_is_given_up() -> None:
    async with served() as port:
        trickle = [b"GET / HTTP/1.1\r\n", *(f"x-{number}: y\r\n".encode() for number in range(8))]
        assert (await exchange(port, *trickle, pause=0.05)).startswith(b"HTTP/1.1 408")


async def test_a_head_that_does_not_end_is_refused() -> None:
    async with served() as port:
        endless = b"GET / HTTP/1.1\r\n" + b"x-header: " + b"y" * protocol.MOST_HEAD_BYTES
        assert (await exchange(port, endless)).startswith(b"HTTP/1.1 431")


@pytest.mark.usefixtures("impatient")
async def test_a_second_request_on_a_connection_has_a_clock_of_its_own() -> None:
    async with served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            writer.write(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(0.15)  # together longer than one head may take
        writer.write(b"GET / HTTP")
        async with asyncio.timeout(5):
            assert (await reader.read()).startswith(b"HTTP/1.1 408")
        writer.close()


def intake(pieces: list[bytes], pause: float, most: int = 10_000) -> tuple[BodyIntake, list[float]]:
    waits: list[float] = []
    left = list(pieces)

    async def receive() -> Any:
        await asyncio.sleep(pause)
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    return BodyIntake(receive, most, waits.append, Load()), waits


@pytest.mark.usefixtures("impatient")
async def test_a_body_that_trickles_in_is_given_up() -> None:
    receive, _waits = intake([b"x"] * 100, 0.03)
    with pytest.raises(BodyTooSlow):
        for _ in range(100):
            await receive()


@pytest.mark.usefixtures("impatient")
async def test_a_large_body_may_take_the_time_that_it_needs() -> None:
    """Half a second in all, which is more than a small one gets."""
    receive, waits = intake([b"x" * 2048] * 10, 0.05, most=100_000)
    for _ in range(10):
        await receive()
    assert sum(waits) > 0.4


async def test_a_body_that_is_too_large_is_not_read_to_its_end() -> None:
    receive, _waits = intake([b"x" * 600] * 100, 0.0, most=1000)
    with pytest.raises(BodyTooLarge):
        for _ in range(100):
            await receive()


async def endless(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
        await asyncio.sleep(0)


async def test_a_client_that_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "STALLED_SECONDS", 0.1)
    ended = asyncio.Event()

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        streaming = asyncio.create_task(endless(scope, receive, send))
        while (await receive())["type"] != "http.disconnect":
            pass
        streaming.cancel()
        ended.set()

    async with served(told) as port:
        _reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
        async with asyncio.timeout(10):  # nothing is read here but what the reader's own small buffer takes
            await ended.wait()
        writer.close()


async def test_a_client_that_takes_its_time_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow, but never silent for as long as a stalled one."""
    monkeypatch.setattr(protocol, "STALLED_SECONDS", 0.5)
    pieces = 60

    async def large(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(pieces):
            await send({"type": "http.response.body", "body": b"x" * 262_144, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async with served(large) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=65_536)
        writer.write(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
        seen = 0
        async with asyncio.timeout(20):
            while seen < pieces * 262_144:
                piece = await reader.read(1_048_576)
                assert piece, "the connection ended early"
                seen += piece.count(b"x")
                if seen < 20 * 65_536:
                    await asyncio.sleep(0.05)
        writer.close()


async def test_an_answer_leaves_in_one_piece_and_whole() -> None:
    """Its head waits for what follows at once, and not for what comes later."""
    late = asyncio.Event()

    async def in_pieces(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"6")]})
        for piece in (b"one", b"two"):
            await late.wait()
            await send({"type": "http.response.body", "body": piece, "more_body": piece == b"one"})

    async with served(in_pieces) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
        async with asyncio.timeout(10):
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            late.set()
            assert await reader.readexactly(6) == b"onetwo"
        writer.close()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("request_head", "then"),
    [
        pytest.param(
            b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99\r\n\r\n", b"x", id="a body nobody read"
        ),
        pytest.param(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n", b"\r\n", id="an empty line"),
    ],
)
async def test_an_answered_client_that_sends_no_next_request_is_let_go(request_head: bytes, then: bytes) -> None:
    """One byte ended the time for which an idle connection is kept, and 4,096 such connections ended the service."""
    async with served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request_head)
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        writer.write(then)
        async with asyncio.timeout(3):
            assert await reader.read() == b""
        writer.close()


async def test_the_rest_of_a_body_that_nobody_read_is_followed_by_the_next_request() -> None:
    async with served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\n\r\n")
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        for piece in (b"ab", b"cd", b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"):
            writer.write(piece)
            await asyncio.sleep(0.02)
        async with asyncio.timeout(3):
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        writer.close()


@pytest.mark.parametrize("piece", [b"x-more: y\r\n", b"y" * 11], ids=["many fields", "one field"])
async def test_a_trailer_without_end_is_not_taken(piece: bytes) -> None:
    """It is no body, so that no bound of bodies held it, and each field was kept."""

    async def reads(_scope: Scope, receive: Receive, _send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async with served(reads) as port:
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nx-first: "
        )
        with pytest.raises(ConnectionError):
            async with asyncio.timeout(5):
                for _ in range(200):
                    writer.write(piece * 1000)
                    await writer.drain()
                    await asyncio.sleep(0.001)
        writer.close()


async def test_a_large_answer_is_finished_for_who_takes_it_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """It leaves the program in one piece, so that its buffer stays full for longer than a stalled client gets."""
    monkeypatch.setattr(protocol, "STALLED_SECONDS", 0.4)
    size = 24_000_000

    async def large(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * size, "more_body": False})

    async with served(large) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=65_536)
        writer.write(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
        seen = 0
        async with asyncio.timeout(10):
            while seen < size:
                piece = await reader.read(1_048_576)
                assert piece, f"the connection ended after {seen} bytes"
                seen += piece.count(b"x")
                await asyncio.sleep(0.005)
        writer.close()
