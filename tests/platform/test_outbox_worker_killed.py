"""A worker that is really killed loses no event and repeats no effect."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from scholr.platform.db.database import Database
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.worker import last_seen
from tests.support.database import TestDatabase
from tests.support.killable_worker import TALLY, emit_and_enqueue

_PROGRAM = "tests.support.killable_worker"


@dataclass(frozen=True, slots=True)
class Scene:
    """A database of this test's own, since a real worker takes whatever it finds."""

    database: TestDatabase
    admin: "asyncpg.Connection[asyncpg.Record]"

    async def tally(self) -> list[tuple[str, int]]:
        rows = await self.admin.fetch("select effect, number from testing_tally order by effect, number")
        return [(row["effect"], row["number"]) for row in rows]

    async def until(self, wanted: int, seconds: float = 60.0) -> None:
        async with asyncio.timeout(seconds):
            while True:
                if len(await self.tally()) >= wanted:
                    return
                await asyncio.sleep(0.02)


@asynccontextmanager
async def _scene(database: TestDatabase) -> AsyncIterator[Scene]:
    admin = await asyncpg.connect(database.admin)
    try:
        await admin.execute(TALLY)
        yield Scene(database, admin)
    finally:
        await admin.close()


async def _until_seen(watch: Database) -> None:
    async with asyncio.timeout(30):
        while True:
            if await last_seen(watch) is not None:
                return
            await asyncio.sleep(0.05)


async def _start(scene: Scene) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", _PROGRAM, scene.database.app, scene.database.worker, cwd=Path(__file__).parents[2]
    )


async def test_killed_workers_lose_nothing_and_repeat_nothing(own_database: TestDatabase) -> None:
    async with _scene(own_database) as scene:
        await emit_and_enqueue(scene.database.app, 60)
        for killed_at in (5, 25):
            worker = await _start(scene)
            await scene.until(killed_at)
            worker.send_signal(signal.SIGKILL)
            await worker.wait()
            await scene.admin.execute("update platform_job set heartbeat_at = heartbeat_at - interval '1 hour'")
        last = await _start(scene)
        await scene.until(120)
        await asyncio.sleep(0.5)
        last.terminate()
        assert await asyncio.wait_for(last.wait(), 30) == 0
        expected = [(effect, number) for effect in ("event", "job") for number in range(60)]
        assert await scene.tally() == expected
        assert await scene.admin.fetchval("select count(*) from platform_job") == 0


async def test_a_worker_shows_that_it_lives_and_says_goodbye(own_database: TestDatabase) -> None:
    async with _scene(own_database) as scene:
        watch = Database(DatabaseSettings(scene.database.worker, pool_size=1))
        worker = await _start(scene)
        await _until_seen(watch)
        worker.terminate()
        assert await worker.wait() == 0
        assert await last_seen(watch) is None
        await watch.close()
