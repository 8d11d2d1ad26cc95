"""Adding a job, in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from scholr.kernel.ids import new_id
from scholr.platform.db.unit import WriteUnit
from scholr.platform.tenantless import row_tenant

_INSERT = """
insert into platform_job (tenant_id, id, name, payload, due_at) values ($1, $2, $3, $4, coalesce($5, now()))
"""

_INSERT_MANY = """
insert into platform_job (tenant_id, id, name, payload, due_at)
select $1, g.id, $2, g.payload, now() from unnest($3::uuid[], $4::jsonb[]) as g (id, payload)
"""

# The update locks the job that is already waiting until the caller commits: it cannot begin
# before what the caller writes can be seen by it.
_INSERT_ONCE = """
insert into platform_job as waiting (tenant_id, id, name, payload, due_at, key)
values ($1, $2, $3, $4, coalesce($5, now()), $6)
on conflict (tenant_id, name, key) where key is not null and state = 'waiting'
do update set due_at = least(waiting.due_at, excluded.due_at)
returning id
"""


async def enqueue(
    tx: WriteUnit, name: str, payload: object, *, key: str | None = None, run_after: datetime | None = None
) -> UUID:
    """Add a job that runs once this transaction has committed; returns its id.

    The job belongs to the unit's tenant (or to none) and runs for it, whatever the payload says. `payload`
    is of the type that the job's definition names. While a job with the same `key` waits, nothing is added
    and the id is that of the waiting one (which keeps its payload); one that has begun no longer counts.
    `run_after` is the earliest moment. Concurrent callers with one key wait for each other's commit.
    """
    body = msgspec.json.encode(payload).decode()
    job_id = new_id()
    arguments = (row_tenant(tx.tenant_id), job_id, name, body, run_after)
    if key is None:
        await tx.raw.execute(_INSERT, *arguments)
        return job_id
    if tx.tenant_id is None:
        raise ValueError("a job without a tenant cannot have a key: its twin may not be looked at")
    found: UUID = await tx.raw.fetchval(_INSERT_ONCE, *arguments, key)
    return found


async def enqueue_many(tx: WriteUnit, name: str, payloads: Sequence[object]) -> None:
    """Add a job for each payload, due at once and without a key, in one statement. See `enqueue`."""
    bodies = [msgspec.json.encode(payload).decode() for payload in payloads]
    await tx.raw.execute(_INSERT_MANY, row_tenant(tx.tenant_id), name, [new_id() for _ in bodies], bodies)
