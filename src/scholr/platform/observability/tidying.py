"""What is kept of the figures, and how finely: ten seconds for four hours, a quarter of an hour for 35 days."""

from datetime import datetime, timedelta

from scholr.platform.db.database import Database
from scholr.platform.db.unit import WriteUnit

FINE = timedelta(hours=4)
KEPT = timedelta(days=35)
BATCH = timedelta(hours=6)

_OLDEST = "select min(at) from platform_signal where width = 10 and at < $1"

# All processes become one (the nil UUID), all intervals of a quarter of an hour one.
_MERGE = """
with gone as (
    delete from platform_signal where width = 10 and at < $1 and at < $2
    returning date_bin('15 minutes', at, 'epoch') as slot, class, ok, refused, failed, seconds, buckets
), bins as (
    select slot, class, place, sum(count)::bigint as count
    from gone cross join unnest(buckets) with ordinality as u (count, place) group by slot, class, place
), arrays as (
    select slot, class, array_agg(count order by place) as buckets from bins group by slot, class
), sums as (
    select slot, class, sum(ok)::bigint as ok, sum(refused)::bigint as refused, sum(failed)::bigint as failed,
        sum(seconds) as seconds
    from gone group by slot, class
)
insert into platform_signal as kept (at, width, process, class, ok, refused, failed, seconds, buckets)
select slot, 900, '00000000-0000-0000-0000-000000000000', class, ok, refused, failed, seconds, buckets
from sums join arrays using (slot, class)
on conflict (at, width, process, class) do update set
    ok = kept.ok + excluded.ok, refused = kept.refused + excluded.refused, failed = kept.failed + excluded.failed,
    seconds = kept.seconds + excluded.seconds,
    buckets = (select array_agg(coalesce(a, 0) + coalesce(b, 0) order by i)
        from unnest(kept.buckets, excluded.buckets) with ordinality as u (a, b, i))
"""

# Processes are shown as they are and lately were; the queues keep one look for each quarter of an hour.
_PROCESSES = """
delete from platform_signal_process
where at < $1 and (service <> 'deployment' or at <> date_bin('15 minutes', at, 'epoch'))
"""
_FORGET = ("delete from platform_signal where at < $1", "delete from platform_signal_process where at < $1")


async def tidy(db: Database, now: datetime) -> None:
    """Merge and forget what is old. Runs as the worker; a quarter of a day at a time, so that locks are short."""
    fine = now - FINE
    while True:
        async with db.write(None) as tx:
            if not await _merge_some(tx, fine):
                break
    async with db.write(None) as tx:
        await tx.raw.execute(_PROCESSES, fine)
        for statement in _FORGET:
            await tx.raw.execute(statement, now - KEPT)


async def _merge_some(tx: WriteUnit, before: datetime) -> bool:
    oldest: datetime | None = await tx.raw.fetchval(_OLDEST, before)
    if oldest is None:
        return False
    await tx.raw.execute(_MERGE, before, oldest + BATCH)
    return True
