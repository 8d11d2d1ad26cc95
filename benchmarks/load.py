"""A small HTTP/1.1 load generator for loopback: keep-alive connections, one request in flight on each."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import uvloop

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length: "


@dataclass(slots=True)
class Outcome:
    """`latencies` in seconds, unordered; `statuses` counts answers by status code."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.latencies)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.count / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """The latency in milliseconds that `share` (0..1) of the answers stayed below."""
        if not self.latencies:
            return float("nan")
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000

    def merge(self, other: "Outcome") -> None:
        self.seconds += other.seconds
        self.latencies += other.latencies
        self.statuses += other.statuses
        self.bodies += other.bodies


def request(method: str, path: str, *, body: bytes = b"", headers: dict[str, str] | None = None) -> bytes:
    """One request, encoded once."""
    lines = [f"{method} {path} HTTP/1.1", "host: localhost", *(f"{k}: {v}" for k, v in (headers or {}).items())]
    if body:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join(lines).encode() + HEAD_END + body


def body_of(answer: bytes) -> bytes | None:
    """None while its head, or what the head announces, has not all arrived."""
    head_end = answer.find(HEAD_END)
    if head_end < 0:
        return None
    at = answer.lower().find(LENGTH, 0, head_end)
    length = int(answer[at + len(LENGTH) : answer.find(b"\r", at)]) if at >= 0 else 0
    body = answer[head_end + len(HEAD_END) :]
    return body if len(body) >= length else None


class _Caller(asyncio.Protocol):
    """One connection: sends the next request as soon as the answer is complete."""

    def __init__(self, requests: Iterator[bytes], outcome: Outcome, until: float, *, keep_bodies: bool) -> None:
        self._requests = requests
        self._outcome = outcome
        self._until = until
        self._keep = keep_bodies
        self._buffer = b""
        self._sent_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's is not a subclass of asyncio's
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        body = body_of(self._buffer)
        if body is not None:
            self._record(body)

    def connection_lost(self, _exc: Exception | None) -> None:
        if not self.done.done():
            self._outcome.statuses[0] += 1
            self.done.set_result(None)

    def _record(self, body: bytes) -> None:
        self._outcome.latencies.append(time.perf_counter() - self._sent_at)
        self._outcome.statuses[int(self._buffer[9:12])] += 1
        if self._keep:
            self._outcome.bodies.append(body)
        self._buffer = b""
        self._next()

    def _next(self) -> None:
        message = next(self._requests, None) if time.perf_counter() < self._until else None
        if message is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(message)


def _same(caller: _Caller) -> _Caller:
    return caller


async def _drive(port: int, requests: Iterator[bytes], connections: int, seconds: float, keep_bodies: bool) -> Outcome:
    outcome, loop = Outcome(), asyncio.get_running_loop()
    begun = time.perf_counter()
    callers = [_Caller(requests, outcome, begun + seconds, keep_bodies=keep_bodies) for _ in range(connections)]
    opened = await asyncio.gather(
        *(loop.create_connection(partial(_same, caller), "127.0.0.1", port) for caller in callers)
    )
    await asyncio.wait_for(asyncio.gather(*(caller.done for caller in callers)), timeout=seconds + 60)
    outcome.seconds = time.perf_counter() - begun
    for transport, _protocol in opened:
        transport.close()
    return outcome


def drive(
    port: int, requests: Iterator[bytes], *, connections: int, seconds: float, keep_bodies: bool = False
) -> Outcome:
    """Send requests to 127.0.0.1:`port` until they or `seconds` run out; never to another machine."""
    return uvloop.run(_drive(port, requests, connections, seconds, keep_bodies))
