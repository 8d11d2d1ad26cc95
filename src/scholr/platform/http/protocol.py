"""uvicorn's HTTP/1.1 connection, with bounds on how slowly and how long a request's head may come in, and on how
slowly its answer may be taken.

uvicorn times keep-alive only from the first answer on: a connection that sends nothing, or a header a minute, would
stay for ever, and llhttp sets no bound to the size of a head.
"""

from asyncio import TimerHandle, Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from scholr.platform.http.corked import CorkedTransport

HEAD_SECONDS = 10.0
MOST_HEAD_BYTES = 64 * 1024
STALLED_SECONDS = 30.0
"""How long a client may take nothing of what waits for it."""

_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class BoundedHttpProtocol(HttpToolsProtocol):
    """The head's clock runs from the connection's first moment, and again from each later request's first byte."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_clock: TimerHandle | None = None
        self._head_bytes = 0
        self._in_head = True
        self._stalled: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(CorkedTransport(transport, self.loop))  # type: ignore[arg-type]  # as one behaves
        self._start_head_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_head_clock()
        self._stop_stalled_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._in_head:
            return
        self._head_bytes += len(data)
        if self._head_bytes > MOST_HEAD_BYTES:
            self._refuse(_TOO_LARGE)

    def on_message_begin(self) -> None:
        self._in_head, self._head_bytes = True, 0
        if self._head_clock is None:
            self._start_head_clock()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_head_clock()
        super().on_headers_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stop_stalled_clock()
        self._stalled = self.loop.call_later(STALLED_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_stalled_clock()
        super().resume_writing()

    def _stop_stalled_clock(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _start_head_clock(self) -> None:
        self._head_clock = self.loop.call_later(HEAD_SECONDS, self._refuse, _TOO_SLOW)

    def _stop_head_clock(self) -> None:
        if self._head_clock is not None:
            self._head_clock.cancel()
            self._head_clock = None

    def _refuse(self, answer: bytes) -> None:
        """Only between requests: while one is being answered, its answer must not be broken into."""
        self._stop_head_clock()
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(answer)
        self.transport.close()
