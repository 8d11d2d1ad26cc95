"""Letting everything happen that follows from what a test did: events, handlers, jobs, mail."""

import asyncio
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from scholr.entrypoints.wiring import live_modules
from scholr.kernel.ids import TenantId, new_id
from scholr.platform.db.database import Database
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.module import Module
from scholr.platform.runtime import Platform
from scholr.platform.worker import Worker


@dataclass(slots=True)
class _Attached:
    """`since` is the snapshot at the start of the test: what earlier tests left behind is none of its business."""

    dsn: str
    since: str
    db: Database | None = None


_attached: WeakKeyDictionary[Database, _Attached] = WeakKeyDictionary()


async def attach(platform: Platform, worker_dsn: str) -> None:
    """Called by the `platform` fixture, so that `settle` knows the worker's login."""
    async with platform.db.read(None) as rx:
        since = await rx.raw.fetchval("select pg_current_snapshot()::text")
    _attached[platform.db] = _Attached(worker_dsn, since)


async def detach(platform: Platform) -> None:
    found = _attached.pop(platform.db, None)
    if found is not None and found.db is not None:
        await found.db.close()


async def worker_db(platform: Platform) -> Database:
    """A database under the worker's login; the first call forgets what earlier tests left in the queues."""
    found = _attached[platform.db]
    if found.db is None:
        found.db = Database(DatabaseSettings(found.dsn, pool_size=4, idle_timeout=120))
        async with found.db.write(None) as tx:
            await tx.raw.execute(
                "update platform_outbox_shard set done = $1::text::pg_snapshot, upto = null, position = 0", found.since
            )
            await tx.raw.execute("delete from platform_outbox_lane")
            await tx.raw.execute("delete from platform_delivery")
            await tx.raw.execute(
                "delete from platform_job"
                " where xmin::text::bigint < pg_snapshot_xmin($1::text::pg_snapshot)::text::bigint",
                found.since,
            )
    return found.db


async def worker_of(platform: Platform, modules: list[Module] | None = None) -> Worker:
    """A worker that is not running, with the live modules or with those given."""
    return Worker(platform, await worker_db(platform), live_modules() if modules is None else modules)


async def settle(platform: Platform, *, modules: list[Module] | None = None, failures_expected: bool = False) -> None:
    """Run relay, handlers and due jobs until nothing is left to do; what failed makes the test fail.

    What is due only later stays: move the clock and settle again.
    """
    worker = await worker_of(platform, modules)
    async with asyncio.timeout(60):
        while await worker.relay_batch() + await worker.retry_delivery() + await worker.jobs.run_due():
            pass
    if not failures_expected:
        problems = await failures(platform)
        assert not problems, "\n".join(problems)


async def run_periodic(platform: Platform, name: str, *, tenant_id: TenantId | None = None) -> None:
    """Start a periodic task now, for one tenant or for those that it finds itself, and let it end."""
    worker = await worker_of(platform)
    task = next(task for task in worker.tasks if task.name == name)
    async with (await worker_db(platform)).write(None) as tx:
        await tx.raw.execute("delete from platform_periodic where name = $1", name)
        if tenant_id is None:
            worker.tasks[:] = [task]
        else:
            worker.tasks.clear()
            await tx.raw.execute(
                "insert into platform_job (tenant_id, id, name, payload, due_at) values ($1, $2, $3, 'null', now())",
                tenant_id,
                new_id(),
                name,
            )
    await worker.start_periodic()
    await settle(platform)


async def failures(platform: Platform) -> list[str]:
    """What went wrong in handlers and jobs and has not been made good by a later attempt."""
    async with (await worker_db(platform)).read(None) as rx:
        waiting = await rx.raw.fetch(
            "select consumer, last_error from platform_delivery where attempts > 0"
            " union all select name, last_error from platform_job where last_error is not null"
        )
    return [f"{name}: {error}" for name, error in waiting]
