"""Names to addresses, behind a port: the network is not part of a test."""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Protocol

from scholr.platform.outgoing.addresses import IpAddress


class Resolver(Protocol):
    async def resolve(self, host: str, port: int) -> Sequence[IpAddress]:
        """Every address of a name, or the one that it is itself. Raises OSError."""
        ...


class SystemResolver:
    """As any other program of this machine: its hosts file, its search list, its resolvers."""

    async def resolve(self, host: str, port: int) -> Sequence[IpAddress]:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(ip_address(address[0]) for *_, address in found))
