"""What the platform forgets, and when. Runs as the worker, over all tenants, in small batches."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from scholr.platform.db.database import Database
from scholr.platform.db.unit import WriteUnit
from scholr.platform.observability import tidying

log = structlog.get_logger("scholr.housekeeping")

EVERY = timedelta(minutes=10)
BATCH = 5000


@dataclass(frozen=True, slots=True)
class Retention:
    """How long each thing is kept after it has served."""

    events: timedelta = timedelta(days=7)
    inbox: timedelta = timedelta(days=30)
    mail: timedelta = timedelta(days=30)
    worker: timedelta = timedelta(hours=1)


# Only what every shard has behind it, no lane still has before it, and no parked delivery or dead letter needs.
_EVENTS = f"""
delete from platform_outbox where (tenant_id, id) in (
    select o.tenant_id, o.id from platform_outbox o
    join platform_outbox_shard s on s.shard = o.shard
    where o.occurred_at < $1 and pg_visible_in_snapshot(o.xid, s.done) and not exists (
        select from platform_delivery d where d.tenant_id = o.tenant_id and d.event_id = o.id)
        and not exists (select from platform_outbox_lane l where l.shard = o.shard and l.tenant_id = o.tenant_id)
    limit {BATCH})
"""

# The inbox outlives the events, or an event published again would be handled again.
_BY_TIME = """
delete from {table} where ctid in (select ctid from {table} where {column} < $1 {condition} limit {batch})
"""


def _older(table: str, column: str, condition: str = "") -> str:
    return _BY_TIME.format(table=table, column=column, condition=condition, batch=BATCH)


_INBOX = _older("platform_inbox", "handled_at")
_MAIL = _older("platform_mail", "created_at", "and sent_at is not null")
_ANSWERS = _older("platform_idempotency", "expires_at")
_WORKERS = _older("platform_worker", "seen_at")

_TAKE = """
insert into platform_periodic (name, next_at) values ('platform.housekeeping', $1)
on conflict (name) do update set next_at = excluded.next_at where platform_periodic.next_at <= $2
returning name
"""


async def clean_if_due(db: Database, now: datetime, retention: Retention) -> bool:
    """Forget what is old if no worker did so in the last ten minutes; returns whether this one did."""
    async with db.write(None) as tx:
        if await tx.raw.fetchval(_TAKE, now + EVERY, now) is None:
            return False
    for statement, before in (
        (_EVENTS, now - retention.events),
        (_INBOX, now - retention.inbox),
        (_MAIL, now - retention.mail),
        (_ANSWERS, now),
        (_WORKERS, now - retention.worker),
    ):
        await _delete_in_batches(db, statement, before)
    await tidying.tidy(db, now)
    return True


async def _delete_in_batches(db: Database, statement: str, before: datetime) -> None:
    while True:
        async with db.write(None) as tx:
            deleted = await _delete(tx, statement, before)
        if deleted < BATCH:
            return


async def _delete(tx: WriteUnit, statement: str, before: datetime) -> int:
    status = await tx.raw.execute(statement, before)
    return int(status.rsplit(" ", 1)[-1])
