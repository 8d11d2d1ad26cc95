"""A broker behind its policy."""

from scholr.platform.broker.cloudevent import CloudEvent
from scholr.platform.broker.port import Broker, BrokerUnavailable, Consume
from scholr.platform.resilience.errors import DependencyUnavailable
from scholr.platform.resilience.guard import Guard


class GuardedBroker:
    """Publishing passes the guard; consuming waits for events for as long as the process lives."""

    def __init__(self, broker: Broker, guard: Guard) -> None:
        self._broker = broker
        self._guard = guard

    async def publish(self, event: CloudEvent) -> None:
        try:
            await self._guard.call(lambda: self._broker.publish(event))
        except DependencyUnavailable as error:
            raise BrokerUnavailable(error.message, retry_after=error.retry_after) from error

    async def consume(self, consume: Consume) -> None:
        await self._broker.consume(consume)

    async def close(self) -> None:
        await self._broker.close()
