"""Who is let in: operators, with two factors where it matters, and nobody else by any way."""

from datetime import timedelta

import asyncpg
import pytest

from scholr.contexts.auth import facade as auth
from scholr.kernel.actor import Role
from scholr.platform.observability import operate
from scholr.platform.runtime import Platform
from tests.support.accounts import PASSWORD, account, browser, in_production, sign_in
from tests.support.client import api_client
from tests.support.clock import MovableClock
from tests.support.database import TestDatabase
from tests.support.operators import make_operator, operator_of
from tests.support.school import School

PAGES = (
    "/operate",
    "/operate/now",
    "/operate/services/enrol",
    "/operate/queues",
    "/operate/dependencies",
    "/operate/statements",
    "/operate/organizations",
)


async def test_an_operator_sees_every_page_and_is_led_there(
    platform: Platform, database: TestDatabase, school: School
) -> None:
    operator = await operator_of(platform, database, school)
    async with browser(platform, operator) as client:
        assert (await client.get("/switch?next=/")).headers["location"] == "/operate"
        for path in PAGES:
            answer = await client.get(path)
            assert answer.status_code == 200, path
        assert (await client.get("/operate/services/nothing")).status_code == 404


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.LEARNER])
async def test_nobody_of_an_organisation_finds_anything(platform: Platform, school: School, role: Role) -> None:
    async with browser(platform, await account(school, role)) as client:
        for path in PAGES:
            assert (await client.get(path)).status_code == 404, path
        for path in ("/operate/queues/retry", "/operate/queues/replay"):
            assert (await client.post(path, data={"job": str(school.tenant_id)})).status_code == 404
        assert 'href="/operate"' not in (await client.get("/learn")).text


async def test_the_demos_header_makes_nobody_an_operator(platform: Platform, school: School) -> None:
    async with api_client(platform, school.tenant_id) as client:
        assert (await client.get("/operate", headers={"Accept": "text/html"})).status_code == 404


async def test_a_member_who_is_an_operator_has_both_and_loses_it_with_the_next_request(
    platform: Platform, database: TestDatabase, school: School
) -> None:
    member = await account(school, Role.INSTRUCTOR)
    assert await make_operator(database, member.email.upper()) == "added"
    assert await make_operator(database, member.email) == "was"
    admin = await asyncpg.connect(database.admin)
    async with browser(platform, member) as client:
        assert 'href="/operate"' in (await client.get("/learn")).text
        assert (await client.get("/operate")).status_code == 200
        now = platform.clock.now()
        assert await auth.remove_operator(admin, email=member.email, by="a test", now=now) == "removed"
        assert (await client.get("/operate")).status_code == 404
    (kept,) = [each for each in await auth.list_operators(admin) if each.email == member.email]
    assert (kept.removed_at, kept.added_by, kept.has_second_step) == (now, "a test", False)
    await admin.close()


async def test_showing_the_password_again_takes_no_second_factor_away(
    platform: Platform, database: TestDatabase, school: School, clock: MovableClock
) -> None:
    """At three in the morning the way to the switch leads past the password; behind it the operator is still one."""
    operator = await operator_of(platform, database, school)
    admin = await asyncpg.connect(database.admin)
    async with browser(in_production(platform), operator) as client:
        await admin.execute("update auth_session set proof = 'password+totp' where person_id = $1", operator.person_id)
        clock.advance(timedelta(minutes=16))
        asked = await client.get("/operate/flags/media.uploads")
        assert asked.status_code == 303
        shown = {"password": PASSWORD, "next": "/operate/flags/media.uploads"}
        confirmed = await client.post("/account/security/confirm", data=shown)
        assert confirmed.headers["location"] == "/operate/flags/media.uploads"
        assert (await client.get("/operate/flags/media.uploads")).status_code == 200
        await admin.execute("update auth_session set proof = 'password' where person_id = $1", operator.person_id)
        assert (await client.post("/account/security/confirm", data=shown)).status_code == 303
        assert (await client.get("/operate")).status_code == 403, "nor does it give one"
    await admin.close()


async def test_production_wants_a_second_factor(platform: Platform, database: TestDatabase, school: School) -> None:
    operator = await operator_of(platform, database, school)
    async with browser(in_production(platform), operator) as client:
        answer = await client.get("/operate")
        assert answer.status_code == 403
        assert "second step or a passkey" in answer.text
        admin = await asyncpg.connect(database.admin)
        await admin.execute("update auth_session set proof = 'password+totp' where person_id = $1", operator.person_id)
        await admin.close()
        assert (await client.get("/operate")).status_code == 200


async def test_the_program_itself_can_make_nobody_an_operator(database: TestDatabase) -> None:
    for login in (database.app, database.worker):
        connection = await asyncpg.connect(login)
        for sql in (
            "select auth_operator_add('a@example.org', 'me', now())",
            "select auth_operator_remove('a@example.org', 'me', now())",
            "select * from auth_operator_list()",
            "select * from auth_operator",
            "insert into auth_operator_act (person_id, act, subject) values (gen_random_uuid(), 'x', 'y')",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(sql)
        await connection.close()


async def test_the_database_refuses_who_is_no_operator(platform: Platform, school: School) -> None:
    member = await account(school, Role.OWNER)
    for call in (
        operate.troubles(platform, member.person_id),
        operate.organizations(platform, member.person_id),
        operate.acts(platform, member.person_id),
        operate.retry_job(platform, member.person_id, school.tenant_id),
        operate.replay(platform, member.person_id, school.tenant_id, "x"),
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await call


async def test_signing_in_again_is_what_a_person_without_an_account_cannot(
    platform: Platform, database: TestDatabase, school: School
) -> None:
    assert await make_operator(database, f"nobody.{school.tenant_id.hex}@example.org") == "unknown"
    async with browser(platform) as client:
        assert (await sign_in(client, "nobody@example.org")).status_code == 422
        assert (await client.get("/operate")).headers["location"].startswith("/sign-in")
