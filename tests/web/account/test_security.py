"""Password, second step and sessions, the way people look after them."""

import re
from datetime import timedelta

import httpx
import pyotp
import pytest

from scholr.platform.runtime import Platform
from tests.support.accounts import PASSWORD, Account, account, browser, sign_in
from tests.support.clock import MovableClock
from tests.support.school import School
from tests.web.public.test_invitations import letters_to, link_in

NEW_PASSWORD = "four boats leave at dawn"


async def test_a_changed_password_ends_the_other_sessions(platform: Platform, school: School) -> None:
    someone = await account(school)
    async with browser(platform, someone) as here, browser(platform, someone) as there:
        answer = await here.post("/account/password", data={"old_password": PASSWORD, "new_password": NEW_PASSWORD})
        assert answer.headers["location"] == "/account/security"
        assert (await here.get("/account")).status_code == 200
        assert (await there.get("/account")).status_code == 303
    async with browser(platform) as client:
        assert (await sign_in(client, someone.email, PASSWORD)).status_code == 422
        assert (await sign_in(client, someone.email, NEW_PASSWORD)).status_code == 303
    assert "was changed" in (await letters_to(platform, someone.email))[0]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("not mine at all, no", NEW_PASSWORD, "not your current password"),
        (PASSWORD, "short", "at least 15"),
        (PASSWORD, "passwordpassword", "first that people try"),
        (PASSWORD, "aaaaaaaaaaaaaaaaaaaa", "first that people try"),
        (PASSWORD, "i love aldersea very much", "aldersea"),
        (PASSWORD, "x" * 129, "at most 128"),
    ],
)
async def test_a_password_that_will_not_do_is_explained(
    platform: Platform, school: School, old: str, new: str, words: str
) -> None:
    async with browser(platform, await account(school)) as client:
        answer = await client.post("/account/password", data={"old_password": old, "new_password": new})
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{new}"' not in answer.text, "passwords are not sent back"


async def test_a_forgotten_password_is_replaced_by_mail_once(platform: Platform, school: School) -> None:
    someone = await account(school)
    async with browser(platform, someone) as signed_in, browser(platform) as client:
        assert "Look into your mail" in (await client.post("/forgot", data={"email": someone.email.upper()})).text
        path = link_in((await letters_to(platform, someone.email))[0])
        assert someone.email in (await client.get(path)).text
        assert (await client.post(path, data={"password": "short"})).status_code == 422, "and the link still works"
        assert (await client.post(path, data={"password": NEW_PASSWORD})).headers["location"] == "/sign-in"
        assert (await client.post(path, data={"password": PASSWORD + "!"})).status_code == 410
        assert (await signed_in.get("/account")).status_code == 303, "every session has ended"
        assert (await sign_in(client, someone.email, NEW_PASSWORD)).status_code == 303


async def test_a_reset_link_ends_after_an_hour(platform: Platform, school: School, clock: MovableClock) -> None:
    someone = await account(school)
    async with browser(platform) as client:
        await client.post("/forgot", data={"email": someone.email})
        path = link_in((await letters_to(platform, someone.email))[0])
        clock.advance(timedelta(hours=1, seconds=1))
        assert (await client.get(path)).status_code == 410


async def test_asking_for_a_link_tells_nobody_who_has_an_account(platform: Platform, school: School) -> None:
    someone = await account(school)
    async with browser(platform) as client:
        known = await client.post("/forgot", data={"email": someone.email})
        unknown = await client.post("/forgot", data={"email": "nobody." + someone.email})
    assert known.status_code == unknown.status_code == 200
    assert _plain(known.text, someone.email) == _plain(unknown.text, "nobody." + someone.email)
    assert await letters_to(platform, "nobody." + someone.email) == []


def _plain(page: str, email: str) -> str:
    nonce = page.split('nonce="', 1)[1].split('"', 1)[0]
    return page.replace(nonce, "").replace(email, "")


async def test_an_address_is_proven_by_a_letter(platform: Platform, school: School) -> None:
    someone = await account(school)
    async with browser(platform, someone) as client:
        assert "Not confirmed" in (await client.get("/account/security")).text
        await client.post("/account/verify-email")
        path = link_in((await letters_to(platform, someone.email))[0])
        assert "Not confirmed" in (await client.get("/account/security")).text, "opening the letter proves nothing"
        assert (await client.get(path)).status_code == 200
        await client.post(path)
        assert "Confirmed" in (await client.get("/account/security")).text
        assert (await client.post(path)).status_code == 410


async def switch_on(client: httpx.AsyncClient, clock: MovableClock) -> tuple[pyotp.TOTP, list[str]]:
    """Set the second step up; returns the app and the recovery codes."""
    page = (await client.get("/account/security/second-step")).text
    secret = re.search(r'id="totp-secret" readonly value="([^"]+)"', page)
    assert secret is not None, page
    app = pyotp.TOTP(secret[1].replace(" ", ""))
    answer = await client.post("/account/security/second-step", data={"code": app.at(clock.now())})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return app, re.findall(r"<code>([a-z0-9]{5}-[a-z0-9]{5})</code>", answer.text)


async def first_step(client: httpx.AsyncClient, someone: Account) -> None:
    answer = await sign_in(client, someone.email)
    assert answer.headers["location"].startswith("/sign-in/code")
    assert (await client.get("/account")).status_code == 303, "the password alone opens nothing"


async def test_a_code_is_asked_for_and_works_once(platform: Platform, school: School, clock: MovableClock) -> None:
    someone = await account(school)
    async with browser(platform, someone) as client:
        before = client.cookies["scholr_session"]
        app, _codes = await switch_on(client, clock)
        assert client.cookies["scholr_session"] != before, "the session got a new token"
    async with browser(platform) as client:
        await first_step(client, someone)
        replayed = await client.post("/sign-in/code", data={"code": app.at(clock.now())})
        assert replayed.status_code == 422, "the code that switched it on was used up by that"
        clock.advance(timedelta(seconds=30))
        code = app.at(clock.now())
        assert (await client.post("/sign-in/code", data={"code": code})).headers["location"] == "/"
        assert (await client.get("/account")).status_code == 200
    async with browser(platform) as client:
        await first_step(client, someone)
        assert (await client.post("/sign-in/code", data={"code": code})).status_code == 422, "seen over a shoulder"


async def test_a_recovery_code_works_once(platform: Platform, school: School, clock: MovableClock) -> None:
    someone = await account(school)
    async with browser(platform, someone) as client:
        _app, codes = await switch_on(client, clock)
    assert len(set(codes)) == 10
    async with browser(platform) as client:
        await first_step(client, someone)
        assert (await client.post("/sign-in/code", data={"code": codes[0].upper()})).status_code == 303
        assert "9 recovery codes are left" in (await client.get("/account/security")).text
    async with browser(platform) as client:
        await first_step(client, someone)
        assert (await client.post("/sign-in/code", data={"code": codes[0]})).status_code == 422
        assert (await client.post("/sign-in/code", data={"code": codes[1]})).status_code == 303


async def test_codes_cannot_be_guessed_fast(platform: Platform, school: School, clock: MovableClock) -> None:
    someone = await account(school)
    async with browser(platform, someone) as client:
        await switch_on(client, clock)
    async with browser(platform) as client:
        await first_step(client, someone)
        answers = [await client.post("/sign-in/code", data={"code": f"{guess:06}"}) for guess in range(7)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429] * 2


async def test_the_first_step_lasts_ten_minutes(platform: Platform, school: School, clock: MovableClock) -> None:
    someone = await account(school)
    async with browser(platform, someone) as client:
        app, _codes = await switch_on(client, clock)
    async with browser(platform) as client:
        await first_step(client, someone)
        clock.advance(timedelta(minutes=11))
        answer = await client.post("/sign-in/code", data={"code": app.at(clock.now())})
    assert answer.headers["location"] == "/sign-in"


async def test_what_protects_the_account_asks_for_the_password_again(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    async with browser(platform, await account(school)) as client:
        await switch_on(client, clock)
        clock.advance(timedelta(minutes=20))
        asked = await client.post("/account/security/second-step/remove")
        assert asked.headers["location"].startswith("/account/security/confirm")
        before = client.cookies["scholr_session"]
        assert (await client.post("/account/security/confirm", data={"password": "wrong"})).status_code == 422
        shown = await client.post("/account/security/confirm", data={"password": PASSWORD, "next": "/account/security"})
        assert shown.headers["location"] == "/account/security"
        assert client.cookies["scholr_session"] != before
        assert (await client.post("/account/security/second-step/remove")).headers["location"] == "/account/security"
        assert "Set up the second step" in (await client.get("/account/security")).text


async def test_a_device_can_be_signed_out_from_another_one(platform: Platform, school: School) -> None:
    someone, stranger = await account(school), await account(school)
    async with browser(platform, someone) as here, browser(platform, someone) as there:
        page = (await here.get("/account/sessions")).text
        (end,) = set(re.findall(r'action="(/account/sessions/[0-9a-f-]+/end)"', page))
        async with browser(platform, stranger) as foreign:
            assert (await foreign.post(end)).status_code == 404, "not somebody else's, even in one organisation"
        assert (await there.get("/account")).status_code == 200
        await here.post(end)
        assert (await there.get("/account")).status_code == 303
        assert (await here.get("/account")).status_code == 200


async def test_every_other_device_can_be_signed_out_at_once(platform: Platform, school: School) -> None:
    someone = await account(school)
    async with browser(platform, someone) as here, browser(platform, someone) as there:
        await here.post("/account/sessions/end-others")
        assert (await there.get("/account")).status_code == 303
        assert "on this device only" in (await here.get("/account/sessions")).text


async def test_a_secret_that_was_shown_and_not_used_is_not_shown_again_later(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    someone = await account(school)

    async def shown() -> str:
        async with browser(platform, someone) as client:
            page = (await client.get("/account/security/second-step")).text
        secret = re.search(r'id="totp-secret" readonly value="([^"]+)"', page)
        assert secret is not None, page
        return secret[1]

    first, again = await shown(), await shown()
    clock.advance(timedelta(minutes=16))
    later = await shown()
    assert first == again
    assert later != first
    async with browser(platform, someone) as client:
        app, _ = await switch_on(client, clock)
    assert app.secret == later.replace(" ", "")
