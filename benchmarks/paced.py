"""Requests at a steady rate, whether or not the answers keep up: what people do, and what a closed loop hides.

A latency counts from the moment at which the request was due, so that one slow answer is not the only one to show.
`python -m benchmarks.paced PORT TENANT RATE SECONDS` is a neighbour in a process of its own; it prints what it got.
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from itertools import repeat
from typing import cast

import uvloop

from benchmarks.load import Outcome, body_of, request

MOST_CONNECTIONS = 64
GRACE_SECONDS = 10.0


class _Connection(asyncio.Protocol):
    """One request in flight at most; `idle` is where it waits for the next one."""

    def __init__(self, idle: "deque[_Connection]", outcome: Outcome) -> None:
        self._idle = idle
        self._outcome = outcome
        self._buffer = b""
        self._due = 0.0
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)  # uvloop's is not a subclass of asyncio's
        self._idle.append(self)

    def send(self, message: bytes, due: float) -> None:
        self._due = due
        self.transport.write(message)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if body_of(self._buffer) is None:
            return
        self._outcome.latencies.append(time.perf_counter() - self._due)
        self._outcome.statuses[int(self._buffer[9:12])] += 1
        self._buffer = b""
        self._idle.append(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.is_lost = True


async def _pace(port: int, requests: Iterator[bytes], rate: float, seconds: float) -> Outcome:
    """Status 0 counts what was due while every connection was in use, and what was never answered."""
    outcome, idle, loop = Outcome(), deque[_Connection](), asyncio.get_running_loop()
    for _ in range(MOST_CONNECTIONS):
        await loop.create_connection(lambda: _Connection(idle, outcome), "127.0.0.1", port)
    begun, total = time.perf_counter(), int(rate * seconds)
    for number in range(total):
        due = begun + number / rate
        if (ahead := due - time.perf_counter()) > 0:
            await asyncio.sleep(ahead)
        while idle and idle[0].is_lost:
            idle.popleft()
        if idle:
            idle.popleft().send(next(requests), due)
    outcome.seconds = time.perf_counter() - begun
    await _answered(idle)
    outcome.statuses[0] += total - outcome.count
    for connection in idle:
        connection.transport.close()
    return outcome


async def _answered(idle: "deque[_Connection]") -> None:
    """Wait for what is still on its way, GRACE_SECONDS at most."""
    for _ in range(int(GRACE_SECONDS / 0.01)):
        if len(idle) == MOST_CONNECTIONS:
            return
        await asyncio.sleep(0.01)


def pace(port: int, requests: Iterator[bytes], *, rate: float, seconds: float) -> Outcome:
    """Send `rate` requests a second to 127.0.0.1:`port` for `seconds`; never to another machine."""
    return uvloop.run(_pace(port, requests, rate, seconds))


def main() -> int:
    port, tenant, rate, seconds = sys.argv[1:]
    os.nice(10)  # what is measured is the server; the work of making noise must not take the processor from it
    message = request("GET", "/api/courses?limit=20", headers={"X-Tenant-Id": tenant})
    outcome = pace(int(port), repeat(message), rate=float(rate), seconds=float(seconds))
    statuses: Counter[int] = outcome.statuses
    sys.stdout.write(json.dumps({"seconds": outcome.seconds, "statuses": statuses}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
