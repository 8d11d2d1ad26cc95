"""uvicorn's HTTP/1.1 connection, with bounds on how slowly and how long a request's head may come in, and on how
slowly its answer may be taken.

uvicorn times keep-alive from an answer to the next byte: a connection that sends nothing, a header a minute, or one
byte of a body that was answered unread, would stay for ever, and llhttp sets no bound to the size of a head or trailer.
"""

from asyncio import TimerHandle, Transport
from collections import deque
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from scholr.platform.http.corked import CorkedTransport

HEAD_SECONDS = 10.0
MOST_HEAD_BYTES = 64 * 1024
STALLED_SECONDS = 30.0
"""How long a client may take nothing of what waits for it."""

_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


# Where the fields of a trailer go: nobody reads them, and a client may send them without end.
_UNREAD: Any = deque(maxlen=0)


class BoundedHttpProtocol(HttpToolsProtocol):
    """The head's clock runs from the connection's first moment, and again from each later request's first byte. It
    runs as well for whatever else a client sends while nothing is being done for it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_clock: TimerHandle | None = None
        self._in_head = True
        self._in_message = True
        self._brought_body = False
        self._bytes_beside_body = 0
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
        if self._brought_body:
            self._brought_body, self._bytes_beside_body = False, 0
        elif self._in_message:
            self._bytes_beside_body += len(data)
            if self._bytes_beside_body > MOST_HEAD_BYTES:
                self._refuse(_TOO_LARGE)
                return
        if self.cycle is None or self.cycle.response_complete:
            self._wait_no_longer_than_for_a_head()

    def on_message_begin(self) -> None:
        self._in_head = self._in_message = True
        self._bytes_beside_body = 0
        if self._head_clock is None:
            self._start_head_clock()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_head_clock()
        super().on_headers_complete()
        if not self.parser.should_upgrade():
            self.headers = _UNREAD

    def on_body(self, body: bytes) -> None:
        self._brought_body = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_message = False
        self._stop_head_clock()
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_taking()

    def resume_writing(self) -> None:
        self._stop_stalled_clock()
        super().resume_writing()

    def _watch_taking(self) -> None:
        self._stop_stalled_clock()
        waiting = self.transport.get_write_buffer_size()
        self._stalled = self.loop.call_later(STALLED_SECONDS, self._end_if_stalled, waiting)

    def _end_if_stalled(self, waiting: int) -> None:
        """Slow is not stalled: an answer may be large, and leaves the program in one piece."""
        if self.transport.get_write_buffer_size() < waiting:
            self._watch_taking()
        else:
            self.transport.abort()

    def _stop_stalled_clock(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _wait_no_longer_than_for_a_head(self) -> None:
        """What was sent ended the time for which an idle connection is kept, and need not have begun a request."""
        is_timed = self._head_clock is not None or self.timeout_keep_alive_task is not None
        if not is_timed and self in self.connections and not self.transport.is_closing():
            self._start_head_clock()

    def _start_head_clock(self) -> None:
        self._head_clock = self.loop.call_later(HEAD_SECONDS, self._refuse, _TOO_SLOW)

    def _stop_head_clock(self) -> None:
        if self._head_clock is not None:
            self._head_clock.cancel()
            self._head_clock = None

    def _refuse(self, answer: bytes) -> None:
        """Told only between requests, and to a head: an answer that is on its way must not be broken into."""
        self._stop_head_clock()
        if self.transport.is_closing():
            return
        if self._in_head and (self.cycle is None or self.cycle.response_complete):
            self.transport.write(answer)
        self.transport.close()
