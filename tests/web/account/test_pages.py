"""The account's pages, for everybody who is signed in."""

import pytest

from scholr.platform.runtime import Platform
from tests.support.accounts import account, browser
from tests.support.school import School

PAGES = ("/account", "/account/security", "/account/sessions", "/account/tokens", "/account/security/second-step")


@pytest.mark.parametrize("path", PAGES)
async def test_everybody_has_an_account_to_look_after(platform: Platform, school: School, path: str) -> None:
    async with browser(platform, await account(school)) as client:
        answer = await client.get(path)
    assert answer.status_code == 200, answer.text[-3000:]
    assert "<h1" in answer.text


@pytest.mark.parametrize("path", PAGES)
async def test_nobody_else_does(platform: Platform, path: str) -> None:
    async with browser(platform) as client:
        assert (await client.get(path)).headers["location"].startswith("/sign-in?next=")


async def test_the_profile_is_kept_and_the_pages_follow_it(platform: Platform, school: School) -> None:
    async with browser(platform, await account(school)) as client:
        sent = {"name": "Amira Haddad", "locale": "ar", "time_zone": "Africa/Cairo"}
        assert (await client.post("/account", data=sent)).headers["location"] == "/account"
        page = (await client.get("/account")).text
    assert 'value="Amira Haddad"' in page
    assert '<html lang="ar" dir="rtl"' in page
    assert 'data-time-zone="Africa/Cairo"' in page


async def test_a_profile_that_cannot_be_is_shown_again_with_what_was_typed(platform: Platform, school: School) -> None:
    async with browser(platform, await account(school)) as client:
        answer = await client.post("/account", data={"name": "Kept", "locale": "", "time_zone": "Mars/Olympus"})
    assert answer.status_code == 422
    assert 'value="Kept"' in answer.text
    assert "IANA" in answer.text


async def test_the_theme_goes_with_the_account(platform: Platform, school: School) -> None:
    someone = await account(school)
    async with browser(platform, someone) as client:
        answer = await client.post(
            "/appearance", data={"theme": "dark"}, headers={"Referer": "http://localhost/account"}
        )
        assert answer.headers["location"] == "/account"
    async with browser(platform, someone) as another_device:
        assert 'data-theme="dark"' in (await another_device.get("/account")).text
