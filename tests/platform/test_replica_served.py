"""What a deployment with a replica reads from it, and what its operators see of that."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from scholr.contexts.compliance import facade as compliance
from scholr.contexts.learning import facade as learning
from scholr.entrypoints.environment import Environment
from scholr.entrypoints.findings import State
from scholr.entrypoints.replica_state import examine_replica
from scholr.entrypoints.settings import platform_settings
from scholr.entrypoints.wiring import build_platform
from scholr.kernel.actor import Role
from scholr.platform.db.replica import ReplicaView
from scholr.platform.runtime import Platform
from tests.support.accounts import account
from tests.support.client import api_client
from tests.support.delivery import attach, detach, settle
from tests.support.learning import teach
from tests.support.replica import Pair
from tests.support.school import open_school


def _environment(pair: Pair, data_dir: Path, replica: str) -> Environment:
    return Environment(
        data_dir=data_dir, app_database_url=pair.database.app, replica_database_url=replica, rate_factor=1000.0
    )


@pytest.fixture
async def near(pair: Pair, tmp_path: Path) -> AsyncIterator[Platform]:
    """A platform as its settings make it."""
    built = build_platform(platform_settings(_environment(pair, tmp_path, pair.replica_app)))
    try:
        await attach(built, pair.database.worker)
        yield built
    finally:
        await detach(built)
        await built.close()


def _view(platform: Platform) -> ReplicaView:
    assert platform.db.replica is not None
    return platform.db.replica.snapshot()


async def test_reports_are_read_there_and_say_the_same(near: Platform, pair: Pair) -> None:
    school = await open_school(near, "Near")
    taught = await teach(school, lessons=2)
    learner = await school.person(Role.LEARNER)
    await taught.seat(learner)
    await taught.complete(learner)
    await pair.catch_up()
    here = await learning.course_report(school.platform, school.owner)
    async with api_client(near, school.tenant_id) as client:
        page = await client.get("/admin/reports", headers={"Accept": "text/html"})
        [found] = (await client.get("/api/reports/courses")).json()["items"]
        metrics = (await client.get("/metrics")).text
    assert page.status_code == 200 and "Reading Evidence" in page.text
    assert (found["learners"], found["completed"]) == (here[0].learners, here[0].completed) == (1, 1)
    assert (_view(near).reads, _view(near).passed_over) == (3, 0)
    for line in ('scholr_replica_reads{name=""} 3.0', 'scholr_replica_state_fresh{name=""} 1.0'):
        assert line in metrics
    assert "scholr_replica_lag_seconds" in metrics
    assert 'scholr_dependencies_breaker_closed{name="replica"} 1.0' in metrics


async def test_a_file_with_somebodys_data_is_gathered_there(near: Platform, pair: Pair) -> None:
    school = await open_school(near, "Near")
    ana = await account(school)
    export_id = await compliance.ask_for_export(near, ana.actor)
    assert export_id is not None
    await pair.catch_up()
    await settle(near)
    assert _view(near).reads >= 1
    assert (await compliance.fetch_export(near, ana.actor, export_id)).size > 0


async def test_the_doctor_says_how_the_replica_is(pair: Pair, tmp_path: Path) -> None:
    await pair.catch_up()
    connection = await asyncpg.connect(pair.database.admin)

    async def found(replica: str) -> tuple[State, str]:
        [finding] = await examine_replica(_environment(pair, tmp_path, replica), connection)
        return finding.state, finding.found

    try:
        assert await examine_replica(_environment(pair, tmp_path, ""), connection) == []
        state, words = await found(pair.replica_app)
        assert state is State.OK and words.startswith("a standby, ")
        assert await found(pair.replica_admin) == (State.FAIL, "its login bypasses row-level security")
        assert (await found(pair.database.app))[0] is State.FAIL
        pair.replica.kill()
        assert await found(pair.replica_app) == (State.WARN, "cannot be read from")
    finally:
        pair.replica.start()
        await connection.close()
