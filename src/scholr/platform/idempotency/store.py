"""The table of first answers, within the unit of work of the request itself."""

from collections.abc import Sequence
from datetime import datetime

from scholr.platform.db.statement import statement
from scholr.platform.db.unit import WriteUnit
from scholr.platform.idempotency.secrets import RequestSecret

# Every process takes the locks of all keys that it knows: while the deployment's key is being replaced, one may hold
# the first sending under the old key and another be given the second under the new one.
_LOCK = "select bool_and(pg_try_advisory_xact_lock(place)) from unnest($1::bigint[]) as place"
_WAIT = "select pg_advisory_xact_lock(place) from unnest($1::bigint[]) as place"

# One row by primary key for each of the deployment's keys.
_FIND = statement(
    "select scope, request, answer from platform_idempotency"
    " where tenant_id = $1 and scope = any($2) and expires_at > $3"
)

_SAVE = statement(
    "insert into platform_idempotency as kept (tenant_id, scope, request, answer, created_at, expires_at)"
    " values ($1, $2, $3, $4, $5, $6)"
    " on conflict (tenant_id, scope) do update set request = excluded.request, answer = excluded.answer,"
    " created_at = excluded.created_at, expires_at = excluded.expires_at"
)


async def acquire(tx: WriteUnit, secrets: Sequence[RequestSecret]) -> bool:
    """False when a request with this key is running; the lock ends with the transaction, however it ends."""
    held: bool = await tx.raw.fetchval(_LOCK, _places(secrets))
    return held


async def wait_for(tx: WriteUnit, secrets: Sequence[RequestSecret]) -> None:
    """The same lock, as soon as it is free; for as long as the transaction's `lock_timeout` allows."""
    await tx.raw.execute(_WAIT, _places(secrets))


def _places(secrets: Sequence[RequestSecret]) -> list[int]:
    """In one order for all, so that two that wait never hold what the other wants."""
    return sorted(secret.lock for secret in secrets)


async def find(
    tx: WriteUnit, secrets: Sequence[RequestSecret], now: datetime
) -> tuple[RequestSecret, bytes, bytes] | None:
    """The secret that fits, the fingerprint of the first request, and its sealed answer."""
    row = await tx.fetch_row(_FIND, [secret.scope for secret in secrets], now)
    if row is None:
        return None
    fitting = next(secret for secret in secrets if secret.scope == row["scope"])
    return fitting, row["request"], row["answer"]


async def save(
    tx: WriteUnit, secret: RequestSecret, *, request: bytes, answer: bytes, now: datetime, expires_at: datetime
) -> None:
    await tx.execute(_SAVE, secret.scope, request, answer, now, expires_at)
