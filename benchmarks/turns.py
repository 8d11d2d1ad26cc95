"""What an import does to a neighbour's events: `python -m benchmarks.turns [events]`, an embedded server of its own.

One organisation has many events waiting; another has one. Prints how long that one takes until its consumer has
handled it, added right behind the many and again while the worker is busy with them, and what the many take in all.
"""

import asyncio
import sys
import time
from datetime import UTC, datetime
from uuid import UUID

from benchmarks.own_platform import measured_alone
from scholr.contexts.identity import facade as identity
from scholr.contexts.identity.events import MemberAdded
from scholr.entrypoints.wiring import live_modules
from scholr.kernel.ids import TenantId, new_id
from scholr.platform.db.database import Database
from scholr.platform.runtime import Platform
from scholr.platform.worker import Worker

_LOOK_SECONDS = 0.01
_HANDLED = "select count(*) from platform_inbox where tenant_id = $1"
_HANDLED_ONE = "select exists (select from platform_inbox where tenant_id = $1 and event_id = $2)"


async def _measure(platform: Platform, worker_db: Database) -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    busy, quiet = [await identity.create_organization(platform, name=name) for name in ("Busy", "Quiet")]
    worker = Worker(platform, worker_db, live_modules())
    while await worker.relay_batch():
        pass
    before = await _handled(platform, busy)
    await _add(platform, busy, many)
    stop = asyncio.Event()
    behind = asyncio.create_task(_one(platform, quiet))
    await asyncio.sleep(0.1)
    begun = time.perf_counter()
    running = asyncio.create_task(worker.run(stop))
    _say(f"one event right behind {many}: handled after {await behind:.2f} s")
    await asyncio.sleep(2)
    left = many - (await _handled(platform, busy) - before)
    if left > 0:
        _say(f"one event while {left} wait: handled after {await _one(platform, quiet):.2f} s")
    await _all_handled(platform, busy, before + many)
    _say(f"the {many} of the other: {many / (time.perf_counter() - begun):.0f} a second")
    stop.set()
    await running


async def _add(platform: Platform, tenant_id: TenantId, many: int) -> UUID:
    now = datetime.now(UTC)
    events = [
        MemberAdded(tenant_id=tenant_id, aggregate_id=new_id(), occurred_at=now, roles=("learner",))
        for _ in range(many)
    ]
    async with platform.db.write(tenant_id) as tx:
        await tx.emit(*events)
    return events[0].event_id


async def _one(platform: Platform, tenant_id: TenantId) -> float:
    """Seconds from the commit of one event until a consumer has handled it."""
    event_id = await _add(platform, tenant_id, 1)
    begun = time.perf_counter()
    while True:
        async with platform.db.read(tenant_id) as rx:
            if await rx.raw.fetchval(_HANDLED_ONE, tenant_id, event_id):
                return time.perf_counter() - begun
        await asyncio.sleep(_LOOK_SECONDS)


async def _all_handled(platform: Platform, tenant_id: TenantId, many: int) -> None:
    while True:
        if await _handled(platform, tenant_id) >= many:
            return
        await asyncio.sleep(0.1)


async def _handled(platform: Platform, tenant_id: TenantId) -> int:
    async with platform.db.read(tenant_id) as rx:
        found: int = await rx.raw.fetchval(_HANDLED, tenant_id)
    return found


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    measured_alone(_measure)
