"""Switching capabilities from the operate area: by operators only, with a reason, kept for ever."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import httpx
import pytest

from scholr.contexts.compliance import facade as compliance
from scholr.contexts.media.policy import UPLOADS
from scholr.kernel.actor import Role
from scholr.kernel.ids import new_id
from scholr.platform.runtime import Platform
from tests.support.accounts import account, browser
from tests.support.clock import MovableClock
from tests.support.database import TestDatabase
from tests.support.delivery import settle
from tests.support.operators import operator_of
from tests.support.school import School

PAGE = f"/operate/flags/{UPLOADS.key}"
POSTS = ("kill", "restore", "rule", "clear")


@pytest.fixture
async def operator(platform: Platform, database: TestDatabase, school: School) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(platform, await operator_of(platform, database, school)) as client:
        yield client
        for act, more in (("restore", {}), ("clear", {"scope": "share", "subject": "off"})):
            await client.post(f"/operate/flags/{act}", data={"flag": UPLOADS.key, "reason": "end of the test", **more})


def _sent(reason: str = "a drill", **more: str) -> dict[str, str]:
    return {"flag": UPLOADS.key, "reason": reason, **more}


async def test_a_capability_is_switched_off_and_on_again_with_a_reason(
    platform: Platform, operator: httpx.AsyncClient
) -> None:
    assert "On for everybody" in (await operator.get("/operate/flags")).text
    assert (await operator.post("/operate/flags/kill", data=_sent("imports eat the disk"))).headers["location"] == PAGE
    await platform.flags.look()
    assert not platform.flags.is_on(UPLOADS)
    page = (await operator.get("/operate/flags")).text
    assert "is switched off</h1>" in page
    assert "Switched off for everybody" in page
    assert "imports eat the disk" in page
    assert "Switch on again" in (await operator.get(PAGE)).text
    assert (await operator.post("/operate/flags/kill", data=_sent())).status_code == 303
    assert "It was so already." in (await operator.get(PAGE)).text
    await operator.post("/operate/flags/restore", data=_sent("the disk is larger"))
    await platform.flags.look()
    assert platform.flags.is_on(UPLOADS)
    page = " ".join((await operator.get(PAGE)).text.split())
    assert "switched it on again" in page
    assert f'set: <span class="mono small">{UPLOADS.key} kill' in " ".join(
        (await operator.get("/operate/queues")).text.split()
    )


async def test_one_organisation_has_a_rule_and_reads_of_it_in_its_log(
    platform: Platform, operator: httpx.AsyncClient, school: School, other_school: School
) -> None:
    tenant = str(school.tenant_id)
    rule = _sent(form="organization", organization=tenant.upper(), variant="off")
    assert (await operator.post("/operate/flags/rule", data=rule)).status_code == 303
    await platform.flags.look()
    assert not platform.flags.is_on(UPLOADS, tenant_id=school.tenant_id)
    assert platform.flags.is_on(UPLOADS, tenant_id=other_school.tenant_id)
    assert "On, with exceptions" in (await operator.get("/operate/flags")).text
    gone = _sent(form="x", scope="tenant", subject=tenant, tenant=tenant)
    assert (await operator.post("/operate/flags/clear", data=gone)).status_code == 303
    await platform.flags.look()
    assert platform.flags.is_on(UPLOADS, tenant_id=school.tenant_id)
    await settle(platform)
    async with platform.db.read(school.tenant_id) as rx:
        counts = await compliance.action_counts(rx, platform.clock.now() - timedelta(days=1))
    assert counts["platform.flag_changed"] == 2
    entries = (await compliance.search(platform, school.owner, compliance.Search())).items
    told = [each for each in entries if each.action == "platform.flag_changed"]
    assert {each.actor_id for each in told} == {None}


async def test_a_share_is_set_and_never_more_than_all(platform: Platform, operator: httpx.AsyncClient) -> None:
    rule = _sent(form="share", percent="12,5", variant="off")
    assert (await operator.post("/operate/flags/rule", data=rule)).status_code == 303
    assert "12.50%" in (await operator.get(PAGE)).text
    more = await operator.post("/operate/flags/rule", data=_sent(form="share", percent="88", variant="on"))
    assert more.status_code == 422
    assert "at most 100" in more.text
    await platform.flags.look()
    assert sum(not platform.flags.is_on(UPLOADS, member_id=new_id()) for _ in range(400)) in range(20, 90)


@pytest.mark.parametrize(
    ("act", "more", "said"),
    [
        ("kill", {"reason": " "}, "Say why"),
        ("rule", {"form": "organization", "organization": "Nowhere", "variant": "off"}, "no organisation of this name"),
        ("rule", {"form": "organization", "organization": str(new_id()), "variant": "off"}, "no organisation of this"),
        ("rule", {"form": "share", "percent": "nan", "variant": "off"}, "A share is a number"),
        ("rule", {"form": "share", "percent": "1e999", "variant": "off"}, "A share is a number"),
        ("rule", {"form": "share", "percent": "101", "variant": "off"}, "A share is a number"),
        ("rule", {"form": "share", "percent": "10", "variant": "purple"}, "is one of on, off"),
    ],
)
async def test_what_makes_no_sense_comes_back_with_what_was_typed(
    operator: httpx.AsyncClient, act: str, more: dict[str, str], said: str
) -> None:
    answer = await operator.post(f"/operate/flags/{act}", data=_sent(**{"reason": "because of it", **more}))
    assert answer.status_code == 422
    assert said in answer.text
    assert act == "kill" or 'value="because of it"' in answer.text


async def test_what_is_not_there_cannot_be_changed(operator: httpx.AsyncClient, school: School) -> None:
    assert (await operator.get("/operate/flags/no.such")).status_code == 404
    assert (await operator.post("/operate/flags/kill", data={**_sent(), "flag": "no.such"})).status_code == 404
    for wrong in ({"scope": "kill"}, {"scope": "x"}, {"scope": "share", "tenant": str(school.tenant_id)}):
        assert (await operator.post("/operate/flags/clear", data=_sent(**wrong))).status_code == 404


async def test_who_was_proven_long_ago_shows_again_who_they_are(
    operator: httpx.AsyncClient, clock: MovableClock, platform: Platform
) -> None:
    clock.advance(timedelta(minutes=16))
    assert (await operator.get("/operate/flags")).status_code == 200
    for answer in (await operator.get(PAGE), await operator.post("/operate/flags/kill", data=_sent())):
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/account/security/confirm?next=%2Foperate%2Fflags%2F")
    assert (await operator.get(answer.headers["location"])).status_code == 200
    await platform.flags.look()
    assert platform.flags.is_on(UPLOADS)


@pytest.mark.parametrize("role", [Role.OWNER, Role.LEARNER])
async def test_nobody_of_an_organisation_can_change_anything(platform: Platform, school: School, role: Role) -> None:
    async with browser(platform, await account(school, role)) as client:
        for path in ("/operate/flags", PAGE):
            assert (await client.get(path)).status_code == 404
        for act in POSTS:
            assert (await client.post(f"/operate/flags/{act}", data=_sent())).status_code == 404


async def test_the_programs_login_alone_changes_nothing(database: TestDatabase, school: School) -> None:
    """Whoever holds it and names nobody, or somebody who is no operator, is refused by the database itself."""
    connection = await asyncpg.connect(database.app)
    put = "select platform_operate_flag_put($1, $2, 'media.uploads', $3, $4, 'off', 0, 'because')"
    try:
        for who in (None, school.owner.person_id):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(put, who, school.tenant_id, "tenant", str(school.tenant_id))
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute("select * from platform_operate_flag_rules($1)", who)
        for sql in (
            "insert into platform_flag_rule values (gen_random_uuid(), 'a', 'kill', '', '', 0)",
            "select platform_operate_flag_note(null, null, 'set', 'a', 'kill', '', '', 0, 'x')",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(sql)
    finally:
        await connection.close()


async def test_a_rule_is_written_only_in_the_name_of_whose_it_is(
    platform: Platform, database: TestDatabase, school: School, other_school: School
) -> None:
    operator = await operator_of(platform, database, school)
    connection = await asyncpg.connect(database.app)
    put = "select platform_operate_flag_put($1, $2, 'media.uploads', $3, $4, 'off', 0, $5)"
    try:
        for tenant, scope, subject, why in (
            (school.tenant_id, "tenant", str(other_school.tenant_id), "because"),
            (school.tenant_id, "kill", "", "because"),
            (school.tenant_id, "tenant", str(school.tenant_id), " "),
        ):
            with pytest.raises(asyncpg.CheckViolationError):
                await connection.execute(put, operator.person_id, tenant, scope, subject, why)
        nobody = new_id()
        said = await connection.fetchval(put, operator.person_id, nobody, "tenant", str(nobody), "because")
        assert said == "unknown"
    finally:
        await connection.close()
