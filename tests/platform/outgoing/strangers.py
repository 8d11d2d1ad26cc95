"""A stranger's server on a loopback address, and a name service that answers what it is told."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address

from scholr.platform.outgoing.addresses import IpAddress

Handler = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Names:
    """Answers from a list for each name; the last one stays. Counts the questions."""

    answers: dict[str, list[Sequence[str]]]
    asked: list[str] = field(default_factory=list)

    async def resolve(self, host: str, _port: int) -> Sequence[IpAddress]:
        self.asked.append(host)
        if host not in self.answers:
            return [ip_address(host)]
        left = self.answers[host]
        return [ip_address(each) for each in (left.pop(0) if len(left) > 1 else left[0])]


@dataclass(slots=True)
class Stranger:
    """`heads` are the requests that came, as text."""

    port: int
    heads: list[str] = field(default_factory=list)


@asynccontextmanager
async def stranger(
    handler: Handler, host: str = "127.0.0.1", *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Stranger]:
    """A real server; `handler` gets the path and writes the answer by itself."""
    found = Stranger(0)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            found.heads.append(head)
            await handler(head.split(" ")[1], writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, host, 0, ssl=tls)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()


def answer(status: str, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
