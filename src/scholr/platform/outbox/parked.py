"""Deliveries that did not succeed at once: retried with backoff, then dead letters that a person can replay."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from scholr.kernel.ids import TenantId
from scholr.platform.broker.cloudevent import CloudEvent
from scholr.platform.db.unit import ReadUnit, WriteUnit
from scholr.platform.outbox.recorded import recorded_event

ATTEMPTS = 10
_FIRST_WAIT = 1.0
_LONGEST_WAIT = 600.0

# Served by ix_platform_delivery_order's tenant prefix; nearly always empty.
_BEHIND = """
select consumer from platform_delivery where tenant_id = $1 and aggregateid = $2 and state = 'waiting'
"""

_PARK = """
insert into platform_delivery (tenant_id, consumer, event_id, aggregateid, seq, attempts, due_at, last_error)
values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing
"""

# One due delivery, none of whose predecessors (same consumer, same aggregate) still waits. The row stays
# locked while it is handled: a killed worker lets go of it, and the inbox knows whether the effect is there.
_TAKE_DUE = """
select d.tenant_id, d.consumer, d.event_id, d.attempts, d.seq, o.type, o.aggregatetype, o.aggregateid,
    o.payload::text as payload, o.occurred_at, o.traceparent, o.origin::text as origin
from platform_delivery d join platform_outbox o on o.tenant_id = d.tenant_id and o.id = d.event_id
where d.state = 'waiting' and d.due_at <= $1 and not exists (
    select from platform_delivery earlier
    where earlier.tenant_id = d.tenant_id and earlier.consumer = d.consumer
        and earlier.aggregateid = d.aggregateid and earlier.state = 'waiting' and earlier.seq < d.seq)
order by d.due_at limit 1 for update of d skip locked
"""

_DONE = "delete from platform_delivery where tenant_id = $1 and consumer = $2 and event_id = $3"

_AGAIN = """
update platform_delivery set attempts = $4, due_at = $5, last_error = $6, state = $7
where tenant_id = $1 and consumer = $2 and event_id = $3
"""

# The oldest first.
_DEAD = """
select d.tenant_id, d.consumer, d.event_id, o.type, d.attempts, d.last_error, d.created_at
from platform_delivery d join platform_outbox o on o.tenant_id = d.tenant_id and o.id = d.event_id
where d.state = 'dead' order by d.created_at, d.event_id limit $1
"""

_REPLAY = """
update platform_delivery set state = 'waiting', attempts = 0, due_at = '-infinity'
where state = 'dead' and event_id = any($1) and ($2::text is null or consumer = $2)
"""


@dataclass(frozen=True, slots=True)
class Parked:
    """A delivery taken to be tried again; `attempts` have been made."""

    consumer: str
    attempts: int
    event: CloudEvent

    @property
    def key(self) -> tuple[TenantId, str, UUID]:
        return self.event.tenant_id, self.consumer, self.event.id


@dataclass(frozen=True, slots=True)
class DeadLetter:
    tenant_id: TenantId
    consumer: str
    event_id: UUID
    event_type: str
    attempts: int
    error: str
    since: datetime


def backoff(attempts: int) -> timedelta:
    """Nothing for what only waits its turn; then 1, 2, 4 … seconds up to ten minutes, jittered."""
    if attempts == 0:
        return timedelta(0)
    longest = min(_FIRST_WAIT * 2.0 ** (attempts - 1), _LONGEST_WAIT)
    return timedelta(seconds=longest * random.uniform(0.5, 1.5))  # spread, not secrecy


async def consumers_behind(rx: ReadUnit, event: CloudEvent) -> set[str]:
    """The consumers that still owe an earlier event of the same aggregate."""
    rows = await rx.raw.fetch(_BEHIND, event.tenant_id, event.aggregate_id)
    return {row["consumer"] for row in rows}


async def park(tx: WriteUnit, consumer: str, event: CloudEvent, attempts: int, due_at: datetime, reason: str) -> None:
    await tx.raw.execute(
        _PARK, event.tenant_id, consumer, event.id, event.aggregate_id, event.sequence, attempts, due_at, reason
    )


async def take_due(tx: WriteUnit, now: datetime) -> Parked | None:
    row = await tx.raw.fetchrow(_TAKE_DUE, now)
    return _parked(row) if row else None


async def done(tx: WriteUnit, delivery: Parked) -> None:
    await tx.raw.execute(_DONE, *delivery.key)


async def again(tx: WriteUnit, delivery: Parked, now: datetime, reason: str) -> None:
    """Try once more later, or call it dead after the last attempt; what waited behind it goes on then."""
    attempts = delivery.attempts + 1
    state = "dead" if attempts >= ATTEMPTS else "waiting"
    await tx.raw.execute(_AGAIN, *delivery.key, attempts, now + backoff(attempts), reason, state)


async def list_dead_letters(rx: ReadUnit, *, limit: int = 100) -> list[DeadLetter]:
    """What no attempt could deliver, the oldest first. Needs the worker's login."""
    rows = await rx.raw.fetch(_DEAD, limit)
    return [DeadLetter(*row.values()) for row in rows]


async def replay_dead_letters(tx: WriteUnit, event_ids: Sequence[UUID], *, consumer: str | None = None) -> int:
    """Deliver again, to one consumer or to all that failed; returns how many deliveries will be tried."""
    status = await tx.raw.execute(_REPLAY, list(event_ids), consumer)
    return int(status.rsplit(" ", 1)[-1])


def _parked(row: Any) -> Parked:  # an asyncpg record
    return Parked(row["consumer"], row["attempts"], recorded_event(row["event_id"], row))
