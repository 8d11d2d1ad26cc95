"""The database goes away and comes back: nothing is lost, and everybody is told the truth meanwhile."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from scholr.entrypoints.wiring import build_platform
from scholr.kernel.errors import DomainError, ErrorKind
from scholr.platform.db.database import Database
from scholr.platform.db.embedded import EmbeddedPostgres
from scholr.platform.db.migrate import prepare_database
from scholr.platform.db.roles import Login
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.db.unit import WriteUnit
from scholr.platform.jobs.job import Job
from scholr.platform.module import JobDefinition, Module, Subscription
from scholr.platform.runtime import Platform
from scholr.platform.worker import Worker, WorkerSettings
from tests.support.database import with_login
from tests.support.killable_worker import Rang, Ring, emit_and_enqueue, platform_settings


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A server of this test's own, since it is stopped."""
    made = EmbeddedPostgres(tmp_path / "postgres")
    made.start()
    yield made
    made.stop()
    shutil.rmtree(made.directory)  # which, for root, is not below tmp_path: the server's account may not enter that


class Witness:
    """A module that notes what reaches it."""

    def __init__(self) -> None:
        self.events: list[int] = []
        self.jobs: list[int] = []

    async def on_rang(self, _tx: WriteUnit, event: Rang) -> None:
        self.events.append(event.number)

    async def ring(self, _job: Job, payload: Ring) -> None:
        self.jobs.append(payload.number)

    def module(self) -> Module:
        subscription = Subscription("testing.witness", Rang, self.on_rang)
        return Module("testing", subscriptions=(subscription,), jobs=(JobDefinition("testing.ring", Ring, self.ring),))

    async def until(self, count: int) -> None:
        async with asyncio.timeout(60):
            while True:
                if len(self.events) >= count and len(self.jobs) >= count:
                    return
                await asyncio.sleep(0.05)


async def test_a_worker_outlives_a_restart_of_the_database(server: EmbeddedPostgres) -> None:
    dsn = server.dsn
    await prepare_database(dsn, [Login("app", "x", "scholr_app"), Login("worker", "x", "scholr_worker")])
    app = with_login(dsn, "app", "x")
    platform = build_platform(platform_settings(app))
    database = Database(DatabaseSettings(with_login(dsn, "worker", "x"), pool_size=8, idle_timeout=120))
    witness, stop = Witness(), asyncio.Event()
    worker = Worker(platform, database, [witness.module()], settings=WorkerSettings(poll=0.1, beat=0.5))
    working = asyncio.create_task(worker.run(stop))
    try:
        await emit_and_enqueue(app, 3)
        await witness.until(3)
        await asyncio.to_thread(server.stop)
        await _everybody_is_told(platform)
        assert await asyncio.to_thread(server.start) == dsn
        await emit_and_enqueue(app, 3)
        await witness.until(6)
        assert sorted(witness.events) == sorted(witness.jobs) == [0, 0, 1, 1, 2, 2]
        assert not working.done()
    finally:
        stop.set()
        await working
        await database.close()
        await platform.db.close()


async def _everybody_is_told(platform: Platform) -> None:
    """Once for the connection that was lost, once for the one that cannot be made: 503, never a bug."""
    for _ in range(3):
        with pytest.raises(DomainError) as told:
            async with platform.db.read(None) as rx:
                await rx.raw.fetchval("select 1")
        assert told.value.kind is ErrorKind.UNAVAILABLE
        assert told.value.retry_after is not None
