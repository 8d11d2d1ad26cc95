"""People who come at their own pace: requests are sent when they are due, whether or not the last ones were answered.

A generator that waits for answers (a closed loop) sends less when a server is slow, and so hides what it came to find.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Kind:
    """`rate` requests a second of one kind; `message` makes the next one. None of them may need the one before."""

    name: str
    rate: float
    message: Callable[[], bytes]


@dataclass(slots=True)
class Answers:
    """`latencies` in seconds from the moment when a request was due; `statuses` by code, 0 for none at all."""

    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    bodies: list[bytes] = field(default_factory=list)
    failed_at: list[float] = field(default_factory=list)

    def percentile_ms(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000 if ordered else float("nan")

    def add(self, other: "Answers") -> None:
        self.latencies += other.latencies
        self.statuses += other.statuses
        self.bodies += other.bodies
        self.failed_at += other.failed_at

    @property
    def share_ok(self) -> float:
        """Of all that were sent, those that were answered with 2xx or 3xx."""
        total = sum(self.statuses.values())
        return sum(count for status, count in self.statuses.items() if 200 <= status < 400) / max(1, total)


class Traffic:
    """Kept connections to 127.0.0.1:`port`, as many as are needed at once."""

    def __init__(self, port: int, kinds: Sequence[Kind], *, patience: float = 30.0, keep_bodies: bool = False) -> None:
        self._port = port
        self._kinds = kinds
        self._patience = patience
        self._keep = keep_bodies
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def run(self, seconds: float) -> dict[str, Answers]:
        """Send for `seconds`, then wait for what is still out."""
        found = {kind.name: Answers() for kind in self._kinds}
        try:
            async with asyncio.TaskGroup() as group:
                for kind in self._kinds:
                    group.create_task(self._send(kind, found[kind.name], seconds, group))
        finally:
            for _reader, writer in self._idle:
                writer.close()
            self._idle.clear()
        return found

    async def _send(self, kind: Kind, answers: Answers, seconds: float, group: asyncio.TaskGroup) -> None:
        end, due = time.perf_counter() + seconds, time.perf_counter()
        while due < end:
            due += random.expovariate(kind.rate)  # arrivals of people who do not know one another (Poisson)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(self._one(kind.message(), due, answers))

    async def _one(self, message: bytes, due: float, answers: Answers) -> None:
        try:
            async with asyncio.timeout(self._patience):
                status, body = await self._ask(message)
        except (OSError, EOFError, TimeoutError):
            status, body = 0, b""
        answers.latencies.append(time.perf_counter() - due)
        answers.statuses[status] += 1
        if not 200 <= status < 400:
            answers.failed_at.append(due)
        if self._keep:
            answers.bodies.append(body)

    async def _ask(self, message: bytes) -> tuple[int, bytes]:
        reader, writer = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(message)
            head = (await reader.readuntil(HEAD_END)).lower()
            at = head.find(b"content-length: ")
            length = int(head[at + 16 : head.find(b"\r", at)]) if at >= 0 else 0
            body = await reader.readexactly(length)
        except BaseException:
            writer.close()
            raise
        if b"connection: close" in head:
            writer.close()
        else:
            self._idle.append((reader, writer))
        return int(head[9:12]), body
