"""The server goes on answering while the database is migrated underneath it: no request fails.

The code that serves is this version's. At the migration before the newest one, whatever needs only older tables has
to work; and since the next migration is not written yet, it is played: every table gains a column and an index.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from scholr.entrypoints.wiring import PlatformSettings, build_platform
from scholr.platform.db.head import head_revision
from scholr.platform.db.migrate import migrate
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.http.settings import HttpSettings, Profile
from scholr.platform.security.keys import KeyRing
from tests.support.cohorts import open_cohort, open_course
from tests.support.database import TestDatabase
from tests.support.every_table import every_table
from tests.support.exams import open_exam
from tests.support.school import open_school
from tests.support.server import running_server
from tests.upgrade.databases import empty_database, migrate_in_the_background, revisions

AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class Taught:
    """What the requests are about."""

    tenant_id: str
    course_id: str
    cohort_id: str
    assessment_id: str
    question_id: str


async def teach(database: TestDatabase) -> Taught:
    """A school in a database that need not stand at the newest migration."""
    http = HttpSettings(Profile.DEMO, "127.0.0.1", 8080, "http://localhost:8080")
    settings = PlatformSettings(DatabaseSettings(database.app, pool_size=2), http, KeyRing((bytes(32),)))
    platform = build_platform(settings)
    try:
        school = await open_school(platform, "Aldersea")
        course = await open_course(school)
        cohort = await open_cohort(school, course, capacity=100_000)
        exam, questions = await open_exam(school, course_id=course)
    finally:
        await platform.db.close()
    return Taught(str(school.tenant_id), str(course), str(cohort.id), str(exam), questions[0])


@pytest.fixture
async def older(database: TestDatabase) -> TestDatabase:
    """A database at the migration before the newest one, with a school in it."""
    found = await empty_database(database)
    await migrate(found.admin, to=revisions()[-2])
    return found


async def test_no_request_fails_while_the_newest_migration_runs(older: TestDatabase, tmp_path: Path) -> None:
    taught = await teach(older)
    with running_server(older, tmp_path, until="/health/live") as url:
        assert (await asyncio.to_thread(httpx.get, f"{url}/health/ready")).status_code == 503
        async with asking(url, taught) as answers:
            await migrate_in_the_background(older, head_revision())
            await more(answers)
        assert (await asyncio.to_thread(httpx.get, f"{url}/health/ready")).status_code == 200
    assert [each for each in answers if not each.startswith("2")] == []


async def test_no_request_fails_while_every_table_gains_a_column(own_database: TestDatabase, tmp_path: Path) -> None:
    taught = await teach(own_database)
    with running_server(own_database, tmp_path) as url:
        async with asking(url, taught) as answers:
            await expand_every_table(own_database)
            await more(answers)
    assert [each for each in answers if not each.startswith("2")] == []


async def expand_every_table(database: TestDatabase) -> None:
    """As a migration does it: with a lock timeout, and again when something else was in the way."""
    admin = await asyncpg.connect(database.admin)
    try:
        await admin.execute("set lock_timeout = '2s'")
        for table in await every_table(admin):
            await _patiently(admin, f"alter table {table.name} add column later integer")
            await _patiently(admin, f"create index concurrently on {table.name} (later)")
    finally:
        await admin.close()


async def _patiently(admin: "asyncpg.Connection[Any]", sql: str) -> None:
    for _ in range(20):
        try:
            await admin.execute(sql)
        except asyncpg.LockNotAvailableError:
            continue
        return
    raise AssertionError(f"the lock was never free: {sql}")


@asynccontextmanager
async def asking(url: str, taught: Taught) -> AsyncIterator[list[str]]:
    """Ask all the time, several at once, until the block ends; yields what was answered."""
    answers: list[str] = []
    stop = asyncio.Event()
    numbers = itertools.count()
    headers = {"X-Tenant-Id": taught.tenant_id}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:

        async def one_after_another() -> None:
            while not stop.is_set():
                answers.extend([f"{status} {what}" async for status, what in _errand(client, taught, next(numbers))])

        tasks = [asyncio.create_task(one_after_another()) for _ in range(AT_ONCE)]
        await more(answers)
        try:
            yield answers
        finally:
            stop.set()
            await asyncio.gather(*tasks)


async def more(answers: list[str]) -> None:
    """Wait until everybody who asks has been through a whole errand once more."""
    wanted = len(answers) + AT_ONCE * 8
    for _ in range(1800):
        if len(answers) >= wanted:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"only {len(answers)} answers came")


async def _errand(client: httpx.AsyncClient, taught: Taught, number: int) -> AsyncIterator[tuple[int, str]]:
    """A newcomer joins, looks around, and takes the quiz."""
    person = {"email": f"n{number}@example.org", "name": f"Newcomer {number}"}
    added = await client.post("/api/users", json=person)
    yield added.status_code, f"add {added.text}"
    if not added.is_success:
        return
    learner = {"learner_id": added.json()["id"]}
    seat = await client.post(f"/api/cohorts/{taught.cohort_id}/enrollments", json=learner)
    yield seat.status_code, f"enrol {seat.text}"
    for path in ("/api/courses", f"/api/courses/{taught.course_id}/outline", f"/api/cohorts/{taught.cohort_id}"):
        looked = await client.get(path)
        yield looked.status_code, f"{path} {looked.text}"
    attempt = await client.post(f"/api/assessments/{taught.assessment_id}/attempts", json=learner)
    yield attempt.status_code, f"start {attempt.text}"
    if not attempt.is_success:
        return
    answers = {"answers": {taught.question_id: ["1"]}}
    for method, path, body in (("PUT", "answers", answers), ("POST", "submit", None)):
        sent = await client.request(method, f"/api/attempts/{attempt.json()['id']}/{path}", json=body)
        yield sent.status_code, f"{path} {sent.text}"
