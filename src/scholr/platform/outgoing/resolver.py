"""Names to addresses, behind a port: the network is not part of a test."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address
from typing import Any, Protocol

from scholr.platform.outgoing.addresses import IpAddress

_AT_ONCE = 4


class Resolver(Protocol):
    async def resolve(self, host: str, port: int) -> Sequence[IpAddress]:
        """Every address of a name, or the one that it is itself. Raises OSError."""
        ...


class SystemResolver:
    """As any other program of this machine: its hosts file, its search list, its resolvers.

    In threads of its own, which begin when they are needed: whoever owns a name decides how slowly it is found, and a
    lookup cannot be ended. In the event loop's own few threads that would be everybody's wait.
    """

    def __init__(self, look_up: Callable[..., Sequence[tuple[Any, ...]]] = socket.getaddrinfo) -> None:
        self._look_up = look_up
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="names")

    async def resolve(self, host: str, port: int) -> Sequence[IpAddress]:
        ask = partial(self._look_up, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return list(dict.fromkeys(ip_address(address[0]) for *_, address in found))
