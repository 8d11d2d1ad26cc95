"""`/metrics` of a worker, which serves nothing else: as much HTTP as a scraper needs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from scholr.platform.observability.access import may_read_metrics
from scholr.platform.observability.exposition import exposition
from scholr.platform.runtime import Platform

_SECONDS = 5.0
_MOST_HEADERS = 64


@asynccontextmanager
async def metrics_server(platform: Platform, host: str, port: int) -> AsyncIterator[int]:
    """Answer on `port` while the block runs (0: not at all); gives the port."""
    if not port:
        yield 0
        return

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_SECONDS):
                writer.write(await _answer(platform, reader))
                await writer.drain()
        except (OSError, TimeoutError, ValueError, EOFError):
            writer.transport.abort()  # who speaks no HTTP, left, or does not read: an end in order would wait for them
        finally:
            writer.close()

    server = await asyncio.start_server(answer, host, port, limit=16_384)
    try:
        yield port
    finally:
        server.close()
        await server.wait_closed()


async def _answer(platform: Platform, reader: asyncio.StreamReader) -> bytes:
    method, path, *_version = (await reader.readline()).decode("latin-1").split() or ("", "")
    headers: dict[str, str] = {}
    for _ in range(_MOST_HEADERS):
        name, _, value = (await reader.readline()).decode("latin-1").partition(":")
        if not name.strip():
            break
        headers[name.strip().lower()] = value.strip()
    http = platform.http
    allowed = may_read_metrics(
        platform.signals, headers.get("authorization", ""), operator_token=http.operator_token, is_demo=http.is_demo
    )
    if method != "GET" or path.partition("?")[0] != "/metrics" or not allowed:
        return _response("404 Not Found", "text/plain", b"There is nothing at this address.\n")
    body, content_type = exposition(platform.signals, headers.get("accept", ""))
    return _response("200 OK", content_type, body)


def _response(status: str, content_type: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
    return f"{head}\r\n".encode() + body
