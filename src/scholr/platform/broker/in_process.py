"""The default broker: the relay's own process hands events straight to their consumers."""

import asyncio

from scholr.platform.broker.cloudevent import CloudEvent
from scholr.platform.broker.port import Consume


class InProcessBroker:
    def __init__(self, consume: Consume) -> None:
        self._consume = consume

    async def publish(self, event: CloudEvent) -> None:
        await self._consume(event)

    async def consume(self, consume: Consume) -> None:  # noqa: ARG002  # the port's shape: nothing arrives later
        await asyncio.Event().wait()

    async def close(self) -> None:
        return
