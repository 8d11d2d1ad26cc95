"""Where a message ends is said once: what two readers may understand differently is refused, and all that follows."""

import asyncio
from contextlib import suppress

import pytest
from litestar.types import Receive, Scope, Send

from tests.platform.http.test_slow_clients import served

HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


class Heard:
    """An application that reads every body whole and remembers the paths that it was asked for."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.paths.append(scope["path"])
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            more = message.get("more_body", False)  # type: ignore[union-attr]  # http.request is all that is left
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok", "more_body": False})


def post(*headers: bytes) -> bytes:
    return b"POST /open HTTP/1.1\r\nHost: localhost\r\n" + b"".join(headers) + b"\r\n"


async def told(app: Heard, sent: bytes) -> bytes:
    """All that is answered until the connection is closed, or until nothing comes any more."""
    answer = b""
    async with served(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        with suppress(TimeoutError, ConnectionError):
            while piece := await asyncio.wait_for(reader.read(65536), 1.0):
                answer += piece
        writer.close()
    return answer


async def test_a_second_request_on_a_connection_is_heard() -> None:
    """That the others below hear nothing hidden is not because nobody listens."""
    app = Heard()
    assert (await told(app, post(b"Content-Length: 3\r\n") + b"abc" + HIDDEN)).count(b"200 OK") == 2
    assert app.paths == ["/open", "/hidden"]


AMBIGUOUS = {
    "a length and chunks": post(b"Content-Length: 5\r\n", CHUNKED) + b"0\r\n\r\n" + HIDDEN,
    "chunks and a length": post(CHUNKED, b"Content-Length: 5\r\n") + b"0\r\n\r\n" + HIDDEN,
    "two lengths": post(b"Content-Length: 0\r\n", b"Content-Length: 41\r\n") + HIDDEN,
    "a list of lengths": post(b"Content-Length: 0, 41\r\n") + HIDDEN,
    "a length with a sign": post(b"Content-Length: +0\r\n") + HIDDEN,
    "a length below nothing": post(b"Content-Length: -1\r\n") + HIDDEN,
    "a length in hexadecimal": post(b"Content-Length: 0x0\r\n") + HIDDEN,
    "a length that overflows": post(b"Content-Length: 18446744073709551616\r\n") + HIDDEN,
    "a space before the colon": post(b"Content-Length : 0\r\n") + HIDDEN,
    "a folded line": post(b"Content-Length:\r\n 0\r\n") + HIDDEN,
    "another coding last": post(b"Transfer-Encoding: chunked, identity\r\n") + b"0\r\n\r\n" + HIDDEN,
    "a coding that is none": post(b"Transfer-Encoding: xchunked\r\n") + b"0\r\n\r\n" + HIDDEN,
    "a control character in the coding": post(b"Transfer-Encoding: \x0bchunked\r\n") + b"0\r\n\r\n" + HIDDEN,
    "a size of a chunk that is none": post(CHUNKED) + b"0x0\r\n\r\n" + HIDDEN,
    "a size of a chunk with a sign": post(CHUNKED) + b"-0\r\n\r\n" + HIDDEN,
    "a chunk longer than its size": post(CHUNKED) + b"1\r\nabc\r\n0\r\n\r\n" + HIDDEN,
    "lines that end with a line feed": post(CHUNKED) + b"0\n\n" + HIDDEN,
    "a carriage return in a value": post(b"X-Note: a\rContent-Length: 0\r\n") + HIDDEN,
    "a NUL in a value": post(b"X-Note: a\x00b\r\n") + HIDDEN,
    "no name": post(b": 0\r\n") + HIDDEN,
}


@pytest.mark.parametrize("what", AMBIGUOUS)
async def test_nothing_is_hidden_behind(what: str) -> None:
    app = Heard()
    answer = await told(app, AMBIGUOUS[what])
    assert "/hidden" not in app.paths
    assert b"200 OK" not in answer
    assert answer.startswith(b"HTTP/1.1 400 ")
