"""Answers leave in one piece: a head and what follows it at once are one write to the socket, not two."""

from asyncio import AbstractEventLoop, Transport
from typing import Any


class CorkedTransport:
    """A transport that keeps the first write until the event loop comes round, or until the next one joins it.

    uvicorn writes the head of an answer and its body by themselves; each write is a system call here and a packet
    there. What is written by itself leaves one turn of the loop later.
    """

    __slots__ = ("_held", "_loop", "_transport")

    def __init__(self, transport: Transport, loop: AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: bytes | None = None

    def write(self, data: bytes) -> None:
        held, self._held = self._held, None
        if held is not None:
            self._transport.writelines((held, data))
            return
        self._held = data
        self._loop.call_soon(self._flush)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self._transport.write(held)

    def __getattr__(self, name: str) -> Any:
        """Everything else is the transport's own."""
        return getattr(self._transport, name)
