"""NATS JetStream as the broker, against the real server."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from scholr.kernel.ids import TenantId, new_id
from scholr.platform.broker.cloudevent import CloudEvent
from scholr.platform.broker.nats import STREAM, NatsBroker
from scholr.platform.broker.port import BrokerUnavailable
from tests.support.components import require_component


def _event(number: int, *, aggregate_id: UUID | None = None) -> CloudEvent:
    return CloudEvent(
        id=new_id(),
        type="testing.page_turned",
        time=datetime.now(UTC),
        tenant_id=TenantId(new_id()),
        aggregate_type="book",
        aggregate_id=aggregate_id or new_id(),
        sequence=number,
        data=msgspec.json.encode({"page": number}),
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" if number % 2 else None,
    )


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[str]:
    """A JetStream server of this test's own; its address."""
    program = require_component("nats-server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        program, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(tmp_path), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await _until_it_listens(port)
        yield f"nats://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def _until_it_listens(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                await writer.wait_closed()
                return


def test_an_event_survives_the_wire() -> None:
    for number in (1, 2):
        event = _event(number)
        wire = msgspec.json.decode(event.to_json())
        assert wire["specversion"] == "1.0"
        assert wire["source"] == "/scholr/testing"
        assert ("traceparent" in wire) == bool(number % 2)
        assert CloudEvent.from_json(event.to_json()) == event


def test_what_is_not_ours_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        CloudEvent.from_json(b'{"specversion": "0.3", "id": "1"}')


async def test_events_arrive_once_in_order_and_again_when_they_were_not_taken(server: str) -> None:
    publisher, consumer = await NatsBroker.connect(server), await NatsBroker.connect(server)
    book = new_id()
    events = [_event(number, aggregate_id=book) for number in range(6)]
    seen: list[int] = []
    refused: list[int] = []
    done = asyncio.Event()

    async def consume(event: CloudEvent) -> None:
        if event.sequence == 2 and not refused:
            refused.append(event.sequence)
            raise RuntimeError("the database is away")
        seen.append(event.sequence)
        if event.sequence == 5:
            done.set()

    for event in [*events, *events]:  # the relay publishes again after a crash
        await publisher.publish(event)
    consuming = asyncio.create_task(consumer.consume(consume))
    try:
        async with asyncio.timeout(20):
            await done.wait()
        assert (refused, seen) == ([2], [0, 1, 2, 3, 4, 5])
    finally:
        consuming.cancel()
        await asyncio.gather(consuming, return_exceptions=True)
        await publisher.close()
        await consumer.close()


async def test_a_second_consumer_goes_on_where_the_first_stopped(server: str) -> None:
    for wanted in (1, 2):
        broker = await NatsBroker.connect(server)
        await broker.publish(_event(wanted))
        seen: asyncio.Queue[int] = asyncio.Queue()

        async def consume(event: CloudEvent, seen: asyncio.Queue[int] = seen) -> None:
            seen.put_nowait(event.sequence)

        consuming = asyncio.create_task(broker.consume(consume))
        async with asyncio.timeout(20):
            assert await seen.get() == wanted
        await asyncio.sleep(0.2)  # the acknowledgement is on its way
        consuming.cancel()
        await asyncio.gather(consuming, return_exceptions=True)
        assert seen.empty()
        await broker.close()


async def test_a_server_that_is_away_is_said_so(server: str) -> None:
    broker = await NatsBroker.connect(server, seconds=1)
    await broker._stream.delete_stream(STREAM)
    with pytest.raises(BrokerUnavailable):
        await broker.publish(_event(1))
    await broker.close()
