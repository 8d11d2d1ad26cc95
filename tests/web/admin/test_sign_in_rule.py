"""An organisation asks a second step: who has shown none has their own account, and nothing of the organisation."""

from datetime import timedelta

import httpx
import pytest

from scholr.contexts.auth.model import STAFF
from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from tests.support.accounts import PASSWORD, Account, account, browser, sign_in
from tests.support.clock import MovableClock
from tests.support.school import School
from tests.web.account.test_security import switch_on

RULE = "/admin/security/second-step"
REQUIRED = "/account/security/required"


async def ask_of(platform: Platform, school: School, clock: MovableClock, who: str) -> Account:
    """An administrator who has a second step asks it of others; returns the administrator."""
    admin = await account(school, Role.ADMIN)
    async with browser(platform, admin) as client:
        await switch_on(client, clock)
        answer = await client.post(RULE, data={"second_step": who})
        assert answer.headers["location"] == RULE, answer.text
    return admin


async def opens(client: httpx.AsyncClient, path: str) -> bool:
    answer = await client.get(path)
    if answer.headers.get("location") == REQUIRED:
        return False
    assert answer.status_code == 200, answer.text
    return True


@pytest.mark.parametrize("role", list(Role))
async def test_staff_is_asked_and_learners_are_not(
    platform: Platform, school: School, clock: MovableClock, role: Role
) -> None:
    await ask_of(platform, school, clock, "staff")
    async with browser(platform, await account(school, role)) as client:
        assert await opens(client, "/catalogue") is (role not in STAFF)


async def test_everybody_is_everybody_and_nobody_is_nobody(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    await ask_of(platform, school, clock, "everybody")
    async with browser(platform, await account(school, Role.LEARNER)) as client:
        assert not await opens(client, "/learn")
        await ask_of(platform, school, clock, "nobody")
        assert await opens(client, "/learn")


async def test_a_session_that_is_open_already_is_asked_with_its_next_request(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    async with browser(platform, await account(school, Role.INSTRUCTOR)) as client:
        assert await opens(client, "/teach/courses")
        await ask_of(platform, school, clock, "staff")
        assert not await opens(client, "/teach/courses")


async def test_setting_it_up_lets_in_without_signing_in_again(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    await ask_of(platform, school, clock, "staff")
    async with browser(platform, await account(school, Role.INSTRUCTOR)) as client:
        assert (await client.get("/")).headers["location"] == REQUIRED
        assert "One more step, and you are in" in (await client.get(REQUIRED)).text
        await switch_on(client, clock)
        assert await opens(client, "/teach/courses")
        assert (await client.get(REQUIRED)).headers["location"] == "/", "nothing is asked any more"


async def test_a_program_hears_what_is_missing_and_nothing_happens(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    await ask_of(platform, school, clock, "staff")
    async with browser(platform, await account(school, Role.INSTRUCTOR)) as client:
        answer = await client.post("/api/courses", json={"title": "Tides"}, headers={"accept": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (403, "second_step_required")
        form = await client.post("/teach/courses", data={"title": "Tides"})
        assert form.headers["location"] == REQUIRED
        await ask_of(platform, school, clock, "nobody")
        listed = await client.get("/api/courses", headers={"accept": "application/json"})
        assert listed.json()["items"] == []


async def test_a_recovery_code_opens_the_account_and_not_the_organisation(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    someone = await account(school, Role.INSTRUCTOR)
    async with browser(platform, someone) as client:
        _, codes = await switch_on(client, clock)
    await ask_of(platform, school, clock, "staff")
    async with browser(platform) as client:
        step = (await sign_in(client, someone.email)).headers["location"]
        answer = await client.post(step, data={"code": codes[0]})
        assert answer.status_code == 303
        assert not await opens(client, "/teach/courses")
        assert "Show your second step, and you are in" in (await client.get(REQUIRED)).text
        assert (await client.post("/account/security/second-step/remove")).status_code == 303
        await switch_on(client, clock)
        assert await opens(client, "/teach/courses")


async def test_showing_the_password_again_takes_nothing_from_what_was_shown(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    await ask_of(platform, school, clock, "staff")
    async with browser(platform, await account(school, Role.INSTRUCTOR)) as client:
        await switch_on(client, clock)
        clock.advance(timedelta(minutes=16))
        confirmed = await client.post("/account/security/confirm", data={"password": PASSWORD})
        assert confirmed.status_code == 303
        assert await opens(client, "/teach/courses")


async def test_who_switches_it_off_is_asked_again_at_once_on_every_device(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    await ask_of(platform, school, clock, "staff")
    someone = await account(school, Role.INSTRUCTOR)
    async with browser(platform, someone) as here, browser(platform) as there:
        app, _ = await switch_on(here, clock)
        clock.advance(timedelta(minutes=1))
        step = (await sign_in(there, someone.email)).headers["location"]
        await there.post(step, data={"code": app.at(clock.now())})
        assert await opens(there, "/teach/courses")
        await here.post("/account/security/second-step/remove")
        assert not await opens(here, "/teach/courses")
        assert not await opens(there, "/teach/courses")


async def test_another_organisation_of_the_person_asks_for_itself(
    platform: Platform, school: School, other_school: School, clock: MovableClock
) -> None:
    someone = await account(school, Role.INSTRUCTOR)
    await account(other_school, Role.INSTRUCTOR, email=someone.email)
    await ask_of(platform, school, clock, "everybody")
    async with browser(platform) as client:
        await sign_in(client, someone.email)
        for place, lets_in in ((other_school, True), (school, False), (other_school, True)):
            moved = await client.post("/switch", data={"organization": str(place.tenant_id)})
            assert moved.status_code == 303
            assert await opens(client, "/teach/courses") is lets_in


async def test_who_has_shown_none_cannot_ask_it_of_others(platform: Platform, school: School) -> None:
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        answer = await client.post(RULE, data={"second_step": "staff"})
        assert answer.status_code == 422
        assert "Set up your own second step" in answer.text
        assert "Set up mine first" in answer.text
        assert await opens(client, "/teach/courses")
        assert (await client.post(RULE, data={"second_step": "some"})).status_code == 422


async def test_asking_needs_a_proof_of_the_last_quarter_of_an_hour(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        await switch_on(client, clock)
        clock.advance(timedelta(minutes=16))
        answer = await client.post(RULE, data={"second_step": "staff"})
        assert answer.headers["location"].startswith("/account/security/confirm?next=")


async def test_the_page_counts_who_could_show_one(platform: Platform, school: School, clock: MovableClock) -> None:
    auditor = await account(school, Role.AUDITOR)
    await account(school, Role.LEARNER)
    await ask_of(platform, school, clock, "staff")
    async with browser(platform, auditor) as client:
        await switch_on(client, clock)
        page = (await client.get(RULE)).text
    assert "2 of 3 have a second step" in page, "the owner has none"
    assert "0 of 1" in page
    assert 'name="second_step"' not in page, "auditors see it and decide nothing"
    assert (await _refused(platform, school)).status_code == 403


async def _refused(platform: Platform, school: School) -> httpx.Response:
    async with browser(platform, await account(school, Role.LEARNER)) as client:
        return await client.get(RULE)
