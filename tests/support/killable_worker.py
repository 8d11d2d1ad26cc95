"""A worker process with a module that tallies its effects: `python -m tests.support.killable_worker APP WORKER`."""

import asyncio
import secrets
import signal
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

import msgspec

from scholr.entrypoints.wiring import PlatformSettings, build_platform
from scholr.kernel.events import Event
from scholr.kernel.ids import TenantId, new_id
from scholr.platform.db.database import Database
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.db.unit import WriteUnit
from scholr.platform.http.settings import HttpSettings, Profile
from scholr.platform.jobs import enqueue
from scholr.platform.jobs.job import Job
from scholr.platform.module import JobDefinition, Module, Subscription
from scholr.platform.security.keys import KeyRing
from scholr.platform.worker import Worker, WorkerSettings

# No uniqueness: an effect that happens twice is to be seen.
TALLY = """
create table testing_tally (effect text, number integer);
grant select, insert on testing_tally to scholr_app
"""
_COUNT = "insert into testing_tally (effect, number) values ($1, $2)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rang(Event):
    event_type: ClassVar[str] = "testing.rang"
    aggregate_type: ClassVar[str] = "bell"

    number: int


class Ring(msgspec.Struct):
    number: int


async def on_rang(tx: WriteUnit, event: Rang) -> None:
    await tx.raw.execute(_COUNT, "event", event.number)
    await asyncio.sleep(0.005)  # something to be killed in


async def ring(job: Job, payload: Ring) -> None:
    async with job.platform.db.write(job.tenant_id) as tx:
        await tx.raw.execute(_COUNT, "job", payload.number)
        await asyncio.sleep(0.005)
        await job.finish(tx)


MODULES = [
    Module(
        "testing",
        subscriptions=(Subscription("testing.tally", Rang, on_rang),),
        jobs=(JobDefinition("testing.ring", Ring, ring, attempts=10),),
    )
]


def platform_settings(app_dsn: str) -> PlatformSettings:
    http = HttpSettings(Profile.DEMO, "127.0.0.1", 8080, "http://localhost:8080")
    return PlatformSettings(DatabaseSettings(app_dsn, pool_size=6), http, KeyRing((secrets.token_bytes(32),)))


async def emit_and_enqueue(app_dsn: str, count: int) -> None:
    """`count` events on a few bells, and as many jobs, each in a transaction of its own."""
    database = Database(DatabaseSettings(app_dsn, pool_size=1))
    tenant_id, bells = TenantId(new_id()), [new_id() for _ in range(5)]
    for number in range(count):
        async with database.write(tenant_id) as tx:
            bell = bells[number % len(bells)]
            await tx.emit(Rang(tenant_id=tenant_id, aggregate_id=bell, occurred_at=datetime.now(UTC), number=number))
            await enqueue(tx, "testing.ring", Ring(number))
    await database.close()


async def serve(app_dsn: str, worker_dsn: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    platform = build_platform(platform_settings(app_dsn))
    database = Database(DatabaseSettings(worker_dsn, pool_size=8, idle_timeout=120))
    await Worker(platform, database, MODULES, settings=WorkerSettings(poll=0.1, beat=0.5)).run(stop)
    await database.close()
    await platform.db.close()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2]))
