"""What the pages show of a deployment of their own: figures, queues, organisations; and the two buttons."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import pytest

from scholr.entrypoints.wiring import PlatformSettings, build_platform
from scholr.kernel.ids import new_id
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.http.settings import HttpSettings, Profile
from scholr.platform.mail.local import LocalMailer
from scholr.platform.observability.reporter import Reporter
from scholr.platform.observability.settings import SignalSettings
from scholr.platform.observability.trace import Part
from scholr.platform.runtime import Platform
from scholr.platform.security.keys import KeyRing
from tests.support.accounts import browser
from tests.support.clock import MovableClock
from tests.support.database import TestDatabase
from tests.support.delivery import attach, detach
from tests.support.operators import operator_of
from tests.support.school import School, open_school
from tests.support.statements import counted_statements


@pytest.fixture
async def alone(own_database: TestDatabase, clock: MovableClock, tmp_path: Path) -> AsyncIterator[Platform]:
    settings = PlatformSettings(
        DatabaseSettings(own_database.app, pool_size=3),
        HttpSettings(Profile.DEMO, "127.0.0.1", 8080, "http://localhost:8080"),
        KeyRing((b"k" * 32,)),
        mailer=LocalMailer(tmp_path / "mail"),
        signals=SignalSettings(service="web"),
    )
    built = build_platform(settings, clock=clock)
    await attach(built, own_database.worker)
    yield built
    await detach(built)
    await built.db.close()


@asynccontextmanager
async def operating(platform: Platform, database: TestDatabase) -> AsyncIterator[tuple[httpx.AsyncClient, School]]:
    school = await open_school(platform, "Aldersea")
    async with browser(platform, await operator_of(platform, database, school)) as client:
        yield client, school


def _enrolled(platform: Platform, school: School, status: int, seconds: float, times: int) -> None:
    signals = platform.signals
    route = ("POST", "/api/courses/{course_id}/enrollments")
    for _ in range(times):
        part = Part(signals.tracer, "request", "server", None)
        signals.answered(*route, status, seconds, part, str(school.tenant_id))


async def test_a_fresh_start_claims_nothing(alone: Platform, own_database: TestDatabase) -> None:
    async with operating(alone, own_database) as (client, _school):
        page = (await client.get("/operate")).text
    assert '<h1 class="title">No figures yet</h1>' in page
    assert "Nothing was heard from any process yet" in page
    assert "No process has reported yet" in page


async def test_a_slow_service_is_the_headline_and_its_page_has_the_figures(
    alone: Platform, own_database: TestDatabase, clock: MovableClock
) -> None:
    async with operating(alone, own_database) as (client, school):
        reporter = Reporter(alone, (alone.db,))
        _enrolled(alone, school, 201, 0.9, times=8)
        assert await reporter.flush()
        clock.advance(timedelta(seconds=10))
        now = await client.get("/operate/now")
        page = (await client.get("/operate/services/enrol")).text
        organizations = (await client.get("/operate/organizations")).text
    assert "Enrolling is slow since" in now.text
    assert "ScholrSlow.md" in now.text
    assert now.headers["cache-control"] == "no-store"
    assert "<html" not in now.text
    assert "Enrolling: too slow since" in page
    assert "1,000.0" in page  # every one was late, where one of a thousand may be
    assert "Aldersea took 100% of the work" in organizations


async def test_a_services_page_tells_not_used_from_nobody_counted_as_the_health_page_does(
    alone: Platform, own_database: TestDatabase, clock: MovableClock
) -> None:
    async with operating(alone, own_database) as (client, school):
        reporter = Reporter(alone, (alone.db,))
        _enrolled(alone, school, 201, 0.02, times=8)
        for _ in range(3):  # enrolled in the first interval alone; the reporter looks at the queues in each
            assert await reporter.flush()
            clock.advance(timedelta(minutes=5))
        page = (await client.get("/operate/services/enrol")).text
    assert [page.count(f": {words}</span>") for words in ("well", "not used", "nobody counted")] == [1, 2, 9]


async def test_figures_that_stopped_are_not_shown_as_news(
    alone: Platform, own_database: TestDatabase, clock: MovableClock
) -> None:
    async with operating(alone, own_database) as (client, _school):
        assert await Reporter(alone, (alone.db,)).flush()
        clock.advance(timedelta(minutes=4))
        page = (await client.get("/operate")).text
    assert "The figures stopped at" in page
    assert "Last heard from a process 4 minutes ago" in page
    assert "Silent since" in page


@pytest.fixture
async def admin(own_database: TestDatabase) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(own_database.admin)
    yield connection
    await connection.close()


Admin = asyncpg.Connection


async def _failed_job(admin: "Admin[asyncpg.Record]", school: School, *, key: str | None = None) -> UUID:
    job_id = new_id()
    await admin.execute(
        "insert into platform_job (tenant_id, id, name, payload, key, state, due_at, attempts, last_error)"
        " values ($1, $2, 'auth.send_reset', '{}', $3, 'failed', now(), 5, 'ConnectError')",
        school.tenant_id,
        job_id,
        key,
    )
    return job_id


async def test_a_failed_job_runs_again_and_the_act_is_kept(
    alone: Platform, own_database: TestDatabase, admin: "Admin[asyncpg.Record]"
) -> None:
    async with operating(alone, own_database) as (client, school):
        job_id = await _failed_job(admin, school)
        page = (await client.get("/operate/queues")).text
        assert "auth.send_reset" in page
        assert "Aldersea" in page
        assert str(job_id) in page
        answer = await client.post("/operate/queues/retry", data={"job": str(job_id)})
        assert (answer.status_code, answer.headers["location"]) == (303, "/operate/queues")
        row = await admin.fetchrow("select state, attempts from platform_job where id = $1", job_id)
        assert row is not None
        assert tuple(row) == ("waiting", 0)
        assert "had been let run again already" in await _flash_after(client, "retry", {"job": str(job_id)})
        page = (await client.get("/operate/queues")).text
        assert "let run again: " in " ".join(page.split())
        assert page.count("auth.send_reset") == 1  # in the history only, and once
        assert (await client.post("/operate/queues/retry", data={"job": "x"})).status_code == 404


async def _flash_after(client: httpx.AsyncClient, act: str, data: dict[str, str]) -> str:
    await client.post(f"/operate/queues/{act}", data=data)
    return (await client.get("/operate/queues")).text


async def test_a_job_whose_twin_waits_is_done_by_it(
    alone: Platform, own_database: TestDatabase, admin: "Admin[asyncpg.Record]"
) -> None:
    async with operating(alone, own_database) as (client, school):
        job_id = await _failed_job(admin, school, key="one")
        await admin.execute(
            "insert into platform_job (tenant_id, id, name, payload, key, state, due_at)"
            " values ($1, $2, 'auth.send_reset', '{}', 'one', 'waiting', now() + interval '1 day')",
            school.tenant_id,
            new_id(),
        )
        await client.post("/operate/queues/retry", data={"job": str(job_id)})
    assert await admin.fetchval("select array_agg(state) from platform_job where key = 'one'") == ["waiting"]


async def test_a_dead_event_is_delivered_again_to_the_one_that_refused_it(
    alone: Platform, own_database: TestDatabase, admin: "Admin[asyncpg.Record]"
) -> None:
    async with operating(alone, own_database) as (client, school):
        event = await admin.fetchrow(
            "select id, aggregateid from platform_outbox where tenant_id = $1", school.tenant_id
        )
        assert event is not None
        for consumer in ("one.consumer", "another.consumer"):
            await admin.execute(
                "insert into platform_delivery"
                " (tenant_id, consumer, event_id, aggregateid, seq, state, attempts, due_at, last_error)"
                " values ($1, $2, $3, $4, 1, 'dead', 10, now(), 'KeyError')",
                school.tenant_id,
                consumer,
                event["id"],
                event["aggregateid"],
            )
        assert "one.consumer" in (await client.get("/operate/queues")).text
        data = {"event": str(event["id"]), "consumer": "one.consumer"}
        assert (await client.post("/operate/queues/replay", data=data)).status_code == 303
        assert "had been delivered again already" in await _flash_after(client, "replay", data)
    rows = await admin.fetch("select consumer, state from platform_delivery order by consumer")
    assert [tuple(row) for row in rows] == [("another.consumer", "dead"), ("one.consumer", "waiting")]


async def test_no_page_asks_more_than_eight_statements(alone: Platform, own_database: TestDatabase) -> None:
    async with operating(alone, own_database) as (client, _school):
        assert await Reporter(alone, (alone.db,)).flush()
        for path in ("", "/now", "/services/mail", "/queues", "/dependencies", "/statements", "/organizations"):
            with counted_statements() as sent:
                assert (await client.get(f"/operate{path}")).status_code == 200
            assert len([each for each in sent if "set_config" not in each]) <= 8, path
