"""The worker's statements on the job tables. They run as `scholr_worker`, over all tenants."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from scholr.kernel.ids import TenantId
from scholr.platform.db.unit import ReadUnit, WriteUnit
from scholr.platform.tenantless import PLATFORM_TENANT

LEASE = timedelta(seconds=30)
"""A running job whose worker has given no sign for this long belongs to whoever claims it next."""

# Claims take turns: each must see what the one before it gave to whom. A claim takes about a millisecond.
_TAKE_TURNS = "select pg_advisory_xact_lock(hashtextextended('scholr.jobs.claim', 0))"

# A job that may begin now: due, of a kind that this worker knows, and no twin of it runs.
_MAY_BEGIN = """
    w.state = 'waiting' and w.due_at <= greatest($1, clock_timestamp()) and w.name = any($2)
    and (w.key is null or not exists (
        select from platform_job twin
        where twin.tenant_id = w.tenant_id and twin.state = 'running' and twin.name = w.name and twin.key = w.key
    ))
"""

# Fair between tenants, whatever they have queued: each tenant's next job competes with its number of running
# jobs; among equals the tenant that was served longest ago comes first. `tenants` walks the waiting index from
# one tenant to the next (a loose index scan), so its cost grows with the tenants that wait, not with their jobs.
# The `order by` inside keeps the planner on the waiting index, where `exists` would let it read a tenant's whole queue.
# The last quarter of the deployment's slots is kept from any one tenant (`most`): however long its jobs last, there
# is a place for whoever comes next. The platform's own work (the nil UUID) is nobody's haste and has no such bound.
_CLAIM = f"""
with recursive deployed as (
    select greatest(1, count(*)) * $5::int as slots from platform_worker
    where seen_at > clock_timestamp() - interval '{int(LEASE.total_seconds())} seconds'
), bound as (
    select coalesce(slots - slots / 4, 1000000) as most from deployed
), tenants as (
    (select tenant_id from platform_job where state = 'waiting' order by tenant_id limit 1)
    union all
    select (select w.tenant_id from platform_job w
            where w.state = 'waiting' and w.tenant_id > t.tenant_id order by w.tenant_id limit 1)
    from tenants t where t.tenant_id is not null
), lanes as (
    select t.tenant_id, coalesce(r.running, 0) as running, coalesce(lane.turn, 0) as turn
    from tenants t
    left join (select tenant_id, count(*) as running from platform_job where state = 'running' group by tenant_id) r
        using (tenant_id)
    left join platform_job_lane lane using (tenant_id)
    where (coalesce(r.running, 0) < (select most from bound) or t.tenant_id = '{PLATFORM_TENANT}') and (
        select true from platform_job w where w.tenant_id = t.tenant_id and {_MAY_BEGIN}
        order by w.due_at, w.id limit 1
    )
    order by running, turn, tenant_id
    limit $3
), candidates as (
    select next.id, l.tenant_id, l.running + row_number() over (partition by l.tenant_id
        order by next.due_at, next.id) as position, l.turn
    from lanes l cross join lateral (
        select w.id, w.due_at from platform_job w
        where w.tenant_id = l.tenant_id and {_MAY_BEGIN}
        order by w.due_at, w.id
        limit $3
    ) next
    order by position, l.turn, l.tenant_id
    limit $3
), allowed as (
    select * from candidates
    where position <= (select most from bound) or tenant_id = '{PLATFORM_TENANT}'
), locked as (
    select j.tenant_id, j.id from platform_job j join allowed using (tenant_id, id)
    where j.state = 'waiting' for update of j skip locked
), claimed as (
    update platform_job j set state = 'running', attempts = attempts + 1, worker_id = $4,
        heartbeat_at = clock_timestamp()
    from locked l where j.tenant_id = l.tenant_id and j.id = l.id
    returning j.tenant_id, j.id, j.name, j.payload, j.attempts
), served as (
    insert into platform_job_lane (tenant_id, turn)
    select tenant_id, nextval('platform_job_turn') from (select distinct tenant_id from claimed) c
    on conflict (tenant_id) do update set turn = excluded.turn
)
select c.tenant_id, c.id, c.name, c.payload::text as payload, c.attempts
from claimed c join allowed using (tenant_id, id) order by position, turn
"""

# A run that waits again meets a twin that was added meanwhile: the twin does the same work, so this one goes.
_DROP_TWINS = """
delete from platform_job j using platform_job twin
where j.state = 'running' and ({mine}) and twin.state = 'waiting'
    and twin.tenant_id = j.tenant_id and twin.name = j.name and twin.key = j.key
"""
_ABANDONED = f"j.heartbeat_at < clock_timestamp() - interval '{int(LEASE.total_seconds())} seconds'"
_THIS_RUN = "j.tenant_id = $1 and j.id = $2 and j.attempts = $3"

_DROP_ABANDONED_TWINS = _DROP_TWINS.format(mine=_ABANDONED)
_TAKE_BACK_ABANDONED = f"""
update platform_job j set state = 'waiting', worker_id = null, last_error = 'the worker stopped while running it'
where j.state = 'running' and {_ABANDONED}
"""

_BEAT = """
update platform_job j set heartbeat_at = clock_timestamp()
from unnest($1::uuid[], $2::uuid[], $3::int[]) as run (tenant_id, id, attempts)
where j.tenant_id = run.tenant_id and j.id = run.id and j.attempts = run.attempts and j.state = 'running'
returning j.id
"""

_DELETE = f"delete from platform_job j where {_THIS_RUN}"
_DROP_MY_TWIN = _DROP_TWINS.format(mine=_THIS_RUN)
_WAIT_AGAIN = f"""
update platform_job j set state = 'waiting', worker_id = null, due_at = $4, last_error = $5, attempts = attempts - $6
where {_THIS_RUN} and state = 'running'
"""
# What a worker still holds when none of its runs goes on: claimed and not begun, or begun and not written down.
_GIVE_BACK = """
update platform_job j set state = 'waiting', worker_id = null, attempts = attempts - 1
where j.worker_id = $1 and j.state = 'running'
"""
_DROP_TWINS_OF_WORKER = _DROP_TWINS.format(mine="j.worker_id = $1")
# What failed earlier under the same key is the same work: the last failure speaks for all.
_DROP_EARLIER_FAILURES = f"""
delete from platform_job earlier using platform_job j
where {_THIS_RUN} and earlier.state = 'failed' and earlier.id <> j.id
    and earlier.tenant_id = j.tenant_id and earlier.name = j.name and earlier.key = j.key
"""
_FAIL = f"update platform_job j set state = 'failed', worker_id = null, last_error = $4 where {_THIS_RUN}"


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """`attempt` is this run's number; it also fences off an earlier run that lost the job."""

    tenant_id: TenantId
    id: UUID
    name: str
    payload: str
    attempt: int

    @property
    def run(self) -> tuple[TenantId, UUID, int]:
        return self.tenant_id, self.id, self.attempt


async def claim(
    tx: WriteUnit, now: datetime, names: Sequence[str], limit: int, worker_id: UUID, *, slots: int | None = None
) -> list[ClaimedJob]:
    """Take up to `limit` due jobs, fairly between tenants; each counts one attempt.

    `slots` is how many jobs this worker runs at a time: no tenant gets the last quarter of all workers' slots, if
    they are four or more. None: no such bound.
    """
    await tx.raw.execute(_TAKE_TURNS)
    rows = await tx.raw.fetch(_CLAIM, now, list(names), limit, worker_id, slots)
    return [ClaimedJob(TenantId(r["tenant_id"]), r["id"], r["name"], r["payload"], r["attempts"]) for r in rows]


async def take_back_abandoned(tx: WriteUnit) -> None:
    """Let the jobs of killed workers wait again. Their attempt counts, or a job that kills would kill forever."""
    await tx.raw.execute(_TAKE_TURNS)
    await tx.raw.execute(_DROP_ABANDONED_TWINS)
    await tx.raw.execute(_TAKE_BACK_ABANDONED)


async def beat(tx: WriteUnit, jobs: Sequence[ClaimedJob]) -> set[UUID]:
    """Say that these runs go on; returns those that still belong to us."""
    columns = zip(*(job.run for job in jobs), strict=True)
    rows = await tx.raw.fetch(_BEAT, *(list(column) for column in columns))
    return {row["id"] for row in rows}


async def complete(tx: WriteUnit, job: ClaimedJob) -> None:
    """Forget a job that is done; nothing happens when `Job.finish` did so or another worker has it."""
    await tx.raw.execute(_DELETE, *job.run)


async def wait_again(
    tx: WriteUnit, job: ClaimedJob, due_at: datetime, error: str | None, *, counts: bool = True
) -> None:
    """Run it once more at `due_at`; `counts` False gives the attempt back (the worker stops, the job gives way)."""
    await tx.raw.execute(_DROP_MY_TWIN, *job.run)
    await tx.raw.execute(_WAIT_AGAIN, *job.run, due_at, error, 0 if counts else 1)


async def give_back(tx: WriteUnit, worker_id: UUID) -> None:
    """Let what this worker claimed and does not run wait again, without counting the attempt."""
    await tx.raw.execute(_DROP_TWINS_OF_WORKER, worker_id)
    await tx.raw.execute(_GIVE_BACK, worker_id)


async def fail(tx: WriteUnit, job: ClaimedJob, error: str) -> None:
    """Keep it, visible, until a person runs it again or drops it, or it fails once more under its key."""
    await tx.raw.execute(_DROP_EARLIER_FAILURES, *job.run)
    await tx.raw.execute(_FAIL, *job.run, error)


@dataclass(frozen=True, slots=True)
class FailedJob:
    """`tenant_id` is the nil UUID for the platform's own jobs. `error` is the last run's."""

    tenant_id: TenantId
    id: UUID
    name: str
    attempts: int
    error: str
    created_at: datetime


# The oldest first; ix_platform_job_failed.
_LIST_FAILED = """
select tenant_id, id, name, attempts, last_error, created_at from platform_job
where state = 'failed' and ($1::uuid is null or tenant_id = $1) order by created_at, id limit $2
"""

# One that waits does the work of all with its key: one that waits already, or else the newest of those that failed.
_RETRY_FAILED = """
with wanted as (
    select tenant_id, id, name, key, created_at from platform_job where state = 'failed' and id = any($1) for update
), superseded as (
    delete from platform_job j using wanted f
    where j.tenant_id = f.tenant_id and j.id = f.id and (exists (
        select from platform_job twin where twin.state = 'waiting' and twin.tenant_id = f.tenant_id
            and twin.name = f.name and twin.key = f.key
    ) or exists (
        select from wanted newer where newer.tenant_id = f.tenant_id and newer.name = f.name and newer.key = f.key
            and (newer.created_at, newer.id) > (f.created_at, f.id)
    ))
    returning j.id
)
update platform_job j set state = 'waiting', attempts = 0, due_at = now() from wanted f
where j.tenant_id = f.tenant_id and j.id = f.id and j.id not in (select id from superseded)
"""


async def list_failed(rx: ReadUnit, *, limit: int = 100) -> list[FailedJob]:
    """Failed jobs, the oldest first: a tenant's own in its unit, everybody's in the worker's unit."""
    rows: list[asyncpg.Record] = await rx.raw.fetch(_LIST_FAILED, rx.tenant_id, limit)
    return [_failed(row) for row in rows]


async def retry_failed(tx: WriteUnit, job_ids: Sequence[UUID]) -> int:
    """Let failed jobs run again with all their attempts; returns how many will: of several with one key, one."""
    status = await tx.raw.execute(_RETRY_FAILED, list(job_ids))
    return int(status.rsplit(" ", 1)[-1])


def _failed(row: Any) -> FailedJob:  # an asyncpg record
    return FailedJob(
        TenantId(row["tenant_id"]), row["id"], row["name"], row["attempts"], row["last_error"] or "", row["created_at"]
    )
