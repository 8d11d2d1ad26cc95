"""From the outbox to the broker, in the order of commit for each aggregate, without losing what commits late.

Sequence numbers are given out before the commit, so "everything after the last number seen" would lose an
event whose transaction committed late. The cursor is therefore a *snapshot*: what PostgreSQL calls visible in
`done` is published; the next window is what a newer snapshot sees and `done` does not. Nothing in a window can
still change, so inside it a sequence number is a safe position. A long transaction elsewhere delays nobody.
"""

from dataclasses import dataclass
from typing import Any

from scholr.kernel.ids import TenantId
from scholr.platform.broker.cloudevent import CloudEvent
from scholr.platform.broker.port import Broker
from scholr.platform.db.database import Database
from scholr.platform.db.unit import WriteUnit
from scholr.platform.outbox.restored import heal_after_restore

SHARDS = 8
BATCH = 100

# One shard with something to publish that no other relay holds, beginning after the one served last.
# Served by ix_platform_outbox_cursor: only rows from the oldest transaction that `done` did not see are looked at.
_TAKE_SHARD = f"""
select s.shard, s.done::text as done, coalesce(s.upto, pg_current_snapshot())::text as upto, s.position
from platform_outbox_shard s
where exists (
    select from platform_outbox o
    where o.shard = s.shard and o.xid >= pg_snapshot_xmin(s.done) and not pg_visible_in_snapshot(o.xid, s.done)
)
order by (s.shard - $1 + {SHARDS}) % {SHARDS} limit 1 for update of s skip locked
"""

# Same index. A row belongs to the window when `upto` sees its transaction and `done` does not.
_READ = """
select seq, tenant_id, id, aggregatetype, aggregateid, type, payload::text as payload, occurred_at, traceparent,
    origin::text as origin
from platform_outbox
where shard = $1 and xid >= pg_snapshot_xmin($2::text::pg_snapshot)
    and not pg_visible_in_snapshot(xid, $2::text::pg_snapshot)
    and pg_visible_in_snapshot(xid, $3::text::pg_snapshot)
    and seq > $4
order by seq limit $5
"""

_MOVE_ON = "update platform_outbox_shard set done = $2::text::pg_snapshot, upto = null, position = 0 where shard = $1"
_STAY_IN_WINDOW = "update platform_outbox_shard set upto = $2::text::pg_snapshot, position = $3 where shard = $1"


@dataclass(frozen=True, slots=True)
class _Window:
    shard: int
    done: str
    upto: str
    position: int


class Relay:
    """Any number of relays may run; each shard is with one of them at a time."""

    def __init__(self, worker_db: Database, broker: Broker) -> None:
        self._db = worker_db
        self._broker = broker
        self._next_shard = 0

    async def start(self) -> None:
        """Heal the cursors after a logical restore; does nothing otherwise."""
        async with self._db.write(None) as tx:
            await heal_after_restore(tx.raw)

    async def relay_batch(self) -> int:
        """Publish up to 100 events of one shard; returns how many. Zero means that nothing waits.

        The cursor moves in the transaction that holds the shard: a crash publishes the batch again.
        """
        async with self._db.write(None) as tx:
            row = await tx.raw.fetchrow(_TAKE_SHARD, self._next_shard)
            if row is None:
                return 0
            window = _Window(row["shard"], row["done"], row["upto"], row["position"])
            self._next_shard = (window.shard + 1) % SHARDS
            events = await self._read(tx, window)
            for event in events:
                await self._broker.publish(event)
            await self._advance(tx, window, events)
        return max(len(events), 1)

    async def _read(self, tx: WriteUnit, window: _Window) -> list[CloudEvent]:
        rows = await tx.raw.fetch(_READ, window.shard, window.done, window.upto, window.position, BATCH)
        return [_event(row) for row in rows]

    async def _advance(self, tx: WriteUnit, window: _Window, events: list[CloudEvent]) -> None:
        if len(events) < BATCH:
            await tx.raw.execute(_MOVE_ON, window.shard, window.upto)
        else:
            await tx.raw.execute(_STAY_IN_WINDOW, window.shard, window.upto, events[-1].sequence)


def _event(row: Any) -> CloudEvent:  # an asyncpg record
    return CloudEvent(
        id=row["id"],
        type=row["type"],
        time=row["occurred_at"],
        tenant_id=TenantId(row["tenant_id"]),
        aggregate_type=row["aggregatetype"],
        aggregate_id=row["aggregateid"],
        sequence=row["seq"],
        data=row["payload"].encode(),
        traceparent=row["traceparent"],
        origin=row["origin"],
    )
