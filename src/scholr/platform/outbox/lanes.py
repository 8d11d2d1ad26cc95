"""Lanes: an organisation with many events waiting steps out of its shard's line, and takes turns with the others.

The shard's cursor passes over whoever has a lane there. A lane is a cursor of its own, for one organisation's events
in one shard: what is visible in `since` is published, and its next window ends where the shard's cursor stands. So
the order within an aggregate is what it is in the shard's line. Lanes are opened and closed only by whoever holds
the shard; one is closed when it stands where the shard stands.
"""

from dataclasses import dataclass
from uuid import UUID

from scholr.kernel.ids import TenantId
from scholr.platform.db.unit import WriteUnit

# A worker of the release before would publish from the shard's line what waits in a lane, out of order. It ends
# within moments of an update; until then there are no lanes.
_OPEN = """
insert into platform_outbox_lane (shard, tenant_id, since, upto, position)
select $1, $2, $3::text::pg_snapshot, $4::text::pg_snapshot, $5
where not exists (
    select from platform_worker where not knows_lanes and seen_at > clock_timestamp() - interval '30 seconds')
"""

_CLOSE = """
delete from platform_outbox_lane where (shard, tenant_id) in (
    select shard, tenant_id from platform_outbox_lane
    where shard = $1 and upto is null and since::text = $2 for update skip locked)
"""

# A lane with something to do that no other relay holds: of the organisation that was served longest ago, its own
# lane that was. While the shard's window is open, a lane may stand where that window ends: ahead of the shard.
_TAKE = """
select l.shard, l.tenant_id, l.since::text as since, l.upto::text as upto, l.position
from platform_outbox_lane l join platform_outbox_shard s using (shard)
where l.upto is not null or (l.since::text <> s.done::text and l.since::text is distinct from s.upto::text)
order by (select max(other.served_at) from platform_outbox_lane other where other.tenant_id = l.tenant_id),
    l.served_at, l.shard
limit 1 for update of l skip locked
"""

# Asked while the lane is held, so that it is never older than what the lane has been through.
_WHERE_THE_SHARD_STANDS = "select done::text from platform_outbox_shard where shard = $1"

_MOVE_ON = """
update platform_outbox_lane set since = $3::text::pg_snapshot, upto = null, position = 0,
    served_at = clock_timestamp()
where shard = $1 and tenant_id = $2
"""
_STAY_IN_WINDOW = """
update platform_outbox_lane set upto = $3::text::pg_snapshot, position = $4, served_at = clock_timestamp()
where shard = $1 and tenant_id = $2
"""


@dataclass(frozen=True, slots=True)
class Lane:
    """Its window: what `upto` sees and `since` does not, after `position`."""

    shard: int
    tenant_id: TenantId
    since: str
    upto: str
    position: int


async def open_lane(tx: WriteUnit, lane: Lane) -> None:
    """Needs the shard. Does nothing while a worker runs that knows no lanes."""
    await tx.raw.execute(_OPEN, lane.shard, lane.tenant_id, lane.since, lane.upto, lane.position)


async def close_lanes(tx: WriteUnit, shard: int, done: str) -> None:
    """Let those back into the line who stand where it stands. Needs the shard, between two windows."""
    await tx.raw.execute(_CLOSE, shard, done)


async def take_lane(tx: WriteUnit) -> Lane | None:
    """Whose turn it is; held until the transaction ends."""
    row = await tx.raw.fetchrow(_TAKE)
    if row is None:
        return None
    shard, tenant_id = row["shard"], TenantId(UUID(str(row["tenant_id"])))
    upto = row["upto"] or await tx.raw.fetchval(_WHERE_THE_SHARD_STANDS, shard)
    return Lane(shard, tenant_id, row["since"], upto, row["position"])


async def move_on(tx: WriteUnit, lane: Lane) -> None:
    """The window is published."""
    await tx.raw.execute(_MOVE_ON, lane.shard, lane.tenant_id, lane.upto)


async def stay_in_window(tx: WriteUnit, lane: Lane, position: int) -> None:
    """It is published up to here."""
    await tx.raw.execute(_STAY_IN_WINDOW, lane.shard, lane.tenant_id, lane.upto, position)
