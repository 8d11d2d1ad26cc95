"""Where a request came from, when proxies of the deployment stand before it.

Anybody can write `X-Forwarded-For`, so it is read from the right, where our own proxies wrote, and only as far as
they are ours. What is scheme and host of this deployment is never taken from a header: `SCHOLR_PUBLIC_URL` says it.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

_MOST_HOPS = 20


class ForwardedHeader(StrEnum):
    """The one that the proxies write. Only one is read: what they pass on unread, a client may have written."""

    X_FORWARDED_FOR = "x-forwarded-for"
    FORWARDED = "forwarded"


class TrustedProxies:
    """Without networks nobody is believed, and everybody is where they connect from."""

    def __init__(
        self, networks: Iterable[Network] = (), header: ForwardedHeader = ForwardedHeader.X_FORWARDED_FOR
    ) -> None:
        self._networks = tuple(networks)
        self._header = header

    @classmethod
    def parsed(cls, text: str, header: ForwardedHeader = ForwardedHeader.X_FORWARDED_FOR) -> "TrustedProxies":
        """Networks (CIDR) or single addresses, with commas between. Raises ValueError."""
        return cls(tuple(ip_network(each.strip()) for each in text.split(",") if each.strip()), header)

    def client_of(self, peer: str, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """The nearest address on the way that is not one of ours; `peer` is who connected."""
        if not self._networks or not self._is_ours(peer):
            return peer
        name = self._header.value.encode()
        lines = [value.decode("latin-1") for key, value in headers if key == name]
        nearest = peer
        for hop in reversed(self._hops(",".join(lines))):
            address = _plain(hop)
            if address is None:  # from here on nothing is known
                return nearest
            nearest = address
            if not self._is_ours(nearest):
                return nearest
        return nearest

    def _hops(self, text: str) -> Sequence[str]:
        parts = text.split(",")[-_MOST_HOPS:]
        if self._header is ForwardedHeader.X_FORWARDED_FOR:
            return [part for part in parts if part.strip()]
        return [_for_of(part) for part in parts if part.strip()]

    def _is_ours(self, address: str) -> bool:
        found = _parsed(address)
        return found is not None and any(
            found.version == network.version and found in network for network in self._networks
        )


def _for_of(element: str) -> str:
    """The `for=` of one element of a `Forwarded` field (RFC 7239); "" where it says none."""
    for pair in element.split(";"):
        name, _, value = pair.partition("=")
        if name.strip().lower() == "for":
            return value.strip().strip('"')
    return ""


def _plain(hop: str) -> str | None:
    """An address as text, without brackets and port; None for `unknown`, a made-up name and nonsense."""
    hop = hop.strip()
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    found = _parsed(hop)
    return None if found is None else str(found)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """An IPv4 address in IPv6's clothes is the IPv4 address: a socket for both shows it so."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found
