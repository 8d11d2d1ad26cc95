"""Signing in and out, in a browser's words."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest

from scholr.contexts.auth import facade as auth
from scholr.entrypoints.environment import Environment
from scholr.kernel.actor import Role
from scholr.platform.http.settings import DemoLogin, Profile
from scholr.platform.runtime import Platform
from tests.support.accounts import PASSWORD, account, browser, in_production, sign_in
from tests.support.clock import MovableClock
from tests.support.school import School

COOKIE = "scholr_session"


async def test_a_member_signs_in_and_lands_where_the_role_works(platform: Platform, school: School) -> None:
    homes = {Role.LEARNER: "/learn", Role.INSTRUCTOR: "/teach/cohorts", Role.ADMIN: "/admin/people"}
    for role, home in homes.items():
        async with browser(platform, await account(school, role)) as client:
            assert (await client.get("/")).headers["location"] == home


async def test_the_session_cookie_is_kept_from_scripts_and_other_sites(platform: Platform, school: School) -> None:
    someone = await account(school)
    async with browser(platform) as client:
        cookie = (await sign_in(client, someone.email)).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "max-age" not in cookie, "a session that is not remembered ends with the browser"


async def test_the_cookie_is_bound_to_the_host_over_https(platform: Platform, school: School) -> None:
    someone = await account(school)
    async with browser(in_production(platform)) as client:
        cookie = (await sign_in(client, someone.email, remember="on")).headers["set-cookie"]
    assert cookie.startswith("__Host-scholr_session=")
    assert "Secure" in cookie
    assert f"Max-Age={30 * 86400}" in cookie


async def test_wrong_password_and_unknown_address_get_the_same_answer(platform: Platform, school: School) -> None:
    someone = await account(school)
    async with browser(platform) as client:
        wrong = await sign_in(client, someone.email, "not the password at all")
        unknown = await sign_in(client, "nobody." + someone.email, "not the password at all")
    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert _without_noise(wrong.text, someone.email) == _without_noise(unknown.text, "nobody." + someone.email)
    assert "do not belong together" in wrong.text


def _without_noise(page: str, email: str) -> str:
    """The page without what differs by design: the address that was typed, and the nonce."""
    nonce = page.split('nonce="', 1)[1].split('"', 1)[0]
    return page.replace(email, "…").replace(nonce, "…")


async def test_only_the_demonstration_names_whom_one_can_be(platform: Platform) -> None:
    login = DemoLogin("Aldersea", "owner", "admin@aldersea.example", "a calm quiet textbook")
    demo = replace(platform, http=replace(platform.http, demo_logins=(login,)))
    async with browser(demo) as client:
        assert login.password in (await client.get("/sign-in")).text
        assert f'value="{login.email}"' in (await client.get(f"/sign-in?as={login.email}")).text
        assert "stranger@" not in (await client.get("/sign-in?as=stranger@example.org")).text
    async with browser(in_production(platform)) as client:
        page = (await client.get("/sign-in?as=admin@aldersea.example")).text
    assert "demonstration" not in page and "aldersea" not in page
    assert Environment(profile=Profile.PRODUCTION).http().demo_logins == ()
    assert login in Environment(profile=Profile.DEMO).http().demo_logins


async def test_a_session_that_the_visitor_brought_is_never_adopted(platform: Platform, school: School) -> None:
    someone = await account(school)
    async with browser(platform) as client:
        data = {"email": someone.email, "password": PASSWORD}
        answer = await client.post("/sign-in", data=data, headers={"Cookie": f"{COOKIE}=fixed-by-somebody-else"})
        fresh = answer.cookies[COOKIE]
        assert fresh != "fixed-by-somebody-else"
        again = (await sign_in(client, someone.email)).cookies[COOKIE]
        assert again != fresh
    async with browser(platform) as thief:
        thief.cookies.set(COOKIE, fresh)
        assert (await thief.get("/account")).headers["location"].startswith("/sign-in"), "the old session has ended"


async def test_signing_out_kills_the_session_itself(platform: Platform, school: School) -> None:
    async with browser(platform, await account(school)) as client:
        stolen = client.cookies[COOKIE]
        assert (await client.post("/sign-out")).headers["location"] == "/"
        assert COOKIE not in client.cookies
        client.cookies.set(COOKIE, stolen)
        assert (await client.get("/account")).headers["location"] == "/sign-in?next=%2Faccount"


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "/a\nb"])
async def test_next_never_leads_away(platform: Platform, school: School, path: str) -> None:
    someone = await account(school)
    async with browser(platform) as client:
        assert "evil" not in (await client.get(f"/sign-in?next={quote(path)}")).text
        assert (await sign_in(client, someone.email, next=path)).headers["location"] == "/"


async def test_next_leads_back_to_where_one_was_going(platform: Platform, school: School) -> None:
    someone = await account(school)
    async with browser(platform) as client:
        sent = await client.get("/account/sessions?order=newest")
        assert sent.status_code == 303
        assert sent.headers["location"] == "/sign-in?next=%2Faccount%2Fsessions%3Forder%3Dnewest"
        back = await sign_in(client, someone.email, next="/account/sessions?order=newest")
    assert back.headers["location"] == "/account/sessions?order=newest"


async def test_programs_get_a_problem_instead_of_a_redirect(platform: Platform) -> None:
    async with browser(platform) as client:
        answer = await client.get("/api/me")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unauthenticated"


async def test_a_quiet_session_ends_and_a_used_one_goes_on(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    async with browser(platform, await account(school)) as client:
        for _ in range(2):
            clock.advance(timedelta(hours=7))
            assert (await client.get("/account")).status_code == 200
        clock.advance(timedelta(hours=8))
        assert (await client.get("/account")).status_code == 303


async def test_no_session_outlives_its_day(platform: Platform, school: School, clock: MovableClock) -> None:
    async with browser(platform, await account(school)) as client:
        for _ in range(3):
            clock.advance(timedelta(hours=7))
            assert (await client.get("/account")).status_code == 200
        clock.advance(timedelta(hours=3))
        assert (await client.get("/account")).status_code == 303


async def test_a_remembered_session_lasts_for_weeks(platform: Platform, school: School, clock: MovableClock) -> None:
    someone = await account(school)
    async with browser(platform) as client:
        await sign_in(client, someone.email, remember="on")
        clock.advance(timedelta(days=13))
        assert (await client.get("/account")).status_code == 200
        clock.advance(timedelta(days=15))
        assert (await client.get("/account")).status_code == 303


async def test_a_member_of_two_organisations_chooses_and_sees_only_that_one(
    platform: Platform, school: School, other_school: School
) -> None:
    here = await account(school, Role.ADMIN)
    await account(other_school, Role.LEARNER, email=here.email)
    async with browser(platform) as client:
        answer = await sign_in(client, here.email, next="/account")
        assert answer.headers["location"] == "/switch?next=%2Faccount"
        page = (await client.get("/switch")).text
        assert "Aldersea" in page
        assert "Brackwater" in page
        before = client.cookies[COOKIE]
        chosen = await client.post("/switch", data={"organization": str(school.tenant_id), "next": "/account"})
        assert chosen.headers["location"] == "/account"
        assert client.cookies[COOKIE] != before, "the token changes with what it may do"
        assert (await client.get("/")).headers["location"] == "/admin/people"
        await client.post("/switch", data={"organization": str(other_school.tenant_id)})
        assert (await client.get("/")).headers["location"] == "/learn"


async def test_nobody_switches_to_where_they_do_not_belong(
    platform: Platform, school: School, other_school: School
) -> None:
    async with browser(platform, await account(school)) as client:
        foreign = await client.post("/switch", data={"organization": str(other_school.tenant_id)})
        absent = await client.post("/switch", data={"organization": "0190d7e8-0000-7000-8000-000000000000"})
        assert (foreign.status_code, absent.status_code) == (404, 404)
        assert (await client.get("/")).headers["location"] == "/learn"


async def test_guessing_is_slowed_down_for_known_and_unknown_accounts_alike(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    someone = await account(school)
    for email in (someone.email, "nobody." + someone.email):
        async with browser(platform) as client:
            statuses = [(await sign_in(client, email, "wrong wrong wrong wrong")).status_code for _ in range(7)]
        assert statuses == [422] * 5 + [429] * 2
    async with browser(platform) as client:
        assert (await sign_in(client, someone.email)).status_code == 429, "not even the right password, for a moment"
        clock.advance(timedelta(seconds=3))
        assert (await sign_in(client, someone.email)).status_code == 303


async def test_another_address_may_still_sign_in_while_one_guesses(platform: Platform, school: School) -> None:
    someone = await account(school)
    for _ in range(6):
        with pytest.raises((auth.WrongCredentials, auth.TooManyAttempts)):
            await _try(platform, someone.email, "wrong wrong wrong", "192.0.2.1")
    assert isinstance(await _try(platform, someone.email, PASSWORD, "192.0.2.2"), auth.StartedSession)


async def _try(platform: Platform, email: str, password: str, address: str) -> object:
    return await auth.sign_in(
        platform, email=email, password=password, remembered=False, client=auth.Client(address=address)
    )
