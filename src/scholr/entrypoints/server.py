"""The web server of one process: how it listens, and how it ends without losing a request."""

import asyncio
import os
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from scholr.platform.http.protocol import BoundedHttpProtocol
from scholr.platform.http.settings import HttpSettings
from scholr.platform.observability.watch import Watch

DRAIN_SECONDS = 10
"""What requests that have begun get to end."""
LINGER_SECONDS = 2.0
"""How long connections that are open, and silent, may still bring a request once nothing new is accepted."""
_LOOK_SECONDS = 0.02
_MOST_CONNECTIONS = 4096
_BACKLOG = 2048


class DrainingServer(uvicorn.Server):
    """Ends in three steps: it says that it is about to (`notice` seconds, for a balancer that has to hear of it);
    it accepts nothing new and asks those who are connected to go, with their next answer; it ends what is left.

    uvicorn itself closes idle connections at once, and with them the requests that are just on their way.
    """

    def __init__(self, config: uvicorn.Config, edge: Watch, *, notice: float, ready_fd: int | None = None) -> None:
        super().__init__(config)
        self._edge = edge
        self._notice = notice
        self._ready_fd = ready_fd

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's own, which however raises the signal once more when all is done: that would end the process on
        the spot, with its last figures and spans unsent and its connections not given back."""
        with super().capture_signals():
            try:
                yield
            finally:
                self._captured_signals.clear()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._ready_fd is not None:
            os.write(self._ready_fd, b"ready\n")
            os.close(self._ready_fd)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._edge.load.is_draining = True
        await asyncio.sleep(self._notice)
        await self._let_in_who_knocked()
        for server in self.servers:
            server.close()
        for each in sockets or ():
            each.close()
        for _ in range(int(LINGER_SECONDS / _LOOK_SECONDS)):
            if not self.server_state.connections:
                break
            await asyncio.sleep(_LOOK_SECONDS)
        await super().shutdown(sockets)

    async def _let_in_who_knocked(self) -> None:
        """uvloop accepts one connection in each turn of its loop. Those that are made and not accepted would be reset
        when the last process lets go of the listening socket."""
        listening = select.poll()
        for server in self.servers:
            for each in server.sockets:
                listening.register(each.fileno(), select.POLLIN)
        for _ in range(int(LINGER_SECONDS / _LOOK_SECONDS)):
            await asyncio.sleep(_LOOK_SECONDS)
            if not listening.poll(0):
                return


def server_for(
    edge: Watch, settings: HttpSettings, *, notice: float = 0.0, ready_fd: int | None = None
) -> DrainingServer:
    config = uvicorn.Config(
        edge,
        host=settings.host,
        port=settings.port,
        http=BoundedHttpProtocol,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,
        server_header=False,
        backlog=_BACKLOG,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        proxy_headers=False,
    )
    return DrainingServer(config, edge, notice=notice, ready_fd=ready_fd)
