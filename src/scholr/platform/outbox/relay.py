"""From the outbox to the broker, in the order of commit for each aggregate, without losing what commits late.

Sequence numbers are given out before the commit, so "everything after the last number seen" would lose an
event whose transaction committed late. The cursor is therefore a *snapshot*: what PostgreSQL calls visible in
`done` is published; the next window is what a newer snapshot sees and `done` does not. Nothing in a window can
still change, so inside it a sequence number is a safe position. A long transaction elsewhere delays nobody.

Between organisations events take turns (`lanes`): a turn is a batch, and short. Whoever has the most in a batch that
leaves something behind goes on in a lane of its own, and lanes and shards are served one after the other.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scholr.platform.broker.port import Broker
from scholr.platform.db.database import Database
from scholr.platform.db.unit import WriteUnit
from scholr.platform.outbox import lanes
from scholr.platform.outbox.lanes import Lane
from scholr.platform.outbox.recorded import recorded_event
from scholr.platform.outbox.restored import heal_after_restore

SHARDS = 8
BATCH = 100
TURN_SECONDS = 0.1
"""After this long a batch ends with the event that it is at. Whoever comes next waits no longer than for one turn."""

# One shard with something to publish that no other relay holds, beginning after the one served last.
# Served by ix_platform_outbox_cursor: only rows from the oldest transaction that `done` did not see are looked at.
_TAKE_SHARD = f"""
select s.shard, s.done::text as done, coalesce(s.upto, pg_current_snapshot())::text as upto, s.position,
    s.upto is null and exists (select from platform_outbox_lane l where l.shard = s.shard) as may_close_lanes
from platform_outbox_shard s
where exists (
    select from platform_outbox o
    where o.shard = s.shard and o.xid >= pg_snapshot_xmin(s.done) and not pg_visible_in_snapshot(o.xid, s.done)
)
order by (s.shard - $1 + {SHARDS}) % {SHARDS} limit 1 for update of s skip locked
"""

_COLUMNS = """
select seq, tenant_id, id, aggregatetype, aggregateid, type, payload::text as payload, occurred_at, traceparent,
    origin::text as origin
"""

# Same index. A row belongs to the window when `upto` sees its transaction and `done` does not.
_WINDOW = """
where shard = $1 and xid >= pg_snapshot_xmin($2::text::pg_snapshot)
    and not pg_visible_in_snapshot(xid, $2::text::pg_snapshot)
    and pg_visible_in_snapshot(xid, $3::text::pg_snapshot)
    and seq > $4
"""
_READ = f"""
{_COLUMNS} from platform_outbox o {_WINDOW} and not exists (
    select from platform_outbox_lane l where l.shard = $1 and l.tenant_id = o.tenant_id)
order by seq limit $5
"""
_READ_LANE = f"{_COLUMNS} from platform_outbox {_WINDOW} and tenant_id = $6 order by seq limit $5"

_MOVE_ON = "update platform_outbox_shard set done = $2::text::pg_snapshot, upto = null, position = 0 where shard = $1"
_STAY_IN_WINDOW = "update platform_outbox_shard set upto = $2::text::pg_snapshot, position = $3 where shard = $1"


@dataclass(frozen=True, slots=True)
class _Window:
    shard: int
    done: str
    upto: str
    position: int


class Relay:
    """Any number of relays may run; each shard, and each lane, is with one of them at a time."""

    def __init__(self, worker_db: Database, broker: Broker) -> None:
        self._db = worker_db
        self._broker = broker
        self._next_shard = 0
        self._lane_is_next = False

    async def start(self) -> None:
        """Heal the cursors after a logical restore; does nothing otherwise."""
        async with self._db.write(None) as tx:
            await heal_after_restore(tx.raw)

    async def relay_batch(self) -> int:
        """Publish up to 100 events of one shard or lane; returns how many. Zero means that nothing waits.

        The cursor moves in the transaction that holds the shard or lane: a crash publishes the batch again.
        """
        turns = (self._serve_lane, self._serve_shard) if self._lane_is_next else (self._serve_shard, self._serve_lane)
        self._lane_is_next = not self._lane_is_next
        return await turns[0]() or await turns[1]()

    async def _serve_shard(self) -> int:
        async with self._db.write(None) as tx:
            row = await tx.raw.fetchrow(_TAKE_SHARD, self._next_shard)
            if row is None:
                return 0
            window = _Window(row["shard"], row["done"], row["upto"], row["position"])
            self._next_shard = (window.shard + 1) % SHARDS
            if row["may_close_lanes"]:
                await lanes.close_lanes(tx, window.shard, window.done)
            rows = await tx.raw.fetch(_READ, window.shard, window.done, window.upto, window.position, BATCH)
            published = await self._publish(rows)
            await self._advance(tx, window, rows, published)
        return max(published, 1)

    async def _advance(self, tx: WriteUnit, window: _Window, rows: Sequence[Any], published: int) -> None:
        if published == len(rows) < BATCH:
            await tx.raw.execute(_MOVE_ON, window.shard, window.upto)
            return
        position = rows[published - 1]["seq"]
        await tx.raw.execute(_STAY_IN_WINDOW, window.shard, window.upto, position)
        [(tenant_id, _many)] = Counter(row["tenant_id"] for row in rows).most_common(1)
        await lanes.open_lane(tx, Lane(window.shard, tenant_id, window.done, window.upto, position))

    async def _serve_lane(self) -> int:
        async with self._db.write(None) as tx:
            lane = await lanes.take_lane(tx)
            if lane is None:
                return 0
            rows = await tx.raw.fetch(
                _READ_LANE, lane.shard, lane.since, lane.upto, lane.position, BATCH, lane.tenant_id
            )
            published = await self._publish(rows)
            if published == len(rows) < BATCH:
                await lanes.move_on(tx, lane)
            else:
                await lanes.stay_in_window(tx, lane, rows[published - 1]["seq"])
        return max(published, 1)

    async def _publish(self, rows: Sequence[Any]) -> int:
        """Hand over as many as a turn is long, at least one; returns how many."""
        until = time.monotonic() + TURN_SECONDS
        for count, row in enumerate(rows, 1):
            await self._broker.publish(recorded_event(row["id"], row))
            if time.monotonic() >= until:
                return count
        return len(rows)
