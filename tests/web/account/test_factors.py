"""What guards an account is changed by whoever can show more than a password, where an organisation asks for more."""

import re
from datetime import timedelta

import pytest

from scholr.contexts.auth import facade as auth
from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from tests.contexts.compliance.log import actions_of
from tests.support.accounts import Account, account, browser, sign_in
from tests.support.authenticator import SoftwareAuthenticator
from tests.support.clock import MovableClock
from tests.support.database import TestDatabase
from tests.support.delivery import settle
from tests.support.operators import operator_of
from tests.support.school import School
from tests.web.account.test_passkeys import JSON, ORIGIN, RP_ID, add, confirm, use
from tests.web.account.test_security import switch_on
from tests.web.admin.test_sign_in_rule import REQUIRED, RULE, ask_of
from tests.web.public.test_invitations import letters_to

SECOND_STEP = "/account/security/second-step"
FACTOR_FIRST = "/account/security/confirm?next=%2Faccount%2Fsecurity"


@pytest.fixture
def device() -> SoftwareAuthenticator:
    return SoftwareAuthenticator(ORIGIN, RP_ID)


async def with_passkey(school: School, device: SoftwareAuthenticator, role: Role = Role.INSTRUCTOR) -> Account:
    someone = await account(school, role)
    async with browser(school.platform, someone) as client:
        assert (await add(client, device)).status_code == 200
    return someone


async def test_a_stolen_password_adds_and_removes_nothing_beside_a_passkey(
    platform: Platform, school: School, device: SoftwareAuthenticator, clock: MovableClock
) -> None:
    teacher = await with_passkey(school, device)
    await ask_of(platform, school, clock, "staff")
    async with browser(platform) as thief:
        await sign_in(thief, teacher.email)
        assert (await thief.get("/teach/courses")).headers["location"] == REQUIRED
        for answer in (await thief.get(SECOND_STEP), await thief.post(SECOND_STEP, data={"code": "123456"})):
            assert answer.headers["location"].startswith(f"{FACTOR_FIRST}%2Fsecond-step&with=factor")
        options = await thief.post("/account/passkeys/options", json={}, headers=JSON)
        assert (options.status_code, options.json()["code"]) == (403, "factor_first")
        security = (await thief.get("/account/security")).text
        remove = re.search(r'action="(/account/passkeys/[^"]+/remove)"', security)
        assert remove is not None
        assert (await thief.post(remove[1])).headers["location"] == f"{FACTOR_FIRST}&with=factor"
        asked = (await thief.get(f"{FACTOR_FIRST}&with=factor")).text
        assert "Use a passkey" in asked
        assert 'name="password"' not in asked
        assert (await thief.get("/teach/courses")).headers["location"] == REQUIRED
    async with browser(platform) as owner:
        assert (await use(owner, device)).status_code == 200, "the passkey is still there"


async def test_whoever_shows_the_passkey_sets_a_second_step_up_beside_it(
    platform: Platform, school: School, device: SoftwareAuthenticator, clock: MovableClock
) -> None:
    teacher = await with_passkey(school, device)
    await ask_of(platform, school, clock, "staff")
    async with browser(platform) as owner:
        await sign_in(owner, teacher.email)
        assert (await confirm(owner, device, SECOND_STEP)).json() == {"next": SECOND_STEP}
        await switch_on(owner, clock)
        assert (await owner.get("/teach/courses")).status_code == 200


async def test_the_strictest_organisation_of_a_person_decides(
    platform: Platform, school: School, other_school: School, device: SoftwareAuthenticator, clock: MovableClock
) -> None:
    teacher = await with_passkey(school, device)
    await account(other_school, Role.INSTRUCTOR, email=teacher.email)
    await ask_of(platform, other_school, clock, "staff")
    async with browser(platform) as thief:
        await sign_in(thief, teacher.email)
        await thief.post("/switch", data={"organization": str(school.tenant_id)})
        assert (await thief.get("/teach/courses")).status_code == 200, "this one asks for a password only"
        assert "with=factor" in (await thief.get(SECOND_STEP)).headers["location"]


async def test_a_stolen_password_makes_nobody_an_operator(
    platform: Platform, school: School, database: TestDatabase, device: SoftwareAuthenticator
) -> None:
    operator = await operator_of(platform, database, school)
    async with browser(platform, operator) as client:
        assert (await add(client, device)).status_code == 200
    async with browser(platform) as thief:
        await sign_in(thief, operator.email)
        assert "with=factor" in (await thief.get(SECOND_STEP)).headers["location"]


async def test_where_nobody_asks_for_more_the_password_is_enough(
    platform: Platform, school: School, device: SoftwareAuthenticator, clock: MovableClock
) -> None:
    learner = await with_passkey(school, device, Role.LEARNER)
    await ask_of(platform, school, clock, "staff")
    async with browser(platform, learner) as client:
        await switch_on(client, clock)


async def test_pages_do_not_call_a_passkey_a_lock_on_the_other_door(
    platform: Platform, school: School, device: SoftwareAuthenticator, clock: MovableClock
) -> None:
    teacher = await with_passkey(school, device)
    async with browser(platform, teacher) as client:
        assert "A passkey or the password lets you in" in (await client.get("/account/security")).text
    async with browser(platform, await account(school, Role.ADMIN)) as admin:
        await switch_on(admin, clock)
        assert "A stolen password opens 2 accounts of staff" in (await admin.get(RULE)).text, "the owner's, too"


async def test_who_has_lost_everything_is_helped_by_an_operator(
    platform: Platform, school: School, device: SoftwareAuthenticator, clock: MovableClock
) -> None:
    teacher = await with_passkey(school, device)
    await ask_of(platform, school, clock, "staff")
    async with browser(platform) as old:
        assert (await use(old, device)).status_code == 200
        await switch_on(old, clock)
        assert await auth.remove_factors(platform, email=teacher.email.upper())
        assert (await old.get("/account")).status_code == 303, "whoever has the lost device is signed out"
        assert (await use(old, device)).status_code == 422
    clock.advance(timedelta(minutes=1))
    async with browser(platform, teacher) as client:
        assert (await client.get("/teach/courses")).headers["location"] == REQUIRED
        await switch_on(client, clock)
        assert (await client.get("/teach/courses")).status_code == 200
    await settle(platform)
    assert any("took your second step" in letter for letter in await letters_to(platform, teacher.email))
    assert {"auth.second_step_disabled", "auth.passkey_removed"} <= set(await actions_of(school))
    assert not await auth.remove_factors(platform, email="nobody@example.org")


async def test_a_second_step_that_was_never_on_is_not_said_to_be_off(platform: Platform, school: School) -> None:
    learner = await account(school)
    async with browser(platform, learner) as client:
        assert (await client.get(SECOND_STEP)).status_code == 200
    assert await auth.remove_factors(platform, email=learner.email)
    await settle(platform)
    assert "auth.second_step_disabled" not in await actions_of(school)
