"""NATS JetStream as the broker: events outlive this process and other programs may read them."""

import asyncio
import zlib

import nats
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeout
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StreamConfig
from nats.js.client import JetStreamContext

from scholr.platform.broker.cloudevent import CONTENT_TYPE, CloudEvent
from scholr.platform.broker.port import BrokerUnavailable, Consume

log = structlog.get_logger("scholr.nats")

STREAM = "SCHOLR"
SUBJECTS = "scholr.events"
LANES = 8
_DUPLICATE_WINDOW = 600.0
_KEPT_SECONDS = 7 * 86400.0
_ACK_SECONDS = 60.0
_RETRY_SECONDS = 2.0


class NatsBroker:
    """One stream; events of one aggregate share a lane, and each lane hands out one event at a time.

    The event's id is the message id, so what the relay publishes twice is stored once (within ten minutes;
    the consumers' inbox covers the rest).
    """

    def __init__(self, client: Client, stream: JetStreamContext, *, consumer: str) -> None:
        self._client = client
        self._stream = stream
        self._consumer = consumer

    @classmethod
    async def connect(cls, url: str, *, consumer: str = "scholr", seconds: float = 5.0) -> "NatsBroker":
        """Connect and make the stream if it is not there; raises when the server cannot be reached."""
        client = await nats.connect(url, connect_timeout=int(seconds), max_reconnect_attempts=-1, name="scholr")
        stream = client.jetstream(timeout=seconds)
        await stream.add_stream(
            StreamConfig(
                name=STREAM,
                subjects=[f"{SUBJECTS}.>"],
                retention=RetentionPolicy.LIMITS,
                duplicate_window=_DUPLICATE_WINDOW,
                max_age=_KEPT_SECONDS,
            )
        )
        return cls(client, stream, consumer=consumer)

    async def publish(self, event: CloudEvent) -> None:
        """Return once the stream has stored the event."""
        try:
            await self._stream.publish(
                f"{SUBJECTS}.{lane_of(event)}.{event.type}",
                event.to_json(),
                headers={"Nats-Msg-Id": str(event.id), "Content-Type": CONTENT_TYPE},
            )
        except (NatsError, OSError) as error:
            raise BrokerUnavailable(f"JetStream did not take an event: {error or type(error).__name__}") from error

    async def consume(self, consume: Consume) -> None:
        async with asyncio.TaskGroup() as lanes:
            for lane in range(LANES):
                lanes.create_task(self._consume_lane(lane, consume))

    async def close(self) -> None:
        await self._client.close()

    async def _consume_lane(self, lane: int, consume: Consume) -> None:
        subscription = await self._stream.pull_subscribe(
            f"{SUBJECTS}.{lane}.>",
            durable=f"{self._consumer}-{lane}",
            stream=STREAM,
            # One at a time, or a second event could overtake a first one that is delivered again.
            config=ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, ack_wait=_ACK_SECONDS, max_ack_pending=1),
        )
        while True:
            try:
                for message in await subscription.fetch(1, timeout=5):
                    await self._hand_over(message, consume)
            except NatsTimeout:
                continue
            except NatsError as error:
                log.warning("cannot read from the stream; trying again", lane=lane, reason=str(error))
                await asyncio.sleep(_RETRY_SECONDS)

    async def _hand_over(self, message: Msg, consume: Consume) -> None:
        try:
            await consume(CloudEvent.from_json(message.data))
        except Exception as error:  # the boundary of foreign code: the stream keeps it and gives it out again
            log.warning("event not taken; it comes again", reason=f"{type(error).__name__}: {error}")
            await message.nak(delay=_RETRY_SECONDS)
        else:
            await message.ack()


def lane_of(event: CloudEvent) -> int:
    """The same on every machine and in every version, or events of one aggregate would change lanes."""
    return zlib.crc32(event.aggregate_id.bytes) % LANES
