"""The port to a broker."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from scholr.kernel.errors import DomainError, ErrorKind
from scholr.platform.broker.cloudevent import CloudEvent

Consume = Callable[[CloudEvent], Awaitable[None]]
"""Hands one event to its consumers. Returns once each has handled it or has it written down for later."""


class BrokerUnavailable(DomainError):
    """The broker cannot take an event just now; the relay stands still and tries again."""

    code = "broker_unavailable"
    kind = ErrorKind.UNAVAILABLE


class Broker(Protocol):
    async def publish(self, event: CloudEvent) -> None:
        """Return once the event cannot be lost; it may arrive twice, never out of its aggregate's order.

        Raises BrokerUnavailable when the broker cannot take it.
        """
        ...

    async def consume(self, consume: Consume) -> None:
        """Hand arriving events over until cancelled; those of one aggregate one after the other."""
        ...

    async def close(self) -> None: ...
