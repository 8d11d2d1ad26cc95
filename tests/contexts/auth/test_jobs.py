"""Background work of auth."""

from datetime import timedelta

import pytest

from scholr.platform.runtime import Platform
from tests.support.accounts import account, browser
from tests.support.clock import MovableClock
from tests.support.database import TestDatabase
from tests.support.delivery import run_periodic
from tests.support.school import School


@pytest.fixture
def database(own_database: TestDatabase) -> TestDatabase:
    """The sweep ends every old session of its database: those of the populated school, which others use, too."""
    return own_database


async def test_expired_sessions_are_swept_away_and_live_ones_stay(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    gone, here = await account(school), await account(school)
    async with browser(platform, gone):
        clock.advance(timedelta(hours=9))
    async with browser(platform, here) as client:
        await run_periodic(platform, "auth.sweep")
        async with platform.db.read(school.tenant_id) as rx:
            people = {row["person_id"] for row in await rx.raw.fetch("select person_id from auth_session")}
        assert people == {here.person_id}
        assert (await client.get("/account")).status_code == 200
