"""A worker that is killed in the middle of an import, again and again: each row has its one effect all the same."""

import asyncio
import secrets
import signal
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg

from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.enrollment.facade import CohortDraft
from scholr.contexts.identity import facade as identity
from scholr.entrypoints.wiring import PlatformSettings, build_platform
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.http.settings import HttpSettings, Profile
from scholr.platform.security.keys import KeyRing
from tests.support.cohorts import open_cohort
from tests.support.database import TestDatabase
from tests.support.school import School, open_school
from tests.support.server import started_worker

ROWS = 2_200
KNOWN_BEFORE = 40
MORNING_SEATS = 900
HALFWAY_IN_A_CHUNK = """
select (select count(*) from identity_membership where email like 'row%') - $2 > i.done as halfway, i.done, i.status
from enrollment_import i where i.id = $1
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """A database of this test's own, since a real worker takes whatever it finds."""

    database: TestDatabase
    school: School
    admin: "asyncpg.Connection[asyncpg.Record]"

    async def column(self, sql: str, *args: object) -> list[object]:
        return [row[0] for row in await self.admin.fetch(sql, *args)]


@asynccontextmanager
async def _scene(database: TestDatabase) -> AsyncIterator[Scene]:
    http = HttpSettings(Profile.DEMO, "127.0.0.1", 8080, "http://localhost:8080")
    settings = PlatformSettings(DatabaseSettings(database.app, pool_size=2), http, KeyRing((secrets.token_bytes(32),)))
    platform = build_platform(settings)
    admin = await asyncpg.connect(database.admin)
    try:
        yield Scene(database, await open_school(platform, "Aldersea"), admin)
    finally:
        await admin.close()
        await platform.db.close()


async def test_an_import_survives_killed_workers_with_one_effect_for_each_row(
    own_database: TestDatabase, tmp_path: Path
) -> None:
    async with _scene(own_database) as scene:
        morning, evening, import_id = await _sent(scene)
        killed_at = [await _killed_in_a_chunk(scene, tmp_path, import_id, beyond) for beyond in (0, 500, 1_000)]
        assert 0 <= killed_at[0] < killed_at[1] < killed_at[2] < ROWS
        with started_worker(scene.database, tmp_path) as worker:
            await _until(scene, import_id, "done")
            await _until_nothing_waits(scene)
            worker.terminate()
            assert await asyncio.to_thread(worker.wait, 30) == 0
        await _require_everybody_once(scene, import_id)
        await _require_seats_in_order(scene, morning, evening)
        await _require_one_event_each(scene)


async def _sent(scene: Scene) -> tuple[UUID, UUID, UUID]:
    """Odd rows go into a cohort that is too small for them, even rows into one that is not; some are known already."""
    school = scene.school
    morning = await open_cohort(school, draft=CohortDraft(capacity=MORNING_SEATS, name="Morning"))
    evening = await open_cohort(school, morning.course_id, draft=CohortDraft(capacity=ROWS, name="Evening"))
    for number in range(0, KNOWN_BEFORE * 50, 50):
        await identity.add_member(school.platform, school.owner, email=f"row{number}@b.example", name="Known")
    lines = [
        f"row{number}@b.example,Person {number},{'Morning' if number % 2 else 'Evening'}" for number in range(ROWS)
    ]
    found = await enrollment.upload_import(
        school.platform,
        school.owner,
        data="\n".join(["email,name,cohort", *lines]).encode(),
        filename="all.csv",
        cohort_id=None,
        may_wait=True,
    )
    assert found.status in ("checking", "ready")
    return morning.id, evening.id, found.id


async def _killed_in_a_chunk(scene: Scene, directory: Path, import_id: UUID, beyond: int) -> int:
    """Kill a worker while people of a chunk have been added and have no seat yet; how many rows were done then."""
    with started_worker(scene.database, directory) as worker:
        if beyond == 0:
            await _until(scene, import_id, "ready")
            await enrollment.start_import(scene.school.platform, scene.school.owner, import_id=import_id)
        done = await _halfway(scene, import_id, beyond, worker)
        worker.send_signal(signal.SIGKILL)
        await asyncio.to_thread(worker.wait, 30)
    # Nobody waits half a minute for the lease of the dead to end.
    await scene.admin.execute("update platform_job set heartbeat_at = heartbeat_at - interval '1 hour'")
    return done


async def _halfway(scene: Scene, import_id: UUID, beyond: int, worker: "subprocess.Popen[bytes]") -> int:
    async with asyncio.timeout(60):
        while True:
            assert worker.poll() is None, "the worker ended by itself"
            halfway, done, status = await scene.admin.fetchrow(HALFWAY_IN_A_CHUNK, import_id, KNOWN_BEFORE) or (
                0,
                0,
                "",
            )
            assert status != "done", "the import was over before the worker could be killed"
            if halfway and done >= beyond:
                return int(done)
            await asyncio.sleep(0.001)


async def _until(scene: Scene, import_id: UUID, status: str) -> None:
    async with asyncio.timeout(120):
        while True:
            if await scene.column("select status from enrollment_import where id = $1", import_id) == [status]:
                return
            await asyncio.sleep(0.05)


async def _until_nothing_waits(scene: Scene) -> None:
    async with asyncio.timeout(60):
        while True:
            if not await scene.column("select id from platform_job where name like 'enrollment.%' limit 1"):
                return
            await asyncio.sleep(0.05)


async def _require_everybody_once(scene: Scene, import_id: UUID) -> None:
    emails = await scene.column("select email from identity_membership where email like 'row%'")
    assert Counter(emails) == Counter(f"row{number}@b.example" for number in range(ROWS))
    rows = await scene.admin.fetch(
        "select done, created, r.member_id = m.id as same, m.display_name = 'Known' as known"
        " from enrollment_import_row r left join identity_membership m on m.email = r.email where import_id = $1",
        import_id,
    )
    assert len(rows) == ROWS
    assert all(row["done"] and row["same"] for row in rows)
    assert all(row["created"] is not row["known"] for row in rows), "who was there before was not made by the import"
    assert await scene.column("select done from enrollment_import where id = $1", import_id) == [ROWS]


async def _require_seats_in_order(scene: Scene, morning: UUID, evening: UUID) -> None:
    """The first rows of the file have the seats, the others queue in its order."""
    seated = "select (substring(m.email from 4 for position('@' in m.email) - 4))::int as number, e.status, e.place"
    people = (
        f"{seated} from enrollment_enrollment e join identity_membership m on m.id = e.learner_id where cohort_id = $1"
    )
    rows = await scene.admin.fetch(f"{people} order by place nulls first, 1", morning)
    odd = list(range(1, ROWS, 2))
    assert [row["number"] for row in rows] == odd
    assert [row["status"] for row in rows] == ["active"] * MORNING_SEATS + ["waitlisted"] * (len(odd) - MORNING_SEATS)
    assert len({row["place"] for row in rows if row["place"] is not None}) == len(odd) - MORNING_SEATS
    rest = await scene.admin.fetch(f"{people} order by 1", evening)
    assert [(row["number"], row["status"]) for row in rest] == [(number, "active") for number in range(0, ROWS, 2)]
    counted = await scene.admin.fetch("select id, taken, waiting from enrollment_cohort")
    assert {row["id"]: (row["taken"], row["waiting"]) for row in counted} == {
        morning: (MORNING_SEATS, len(odd) - MORNING_SEATS),
        evening: (ROWS // 2, 0),
    }


async def _require_one_event_each(scene: Scene) -> None:
    """Of whatever happened to a person of the file, there is one record."""
    rows = await scene.admin.fetch(
        "select type, count(*) as many from platform_outbox o"
        " where exists (select from identity_membership m where m.email like 'row%'"
        "   and m.id::text in (o.aggregateid::text, o.payload ->> 'learner_id'))"
        " group by type"
    )
    waiting = ROWS // 2 - MORNING_SEATS
    assert {row["type"]: row["many"] for row in rows} == {
        "identity.member_added": ROWS,
        "enrollment.learner_enrolled": ROWS - waiting,
        "enrollment.learner_waitlisted": waiting,
    }
