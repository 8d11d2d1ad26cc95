"""Periodic work: due once per deployment, enqueued as ordinary jobs."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import structlog

from scholr.kernel.ids import TenantId, new_id
from scholr.platform.db.database import Database
from scholr.platform.db.unit import WriteUnit
from scholr.platform.module import JobDefinition, PeriodicTask
from scholr.platform.tenantless import PLATFORM_TENANT

log = structlog.get_logger("scholr.jobs")

_ASKED_AGAIN_AFTER = timedelta(minutes=1)
_FUNCTION_NAME = re.compile(r"[a-z_][a-z0-9_]*")

# A few rows by primary key; one that was never started has none.
_DUE = """
select name from unnest($1::text[]) as known (name) left join platform_periodic p using (name)
where p.next_at is null or p.next_at <= $2
"""

_ADD = "insert into platform_periodic (name, next_at) values ($1, $2) on conflict (name) do nothing"

# Only one worker gets the row; the next time is counted from now, so a long pause causes one run, not many.
_TAKE = "update platform_periodic set next_at = $2 where name = $1 and next_at <= $3 returning name"

_ENQUEUE = """
insert into platform_job (tenant_id, id, name, payload, due_at, key) values ($1, $2, $3, 'null', $4, '')
on conflict (tenant_id, name, key) where key is not null and state = 'waiting' do nothing
"""


def job_of(task: PeriodicTask) -> JobDefinition:
    """The job that a run of the task is."""
    return JobDefinition(task.name, None, task.run, task.attempts, task.timeout)


async def start_due(db: Database, tasks: Sequence[PeriodicTask], now: datetime) -> None:
    """Enqueue every task that is due, for each tenant that has work for it. `db` is the worker's.

    Each in a transaction of its own: one that cannot say whose turn it is keeps no other from starting, and is asked
    again after a minute.
    """
    async with db.read(None) as rx:
        due = {row["name"] for row in await rx.raw.fetch(_DUE, [task.name for task in tasks], now)}
    for task in tasks:
        if task.name not in due:
            continue
        try:
            async with db.write(None) as tx:
                await _start(tx, task, now)
        except asyncpg.PostgresError as error:
            log.error("periodic work could not be started", task=task.name, exc_info=error)
            async with db.write(None) as tx:
                await tx.raw.execute(_ADD, task.name, now)
                await tx.raw.fetchval(_TAKE, task.name, now + min(task.every, _ASKED_AGAIN_AFTER), now)


async def _start(tx: WriteUnit, task: PeriodicTask, now: datetime) -> None:
    await tx.raw.execute(_ADD, task.name, now)
    if await tx.raw.fetchval(_TAKE, task.name, now + task.every, now) is None:
        return
    for tenant_id in await _tenants_with_work(tx, task, now):
        await tx.raw.execute(_ENQUEUE, tenant_id, new_id(), task.name, now)


async def _tenants_with_work(tx: WriteUnit, task: PeriodicTask, now: datetime) -> list[TenantId | UUID]:
    if task.tenants is None:
        return [PLATFORM_TENANT]
    if not _FUNCTION_NAME.fullmatch(task.tenants):
        raise ValueError(f"{task.tenants!r} is not the name of a SQL function")
    rows = await tx.raw.fetch(f"select tenant_id from {task.tenants}($1) as found (tenant_id)", now)
    return [row["tenant_id"] for row in rows]
