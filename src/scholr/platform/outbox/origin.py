"""Who causes what happens now, and in which request: carried along with events, like the trace."""

from collections.abc import Callable
from contextvars import ContextVar
from functools import lru_cache
from ipaddress import ip_address, ip_network
from uuid import UUID

import msgspec

_KEPT_BITS = {4: 24, 6: 48}


class Origin(msgspec.Struct, frozen=True, omit_defaults=True):
    """`kind` is an ActorKind; `member` the membership that acts; `token` the API token that it acts through; both
    belong to `tenant`, which is known in this process only.

    `address` is the network that the request came from, never the machine: see `shortened`. Names that an older
    program wrote and this one does not know are passed over; every field has a default.
    """

    kind: str = "system"
    member: UUID | None = None
    token: UUID | None = None
    request: UUID | None = None
    address: str = ""
    tenant: UUID | None = None

    def told_to(self, tenant_id: UUID | None) -> "Origin":
        """What this organisation is told: a membership elsewhere is none of its business."""
        if self.tenant is not None and self.tenant == tenant_id:
            return Origin(self.kind, self.member, self.token, self.request, self.address)
        return Origin(self.kind, request=self.request, address=self.address)


_current: ContextVar[Callable[[], Origin | None] | None] = ContextVar("scholr_origin", default=None)


class OriginatingFrom:
    """`with`: what happens inside was caused by what `tell` tells, which is asked when something happens: most
    requests only read."""

    __slots__ = ("_tell", "_token")

    def __init__(self, tell: Callable[[], Origin | None] | None) -> None:
        self._tell = tell

    def __enter__(self) -> None:
        self._token = _current.set(self._tell)

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)


def originating(origin: Origin | None) -> OriginatingFrom:
    """What happens inside was caused by this; None: by the program itself."""
    return OriginatingFrom(None if origin is None else lambda: origin)


def current_origin() -> Origin | None:
    tell = _current.get()
    return tell() if tell is not None else None


def encode_origin(tenant_id: UUID | None) -> str | None:
    """The current origin as JSON text, as this organisation is told of it; None where there is none."""
    origin = current_origin()
    return None if origin is None else msgspec.json.encode(origin.told_to(tenant_id)).decode()


def decode_origin(text: bytes | str | None, tenant_id: UUID) -> Origin | None:
    """As it was told to the organisation whose event it is; what follows from the event has the same origin."""
    if text is None:
        return None
    found = msgspec.json.decode(text, type=Origin)
    return Origin(found.kind, found.member, found.token, found.request, found.address, tenant_id)


@lru_cache(maxsize=4096)
def shortened(address: str) -> str:
    """The network of an address: /24 of IPv4, /48 of IPv6; "" for what is no address.

    Enough to see that somebody was elsewhere; too little to find a household by.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    return str(ip_network((found, _KEPT_BITS[found.version]), strict=False))
