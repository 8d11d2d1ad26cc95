"""A dump of a living school is restored into another server, as docs/operations/restore.md says, and goes on there.

Transaction numbers are a cluster's own, and the relay's cursor is made of them. So it is tried both ways: in a server
that is younger than the dump (its numbers are smaller), and in one that is older.
"""

import asyncio
import dataclasses
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import msgspec
import pytest

from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.enrollment.events import LearnerEnrolled
from scholr.entrypoints.wiring import PlatformSettings, build_platform, live_modules
from scholr.platform.db.database import Database
from scholr.platform.db.embedded import EmbeddedPostgres
from scholr.platform.db.embedded_account import find_program
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.db.unit import WriteUnit
from scholr.platform.http.settings import HttpSettings, Profile
from scholr.platform.mail.local import LocalMailer
from scholr.platform.mail.send import send_mail
from scholr.platform.module import Module, Subscription
from scholr.platform.runtime import Platform
from scholr.platform.security.keys import KeyRing
from scholr.platform.worker import Worker, WorkerSettings
from tests.support.accounts import Account, account, browser
from tests.support.cohorts import open_cohort
from tests.support.database import TestDatabase, with_database
from tests.support.school import School, open_school

KEY = bytes(range(32))
MANY = 20_000
PAUSE, PATIENCE = 0.03, 1000


async def welcome(tx: WriteUnit, event: LearnerEnrolled) -> None:
    """An effect that shows when it happens twice."""
    await send_mail(tx, to="everybody@example.org", subject=str(event.learner_id), text="Welcome")


MODULES = [*live_modules(), Module("test", subscriptions=(Subscription("test.welcome", LearnerEnrolled, welcome),))]


@dataclass(frozen=True, slots=True)
class Dumped:
    """`greeted` was enrolled and welcomed before the dump; `enrolled` was enrolled, and nobody had told yet."""

    file: Path
    school: School
    cohort: enrollment.CohortView
    greeted: Account
    enrolled: Account
    waiting: Account


@pytest.fixture
def other_server() -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(ephemeral=True) as running:
        yield running


def platform_on(app_dsn: str, mail: Path) -> Platform:
    http = HttpSettings(Profile.DEMO, "127.0.0.1", 8080, "http://localhost:8080")
    database = DatabaseSettings(app_dsn, pool_size=3)
    return build_platform(PlatformSettings(database, http, KeyRing((KEY,)), mailer=LocalMailer(mail)))


@asynccontextmanager
async def worker_on(platform: Platform, worker_dsn: str) -> AsyncIterator[Database]:
    """A whole worker, as the worker process runs it; ends in order. Yields its database."""
    database, stop = Database(DatabaseSettings(worker_dsn, pool_size=6, idle_timeout=120)), asyncio.Event()
    worker = Worker(platform, database, MODULES, settings=WorkerSettings(poll=0.1))
    running = asyncio.create_task(worker.run(stop))
    try:
        yield database
    finally:
        stop.set()
        await running
        await database.close()


async def welcomed(platform: Platform) -> list[str]:
    """Whom the mails welcome that have left, each as often as they did."""
    assert isinstance(platform.mailer, LocalMailer)
    return [mail.subject for mail in await platform.mailer.kept()]


async def until_welcomed(platform: Platform, *who: Account) -> None:
    wanted = {str(each.membership_id) for each in who}
    for _ in range(PATIENCE):
        if wanted <= set(await welcomed(platform)):
            return
        await asyncio.sleep(PAUSE)
    raise AssertionError("somebody was never welcomed")


async def enrol(platform: Platform, school: School, cohort: enrollment.CohortView, who: Account) -> None:
    await enrollment.enrol(platform, school.owner, cohort_id=cohort.id, learner_id=who.membership_id)


async def make_older(admin_dsn: str, than: str) -> None:
    """Use up transaction numbers of one server until they are well beyond the other's."""
    admin, other = await asyncpg.connect(admin_dsn), await asyncpg.connect(than)
    try:
        beyond = await other.fetchval("select pg_current_xact_id()::text::bigint") + MANY
        await admin.execute(
            f"do $$ begin while pg_current_xact_id()::text::bigint < {beyond} loop commit; end loop; end $$"
        )
    finally:
        await admin.close()
        await other.close()


async def live_and_dump(database: TestDatabase, folder: Path) -> Dumped:
    platform = platform_on(database.app, folder / "mail-before")
    try:
        school = await open_school(platform, "Aldersea")
        people = [await account(school) for _ in range(3)]
        cohort = await open_cohort(school)
        async with worker_on(platform, database.worker):
            await enrol(platform, school, cohort, people[0])
            await until_welcomed(platform, people[0])
        await enrol(platform, school, cohort, people[1])
    finally:
        await platform.db.close()
    file = folder / "scholr.dump"
    await run("pg_dump", "--format=custom", f"--file={file}", f"--dbname={database.admin}")
    return Dumped(file, school, cohort, *people)


async def run(program: str, *arguments: str) -> None:
    await asyncio.to_thread(subprocess.run, [str(find_program(program)), *arguments], check=True, text=True)


async def restore(server: EmbeddedPostgres, file: Path, data_dir: Path) -> TestDatabase:
    """The steps of the runbook."""
    admin = with_database(server.dsn, "scholr")
    connection = await asyncpg.connect(server.dsn)
    try:
        await connection.execute("create database scholr")
    finally:
        await connection.close()
    variables = {"SCHOLR_DATABASE_URL": admin, "SCHOLR_DATA_DIR": str(data_dir)}
    await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "scholr.entrypoints.cli", "roles"], env=variables, check=True
    )
    await run("pg_restore", "--exit-on-error", "--single-transaction", f"--dbname={admin}", str(file))
    prepared = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "scholr.entrypoints.prepare"],
        env=variables,
        check=True,
        stdout=subprocess.PIPE,
    )
    found = msgspec.json.decode(prepared.stdout)
    return TestDatabase(admin, found["app_database_url"], found["worker_database_url"])


@pytest.mark.parametrize("older", ["dump", "server"])
async def test_a_restored_school_goes_on_where_it_was(
    own_database: TestDatabase, other_server: EmbeddedPostgres, tmp_path: Path, older: str
) -> None:
    servers = (own_database.admin, other_server.dsn) if older == "dump" else (other_server.dsn, own_database.admin)
    await make_older(*servers)
    dumped = await live_and_dump(own_database, tmp_path)
    restored = await restore(other_server, dumped.file, tmp_path / "data")
    async with reopened(dumped, restored, tmp_path / "mail") as school:
        async with worker_on(school.platform, restored.worker) as worker_db:
            async with browser(school.platform, dumped.greeted) as client:
                assert (await client.get("/learn")).status_code == 200
            await enrol(school.platform, school, dumped.cohort, dumped.waiting)
            await until_welcomed(school.platform, dumped.enrolled, dumped.waiting)
            await nothing_left(worker_db)
        await nobody_was_welcomed_twice(dumped, restored, school.platform)


async def test_a_worker_that_comes_long_after_the_web_process_misses_nothing(
    own_database: TestDatabase, other_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    """By then the new server has had as many transactions as the old one, and its numbers tell nothing any more."""
    await make_older(own_database.admin, other_server.dsn)
    dumped = await live_and_dump(own_database, tmp_path)
    restored = await restore(other_server, dumped.file, tmp_path / "data")
    async with reopened(dumped, restored, tmp_path / "mail") as school:
        await enrol(school.platform, school, dumped.cohort, dumped.waiting)
        await make_older(other_server.dsn, own_database.admin)
        async with worker_on(school.platform, restored.worker) as worker_db:
            await until_welcomed(school.platform, dumped.enrolled, dumped.waiting)
            await nothing_left(worker_db)
        await nobody_was_welcomed_twice(dumped, restored, school.platform)


@asynccontextmanager
async def reopened(dumped: Dumped, restored: TestDatabase, mail: Path) -> AsyncIterator[School]:
    """The school as the program on the new server has it."""
    platform = platform_on(restored.app, mail)
    try:
        yield dataclasses.replace(dumped.school, platform=platform)
    finally:
        await platform.db.close()


async def nobody_was_welcomed_twice(dumped: Dumped, restored: TestDatabase, platform: Platform) -> None:
    """Each once, and who had been welcomed before the dump not again."""
    expected = {str(dumped.enrolled.membership_id), str(dumped.waiting.membership_id)}
    assert sorted(await welcomed(platform)) == sorted(expected)
    assert await effects(restored) == 3


async def nothing_left(worker_db: Database) -> None:
    """Until every event is behind the relay and no delivery or job waits."""
    for _ in range(PATIENCE):
        async with worker_db.read(None) as rx:
            left = await rx.raw.fetchval(
                "select (select count(*) from platform_outbox o join platform_outbox_shard s using (shard)"
                " where not pg_visible_in_snapshot(o.xid, s.done)) + (select count(*) from platform_delivery)"
                " + (select count(*) from platform_job where key is null)"
            )
        if left == 0:
            return
        await asyncio.sleep(PAUSE)
    raise AssertionError(f"{left} things were never done")


async def effects(database: TestDatabase) -> int:
    """How often somebody was welcomed, before and after."""
    admin = await asyncpg.connect(database.admin)
    try:
        found: int = await admin.fetchval(
            "select count(*) from platform_mail where recipient = 'everybody@example.org'"
        )
        return found
    finally:
        await admin.close()
