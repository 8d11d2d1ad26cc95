"""From an invitation to a member, the way people do it."""

import re
from datetime import timedelta

from scholr.kernel.actor import Role
from scholr.platform.mail.local import LocalMailer
from scholr.platform.runtime import Platform
from tests.support.accounts import PASSWORD, Account, account, browser, sign_in
from tests.support.clock import MovableClock
from tests.support.delivery import settle
from tests.support.school import School


async def letters_to(platform: Platform, email: str) -> list[str]:
    """The texts of what was sent to the address, the newest first."""
    await settle(platform)
    assert isinstance(platform.mailer, LocalMailer)
    return [mail.text for mail in await platform.mailer.kept(200) if mail.to == email]


def link_in(letter: str) -> str:
    found = re.search(r"http://localhost:8080(/\S+)", letter)
    assert found is not None, letter
    return found[1]


async def invite(platform: Platform, who: Account, addresses: str, role: str = "learner") -> None:
    async with browser(platform, who) as client:
        answer = await client.post("/admin/people/invite", data={"addresses": addresses, "role": role})
    assert answer.headers["location"] == "/admin/invitations", answer.text


async def test_a_newcomer_joins_with_a_name_and_a_password(platform: Platform, school: School) -> None:
    admin = await account(school, Role.ADMIN)
    await invite(platform, admin, "Nadia Rahman <nadia@newcomers.example>", "instructor")
    (letter,) = await letters_to(platform, "nadia@newcomers.example")
    path = link_in(letter)
    assert "Aldersea" in letter
    async with browser(platform) as client:
        page = (await client.get(path)).text
        assert 'value="Nadia Rahman"' in page
        weak = await client.post(path, data={"name": "Nadia Rahman", "password": "short"})
        assert weak.status_code == 422
        joined = await client.post(path, data={"name": "Nadia Rahman", "password": PASSWORD})
        assert joined.headers["location"] == "/"
        assert (await client.get("/")).headers["location"] == "/teach/cohorts", (
            "signed in, with the role that was meant"
        )
        assert (await client.post(path)).status_code == 410, "the link worked once"
    async with browser(platform) as client:
        assert (await sign_in(client, "nadia@newcomers.example")).status_code == 303


async def test_somebody_with_an_account_signs_in_and_joins_with_one_click(
    platform: Platform, school: School, other_school: School
) -> None:
    elsewhere = await account(other_school)
    await invite(platform, await account(school, Role.ADMIN), elsewhere.email)
    path = link_in((await letters_to(platform, elsewhere.email))[0])
    async with browser(platform) as client:
        page = (await client.get(path)).text
        assert "Sign in and join" in page
        assert 'name="password"' not in page, "a link alone never opens an account that exists"
        stolen = await client.post(path, data={"name": "Thief", "password": "a password of the thief"})
        assert stolen.status_code == 422
        await sign_in(client, elsewhere.email, next=path)
        assert "Join Aldersea" in (await client.get(path)).text
        assert (await client.post(path)).headers["location"] == "/"
        assert (await client.get("/")).headers["location"] == "/learn"
        assert "Aldersea" in (await client.get("/account")).text


async def test_an_invitation_is_only_for_its_address(platform: Platform, school: School) -> None:
    await invite(platform, await account(school, Role.ADMIN), "meant@newcomers.example")
    path = link_in((await letters_to(platform, "meant@newcomers.example"))[0])
    async with browser(platform, await account(school)) as client:
        assert "you are signed in as" in (await client.get(path)).text
        assert (await client.post(path)).status_code == 422


async def test_the_answer_is_the_same_for_known_and_unknown_addresses(
    platform: Platform, school: School, other_school: School
) -> None:
    known = await account(other_school)
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        pages = []
        for email in (known.email, "unknown." + known.email):
            answer = await client.post("/admin/people/invite", data={"addresses": email, "role": "learner"})
            listed = (await client.get("/admin/invitations")).text
            pages.append((answer.status_code, answer.headers["location"], listed.count("Waiting until")))
    assert pages == [(303, "/admin/invitations", 1), (303, "/admin/invitations", 2)]


async def test_a_new_letter_kills_the_old_link_and_cannot_be_had_at_once(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    admin = await account(school, Role.ADMIN)
    await invite(platform, admin, "twice@newcomers.example")
    first = link_in((await letters_to(platform, "twice@newcomers.example"))[0])
    async with browser(platform, admin) as client:
        resend = _action(await _open(client), "resend")
        await client.post(resend)
        assert len(await letters_to(platform, "twice@newcomers.example")) == 1, "not within the minute"
        clock.advance(timedelta(minutes=2))
        await client.post(resend)
        second = link_in((await letters_to(platform, "twice@newcomers.example"))[0])
        assert (await client.get(first)).status_code == 410
        assert (await client.get(second)).status_code == 200
        await client.post(_action(await _open(client), "revoke"))
        assert (await client.get(second)).status_code == 410


async def _open(client: object) -> str:
    page: str = (await client.get("/admin/invitations")).text  # type: ignore[attr-defined]  # an httpx client
    return page


def _action(page: str, verb: str) -> str:
    found = re.search(rf'action="(/admin/invitations/[^"]+/{verb})"', page)
    assert found is not None, page
    return found[1]


async def test_an_invitation_ends_after_two_weeks(platform: Platform, school: School, clock: MovableClock) -> None:
    await invite(platform, await account(school, Role.ADMIN), "late@newcomers.example")
    path = link_in((await letters_to(platform, "late@newcomers.example"))[0])
    clock.advance(timedelta(days=14, minutes=1))
    async with browser(platform) as client:
        assert (await client.get(path)).status_code == 410


async def test_addresses_that_cannot_be_come_back_to_be_corrected(platform: Platform, school: School) -> None:
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        answer = await client.post(
            "/admin/people/invite", data={"addresses": "good@newcomers.example\nnot an address", "role": "learner"}
        )
    assert answer.status_code == 422
    assert "1 sent." in answer.text
    assert "not an address</textarea>" in answer.text.replace("\n", "")
    assert "good@newcomers.example</textarea>" not in answer.text


async def test_the_outbox_shows_letters_in_the_demo_only(platform: Platform, school: School) -> None:
    await invite(platform, await account(school, Role.ADMIN), "outbox@newcomers.example")
    path = link_in((await letters_to(platform, "outbox@newcomers.example"))[0])
    async with browser(platform) as client:
        assert f'href="{path}"' in (await client.get("/demo/mail")).text
