"""What row-level security shows of people, with the application's own login and no other layer in between."""

import pytest
from sqlalchemy import text

from scholr.platform.runtime import Platform
from tests.support.accounts import account, browser
from tests.support.school import School

PERSON_TABLES = ("auth_credential", "auth_session", "auth_one_time", "auth_totp", "auth_recovery_code", "auth_passkey")


async def test_a_persons_session_sees_that_persons_row_only(platform: Platform, school: School) -> None:
    someone, other = await account(school), await account(school)
    async with platform.db.read(school.tenant_id, person_id=someone.person_id) as rx:
        seen = await rx.raw.fetch("select id from identity_person")
    assert [row["id"] for row in seen] == [someone.person_id]
    assert other.person_id != someone.person_id


async def test_a_tenant_alone_sees_no_person(platform: Platform, school: School) -> None:
    await account(school)
    async with platform.db.read(school.tenant_id) as rx:
        assert await rx.raw.fetchval("select count(*) from identity_person") == 0
        assert await rx.raw.fetchval("select count(*) from auth_credential") == 0


@pytest.mark.parametrize("table", PERSON_TABLES)
async def test_without_a_person_nothing_personal_is_seen(platform: Platform, school: School, table: str) -> None:
    async with browser(platform, await account(school)), platform.db.read(None) as rx:
        assert await rx.raw.fetchval(f"select count(*) from {table}") == 0


async def test_an_organisation_sees_the_sessions_that_are_open_in_it_and_no_others(
    platform: Platform, school: School, other_school: School
) -> None:
    here, there = await account(school), await account(other_school)
    async with browser(platform, here), browser(platform, there), platform.db.read(school.tenant_id) as rx:
        people = {row["person_id"] for row in await rx.raw.fetch("select person_id from auth_session")}
    assert people == {here.person_id}


@pytest.mark.parametrize("table", ["auth_challenge", "auth_throttle"])
async def test_the_application_cannot_touch_what_only_functions_may(platform: Platform, table: str) -> None:
    async with platform.db.read(None) as rx:
        with pytest.raises(Exception, match="permission denied"):
            await rx.session.execute(text(f"select * from {table}"))


async def test_nobody_writes_a_session_for_somebody_else(platform: Platform, school: School) -> None:
    someone, other = await account(school), await account(school)
    async with browser(platform, other), platform.db.write(school.tenant_id, person_id=someone.person_id) as tx:
        moved = await tx.raw.execute(
            "update auth_session set person_id = $1 where person_id = $2", someone.person_id, other.person_id
        )
    assert moved == "UPDATE 0"
