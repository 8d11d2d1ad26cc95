"""Events: with their state, in the order of commit, to each consumer once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

import pytest

from scholr.kernel.events import Event
from scholr.kernel.ids import TenantId, new_id
from scholr.platform.broker.cloudevent import CloudEvent
from scholr.platform.broker.port import Consume
from scholr.platform.db.unit import WriteUnit
from scholr.platform.mail import send_mail
from scholr.platform.module import Module, Subscription
from scholr.platform.outbox.parked import ATTEMPTS, list_dead_letters, replay_dead_letters
from scholr.platform.outbox.relay import Relay
from scholr.platform.outbox.trace import current_traceparent, tracing
from scholr.platform.runtime import Platform
from tests.support.client import api_client
from tests.support.clock import MovableClock
from tests.support.delivery import settle, worker_db, worker_of
from tests.support.school import School


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTurned(Event):
    event_type: ClassVar[str] = "testing.page_turned"
    aggregate_type: ClassVar[str] = "book"

    page: int


@dataclass
class Reader:
    """A module with one consumer that writes down pages in its own transaction, and fails when told."""

    seen: list[tuple[TenantId | None, int]] = field(default_factory=list)
    fail_on: set[int] = field(default_factory=set)
    traces: list[str | None] = field(default_factory=list)
    during: Callable[[WriteUnit], Awaitable[None]] | None = None

    async def on_page_turned(self, tx: WriteUnit, event: PageTurned) -> None:
        if event.page in self.fail_on:
            raise RuntimeError("the lamp is out")
        if self.during is not None:
            await self.during(tx)
        self.traces.append(current_traceparent.get())
        self.seen.append((tx.tenant_id, event.page))

    @property
    def pages(self) -> list[int]:
        return [page for _tenant, page in self.seen]

    def modules(self) -> list[Module]:
        return [Module("testing", subscriptions=(Subscription("testing.reader", PageTurned, self.on_page_turned),))]


@pytest.fixture
def reader() -> Reader:
    return Reader()


def _turned(platform: Platform, tenant_id: TenantId, page: int, book: UUID) -> PageTurned:
    return PageTurned(tenant_id=tenant_id, aggregate_id=book, occurred_at=platform.clock.now(), page=page)


async def _turn(platform: Platform, tenant_id: TenantId, book: UUID, *pages: int) -> None:
    async with platform.db.write(tenant_id) as tx:
        await tx.emit(*(_turned(platform, tenant_id, page, book) for page in pages))


async def test_consumers_get_events_in_order_as_their_tenant(
    platform: Platform, school: School, reader: Reader
) -> None:
    await _turn(platform, school.tenant_id, new_id(), 1, 2, 3)
    await settle(platform, modules=reader.modules())
    assert reader.seen == [(school.tenant_id, page) for page in (1, 2, 3)]
    await settle(platform, modules=reader.modules())
    assert len(reader.seen) == 3


async def test_an_event_of_a_rolled_back_transaction_never_happened(
    platform: Platform, school: School, reader: Reader
) -> None:
    with pytest.raises(ZeroDivisionError):
        async with platform.db.write(school.tenant_id) as tx:
            await tx.emit(_turned(platform, school.tenant_id, 1, new_id()))
            raise ZeroDivisionError
    await settle(platform, modules=reader.modules())
    assert reader.seen == []


async def test_an_event_that_commits_late_is_not_lost(platform: Platform, school: School, reader: Reader) -> None:
    """Its number is lower than that of an event which was published before it committed."""
    early, late = new_id(), new_id()
    while early == late or not await _same_shard(platform, early, late):
        late = new_id()
    async with platform.db.write(school.tenant_id) as slow:
        await slow.emit(_turned(platform, school.tenant_id, 1, late))
        await _turn(platform, school.tenant_id, early, 2)
        await settle(platform, modules=reader.modules())
        assert reader.pages == [2]
    await settle(platform, modules=reader.modules())
    assert reader.pages == [2, 1]


async def _same_shard(platform: Platform, one: UUID, other: UUID) -> bool:
    async with platform.db.read(None) as rx:
        same: bool = await rx.raw.fetchval(
            "select uuid_hash_extended($1, 0) & 7 = uuid_hash_extended($2, 0) & 7", one, other
        )
    return same


async def test_order_is_that_of_the_aggregates_lock_not_of_transaction_numbers(
    platform: Platform, school: School, reader: Reader
) -> None:
    """The first transaction has the lower number, but reached the aggregate second; a third still runs."""
    book = new_id()
    sql = "insert into platform_mail (id, recipient, subject, text_body) values ($1, 'a@example.org', 's', 't')"
    async with platform.db.write(school.tenant_id) as first:
        await first.raw.execute(sql, new_id())
        async with platform.db.write(school.tenant_id) as between:
            await between.raw.execute(sql, new_id())
            await _turn(platform, school.tenant_id, book, 1)
            await first.emit(_turned(platform, school.tenant_id, 2, book))
            await first.raw.execute("commit; begin")
            await settle(platform, modules=reader.modules())
    assert reader.pages == [1, 2]


async def test_a_batch_goes_on_where_it_stopped(platform: Platform, school: School, reader: Reader) -> None:
    await _turn(platform, school.tenant_id, new_id(), *range(250))
    await settle(platform, modules=reader.modules())
    assert reader.pages == list(range(250))


async def test_a_crash_after_the_effect_repeats_nothing(platform: Platform, school: School, reader: Reader) -> None:
    """The relay dies between the handlers and the note that it published: everything comes again."""

    class Crash(BaseException):
        pass

    worker = await worker_of(platform, reader.modules())

    class Breaking:
        async def publish(self, event: CloudEvent) -> None:
            await worker.dispatcher.dispatch(event)
            if len(reader.seen) == 2:
                raise Crash

        async def consume(self, consume: Consume) -> None: ...

        async def close(self) -> None: ...

    book = new_id()
    await _turn(platform, school.tenant_id, book, 1, 2, 3)
    relay = Relay(await worker_db(platform), Breaking())
    with pytest.raises(Crash):
        while await relay.relay_batch():
            pass
    assert reader.pages == [1, 2]
    await settle(platform, modules=reader.modules())
    assert reader.pages == [1, 2, 3]


async def test_a_handlers_effect_and_its_memory_commit_together(
    platform: Platform, school: School, reader: Reader, clock: MovableClock
) -> None:
    mails = "select count(*) from platform_mail"

    async def write_then_fail_once(tx: WriteUnit) -> None:
        await send_mail(tx, to="a@example.org", subject="Effect", text="x")
        if not reader.traces:
            reader.traces.append(None)
            raise RuntimeError("after the write")

    reader.during = write_then_fail_once
    await _turn(platform, school.tenant_id, new_id(), 1)
    await settle(platform, modules=reader.modules(), failures_expected=True)
    async with platform.db.read(school.tenant_id) as rx:
        assert await rx.raw.fetchval(mails) == 0
    clock.advance(timedelta(minutes=1))
    await settle(platform, modules=reader.modules())
    async with platform.db.read(school.tenant_id) as rx:
        assert await rx.raw.fetchval(mails) == 1


async def test_later_events_wait_behind_a_failed_one_and_others_do_not(
    platform: Platform, school: School, reader: Reader, clock: MovableClock
) -> None:
    reader.fail_on = {2}
    book = new_id()
    await _turn(platform, school.tenant_id, book, 1, 2, 3)
    await _turn(platform, school.tenant_id, new_id(), 10)
    await settle(platform, modules=reader.modules(), failures_expected=True)
    assert sorted(reader.pages) == [1, 10]
    reader.fail_on.clear()
    clock.advance(timedelta(minutes=1))
    await settle(platform, modules=reader.modules())
    assert [page for page in reader.pages if page != 10] == [1, 2, 3]


async def test_what_never_succeeds_is_a_dead_letter_that_can_be_replayed(
    platform: Platform, school: School, reader: Reader, clock: MovableClock
) -> None:
    reader.fail_on = {1}
    await _turn(platform, school.tenant_id, new_id(), 1, 2)
    for _ in range(ATTEMPTS + 1):
        await settle(platform, modules=reader.modules(), failures_expected=True)
        clock.advance(timedelta(hours=1))
    assert reader.pages == [2]
    db = await worker_db(platform)
    async with db.read(None) as rx:
        [letter] = await list_dead_letters(rx)
    assert (letter.consumer, letter.event_type, letter.attempts) == ("testing.reader", PageTurned.event_type, ATTEMPTS)
    assert letter.error == "RuntimeError: the lamp is out"
    reader.fail_on.clear()
    async with db.write(None) as tx:
        assert await replay_dead_letters(tx, [letter.event_id]) == 1
    await settle(platform, modules=reader.modules())
    assert reader.pages == [2, 1]
    async with db.read(None) as rx:
        assert await list_dead_letters(rx) == []


async def test_a_look_at_an_event_that_fails_holds_up_nobody_else(
    platform: Platform, school: School, reader: Reader
) -> None:
    """As a handler that fails: parked and seen, while the line goes on."""

    def broken(_event: PageTurned) -> bool:
        raise LookupError("a bug\ud800\0")

    looking = Subscription("testing.looking", PageTurned, reader.on_page_turned, when=broken)
    modules = [*reader.modules(), Module("looking", subscriptions=(looking,))]
    await _turn(platform, school.tenant_id, new_id(), 1)
    await settle(platform, modules=modules, failures_expected=True)
    assert reader.pages == [1], "by the consumer that does not look"
    async with (await worker_db(platform)).read(None) as rx:
        parked = await rx.raw.fetch("select consumer, last_error from platform_delivery")
    assert [tuple(row) for row in parked] == [("testing.looking", r"LookupError: a bug\ud800")]


async def test_the_trace_travels_with_the_event(platform: Platform, school: School, reader: Reader) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    with tracing(trace):
        await _turn(platform, school.tenant_id, new_id(), 1)
    with tracing("not a trace"):
        await _turn(platform, school.tenant_id, new_id(), 2)
    await settle(platform, modules=reader.modules())
    found = dict(zip(reader.pages, reader.traces, strict=True))
    assert found[1] == trace
    assert found[2] is not None and trace[3:35] not in found[2]  # without one, a handler begins its own


async def test_two_relays_share_the_shards_and_keep_each_aggregates_order(
    platform: Platform, school: School, reader: Reader
) -> None:
    books = [new_id() for _ in range(20)]
    for page in range(5):
        for number, book in enumerate(books):
            await _turn(platform, school.tenant_id, book, number * 10 + page)
    worker = await worker_of(platform, reader.modules())
    relays = [Relay(await worker_db(platform), worker._broker) for _ in range(2)]

    async def drain(relay: Relay) -> int:
        batches = 0
        while await relay.relay_batch():
            batches += 1
        return batches

    await asyncio.gather(*(drain(relay) for relay in relays))
    await settle(platform, modules=reader.modules())
    assert len(reader.pages) == 100
    for number in range(20):
        mine = [page for page in reader.pages if page // 10 == number]
        assert mine == sorted(mine)


async def test_after_a_logical_restore_everything_comes_again_and_nothing_happens_twice(
    platform: Platform, school: School, reader: Reader
) -> None:
    """A dump keeps transaction numbers that the new cluster has not reached yet."""
    await _turn(platform, school.tenant_id, new_id(), 1)
    await settle(platform, modules=reader.modules())
    await _turn(platform, school.tenant_id, new_id(), 2)
    db = await worker_db(platform)
    ahead = "(pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 1000000)::text"
    async with db.write(None) as tx:
        await tx.raw.execute(f"update platform_outbox set xid = {ahead}::xid8 where type = $1", PageTurned.event_type)
        await tx.raw.execute(f"update platform_outbox_shard set done = ({ahead} || ':' || {ahead} || ':')::pg_snapshot")
    await Relay(db, (await worker_of(platform, reader.modules()))._broker).start()
    await settle(platform, modules=reader.modules())
    assert reader.pages == [1, 2]


async def test_a_requests_trace_reaches_its_events(platform: Platform) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    async with api_client(platform) as client:
        opened = await client.post("/api/organizations", json={"name": "Elm"}, headers={"traceparent": trace})
    async with platform.db.read(opened.json()["id"]) as rx:
        found = await rx.raw.fetch("select distinct traceparent from platform_outbox")
    assert [row["traceparent"] for row in found] == [trace]
