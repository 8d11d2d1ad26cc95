"""Whoever has many events waiting takes turns with the others, and loses neither an event nor their order."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

import pytest

from scholr.kernel.events import Event
from scholr.kernel.ids import TenantId, new_id
from scholr.platform import housekeeping
from scholr.platform.broker.cloudevent import CloudEvent
from scholr.platform.broker.port import Consume
from scholr.platform.db.database import Database
from scholr.platform.outbox import relay as relaying
from scholr.platform.outbox.relay import BATCH, SHARDS, Relay
from scholr.platform.runtime import Platform
from tests.support.delivery import worker_db
from tests.support.school import School

MANY = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafTurned(Event):
    event_type: ClassVar[str] = "testing.leaf_turned"
    aggregate_type: ClassVar[str] = "book"

    page: int


@pytest.fixture(autouse=True)
def only_the_number_ends_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is."""
    monkeypatch.setattr(relaying, "TURN_SECONDS", 60.0)


class Listening:
    """Keeps what it was given, in order; takes `seconds` for each."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.heard: list[CloudEvent] = []
        self._seconds = seconds

    async def publish(self, event: CloudEvent) -> None:
        await asyncio.sleep(self._seconds)
        if event.type == LeafTurned.event_type:
            self.heard.append(event)

    async def consume(self, consume: Consume) -> None: ...

    async def close(self) -> None: ...

    def ids(self, tenant_id: TenantId) -> list[UUID]:
        return [event.id for event in self.heard if event.tenant_id == tenant_id]


async def _turn(platform: Platform, tenant_id: TenantId, books: list[UUID]) -> list[UUID]:
    """One page of each book, in one transaction; their events' ids."""
    now = platform.clock.now()
    events = [
        LeafTurned(tenant_id=tenant_id, aggregate_id=book, occurred_at=now, page=page)
        for page, book in enumerate(books)
    ]
    async with platform.db.write(tenant_id) as tx:
        await tx.emit(*events)
    return [event.event_id for event in events]


async def _lanes(db: Database) -> int:
    async with db.read(None) as rx:
        found: int = await rx.raw.fetchval("select count(*) from platform_outbox_lane")
    return found


async def _drained(relay: Relay) -> None:
    async with asyncio.timeout(30):
        while await relay.relay_batch():
            pass


async def test_one_event_does_not_wait_for_the_thousand_of_somebody_else(
    platform: Platform, school: School, other_school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relaying, "BATCH", 20)
    db = await worker_db(platform)
    many = await _turn(platform, school.tenant_id, [new_id() for _ in range(MANY)])
    [one] = await _turn(platform, other_school.tenant_id, [new_id()])
    broker = Listening()
    relay = Relay(db, broker)

    turns = 0
    while one not in broker.ids(other_school.tenant_id):
        assert await relay.relay_batch()
        turns += 1
    before_it = len(broker.ids(school.tenant_id))
    await _drained(relay)

    assert turns <= 4 * SHARDS
    assert before_it < MANY / 2
    assert sorted(broker.ids(school.tenant_id)) == sorted(many)


async def test_what_comes_while_the_many_are_published_waits_for_a_turn_of_each_shard_at_most(
    platform: Platform, school: School, other_school: School
) -> None:
    book = new_id()
    broker = Listening()
    relay = Relay(await worker_db(platform), broker)
    await _drained(relay)
    await _turn(platform, school.tenant_id, [book] * MANY)
    for _ in range(3):
        await relay.relay_batch()
    await _turn(platform, other_school.tenant_id, [book])  # the same shard; another organisation's book
    await relay.relay_batch()
    await relay.relay_batch()

    assert len(broker.ids(other_school.tenant_id)) == 1
    assert len(broker.ids(school.tenant_id)) <= 5 * BATCH < MANY


async def test_each_book_is_read_in_order_by_two_relays_while_more_pages_come(
    platform: Platform, school: School, other_school: School
) -> None:
    """Lanes are opened, overtaken by their shards, closed, and opened again."""
    db = await worker_db(platform)
    broker = Listening()
    books = {each.tenant_id: [new_id() for _ in range(20)] for each in (school, other_school)}
    emitted: dict[UUID, list[UUID]] = defaultdict(list)
    most_lanes = 0

    async def write(tenant_id: TenantId, rounds: int, pages: int) -> None:
        for _ in range(rounds):
            turned = books[tenant_id] * pages
            for book, event_id in zip(turned, await _turn(platform, tenant_id, turned), strict=True):
                emitted[book].append(event_id)
            await asyncio.sleep(0.02)

    async def relay_until_nothing_is_left(writing: asyncio.Task[None]) -> None:
        nonlocal most_lanes
        relay = Relay(db, broker)
        while await relay.relay_batch() or not writing.done():
            most_lanes = max(most_lanes, await _lanes(db))

    async def writes() -> None:
        await asyncio.gather(write(school.tenant_id, 4, 40), write(other_school.tenant_id, 20, 2))

    writing = asyncio.create_task(writes())
    await asyncio.gather(writing, *(relay_until_nothing_is_left(writing) for _ in range(2)))
    await _drained(Relay(db, broker))

    assert most_lanes > 0
    heard: dict[UUID, list[UUID]] = defaultdict(list)
    for event in broker.heard:
        heard[event.aggregate_id].append(event.id)
    assert heard == emitted


async def test_a_lane_is_closed_once_it_stands_where_the_line_stands(platform: Platform, school: School) -> None:
    db = await worker_db(platform)
    relay = Relay(db, Listening())
    book = new_id()
    await _turn(platform, school.tenant_id, [book] * (2 * BATCH))
    await _drained(relay)
    assert await _lanes(db) == 1
    await _turn(platform, school.tenant_id, [book])
    await _drained(relay)

    assert await _lanes(db) == 0


async def test_a_crash_in_a_lane_publishes_the_turn_again(platform: Platform, school: School) -> None:
    class Crash(BaseException):
        pass

    class Breaking(Listening):
        async def publish(self, event: CloudEvent) -> None:
            await super().publish(event)
            if len(self.heard) == BATCH + 5:
                raise Crash

    db = await worker_db(platform)
    await _drained(Relay(db, Listening()))
    ids = await _turn(platform, school.tenant_id, [new_id()] * (3 * BATCH))
    broker = Breaking()
    with pytest.raises(Crash):
        await _drained(Relay(db, broker))
    assert await _lanes(db) == 1
    await _drained(Relay(db, broker))

    assert broker.ids(school.tenant_id) == [*ids[: BATCH + 5], *ids[BATCH:]]


async def test_a_slow_consumer_makes_the_turn_shorter(
    platform: Platform, school: School, other_school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relaying, "TURN_SECONDS", 0.02)
    book = new_id()
    broker = Listening(seconds=0.005)
    relay = Relay(await worker_db(platform), broker)
    await _drained(relay)
    await _turn(platform, school.tenant_id, [book] * 50)
    await _turn(platform, other_school.tenant_id, [book])
    while not broker.ids(other_school.tenant_id):
        assert await relay.relay_batch()

    assert len(broker.heard) < 20


async def test_no_lane_is_opened_beside_a_worker_that_knows_none(platform: Platform, school: School) -> None:
    db = await worker_db(platform)
    worker_id = new_id()
    async with db.write(None) as tx:
        await tx.raw.execute(
            "insert into platform_worker (id, host, pid, started_at, seen_at) values ($1, 'old', 1, now(), now())",
            worker_id,
        )
    broker = Listening()
    ids = await _turn(platform, school.tenant_id, [new_id()] * (3 * BATCH))
    relay = Relay(db, broker)
    for _ in range(2):
        await relay.relay_batch()
    lanes = await _lanes(db)
    await _drained(relay)
    async with db.write(None) as tx:
        await tx.raw.execute("delete from platform_worker where id = $1", worker_id)

    assert lanes == 0
    assert broker.ids(school.tenant_id) == ids


async def test_what_waits_in_a_lane_is_counted_and_not_forgotten(platform: Platform, school: School) -> None:
    db = await worker_db(platform)
    await _drained(Relay(db, Listening()))
    await _turn(platform, school.tenant_id, [new_id()] * (3 * BATCH))
    broker = Listening()
    relay = Relay(db, broker)
    await relay.relay_batch()
    assert await _lanes(db) == 1
    await relay._serve_shard()  # the line itself has nothing more of them
    left = 3 * BATCH - len(broker.heard)
    async with platform.db.read(None) as rx:
        waiting = await rx.raw.fetchval("select platform_backlog($1) -> 'events_waiting'", platform.clock.now())
    async with db.write(None) as tx:
        await tx.raw.execute("delete from platform_periodic where name = 'platform.housekeeping'")
    await housekeeping.clean_if_due(
        db, platform.clock.now() + housekeeping.Retention().events * 2, housekeeping.Retention()
    )
    await _drained(relay)

    assert int(waiting) == left > 0
    assert len(broker.ids(school.tenant_id)) == 3 * BATCH
