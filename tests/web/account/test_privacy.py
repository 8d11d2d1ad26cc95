"""One's own privacy: the file, the choices, what was asked for."""

import io
import zipfile
from datetime import timedelta

import httpx

from scholr.contexts.compliance import facade as compliance
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from tests.support.accounts import account, browser
from tests.support.clock import MovableClock
from tests.support.delivery import settle
from tests.support.school import School

PAGE = "/account/privacy"


async def test_a_file_is_asked_for_made_and_fetched_by_its_person_only(platform: Platform, school: School) -> None:
    ana = await account(school)
    async with browser(platform, ana) as client:
        assert (await client.post(f"{PAGE}/exports")).headers["location"] == PAGE
        assert "It is being made" in (await client.get(PAGE)).text
        await client.post(f"{PAGE}/exports")
        assert "One is being made already" in (await client.get(PAGE)).text
        await settle(platform)
        page = (await client.get(PAGE)).text
        assert page.count("Ready until") == 1
        path = page.split(f'href="{PAGE}/exports/', 1)[1].split('"', 1)[0]
        file = await client.get(f"{PAGE}/exports/{path}")
        assert 'filename="my-data.zip"' in file.headers["content-disposition"]
        assert any(ana.email.encode() in zipfile.ZipFile(io.BytesIO(file.content)).read(name) for name in names(file))
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        assert (await client.get(f"{PAGE}/exports/{path}")).status_code == 404


def names(file: httpx.Response) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(file.content)).namelist()


async def test_a_file_whose_week_is_over_is_gone(platform: Platform, school: School, clock: MovableClock) -> None:
    ana = await account(school)
    await compliance.ask_for_export(platform, ana.actor)
    await settle(platform)
    clock.advance(timedelta(days=8))
    async with browser(platform, ana) as client:
        page = (await client.get(PAGE)).text
    assert "Gone, its week is over" in page
    assert "Make the file" in page
    assert f'href="{PAGE}/exports/' not in page


async def test_a_choice_is_kept_with_its_time_and_shown(platform: Platform, school: School) -> None:
    ana = await account(school)
    async with browser(platform, ana) as client:
        sent = {"asked_certificate_name": "1", "asked_directory": "1", "directory": "on"}
        await client.post(f"{PAGE}/choices", data=sent)
        page = (await client.get(PAGE)).text
    assert "Last decided" in page
    async with platform.db.read(school.tenant_id) as rx:
        kept = await identity.choices_of(rx, ana.membership_id)
    assert {purpose: choice.given for purpose, choice in kept.items()} == {
        "certificate_name": False,
        "directory": True,
    }


async def test_a_request_shows_its_day_and_then_its_answer(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    ana = await account(school)
    async with browser(platform, ana) as client:
        await client.post(f"{PAGE}/requests", data={"kind": "erasure", "wish": "Forget me in <June>"})
        page = (await client.get(PAGE)).text
        assert "Answer due by" in page
        assert "Forget me in &lt;June&gt;" in page
        assert "The answer to your request is due by" in page
        clock.advance(timedelta(days=31))
    async with browser(platform, ana) as client:
        assert "Overdue: it was due on" in (await client.get(PAGE)).text
        [asked] = (await compliance.own_rights(platform, ana.actor)).requests
        await compliance.answer_request(platform, school.owner, asked.id, done=False, answer="A law keeps it")
        page = (await client.get(PAGE)).text
    assert "Answer: A law keeps it" in page
    assert "data protection authority" in page


async def test_what_cannot_be_asked_is_said_beside_its_field_and_words_are_kept(
    platform: Platform, school: School
) -> None:
    async with browser(platform, await account(school)) as client:
        empty = await client.post(f"{PAGE}/requests", data={"kind": "objection", "wish": " "})
        assert empty.status_code == 422
        assert 'id="wish-err"' in empty.text
        assert 'value="objection" checked' in empty.text
        odd = await client.post(f"{PAGE}/requests", data={"kind": "applause", "wish": "Well done"})
        assert odd.status_code == 422
        assert 'id="kind-err"' in odd.text
        assert "Well done</textarea>" in odd.text


async def test_a_request_sent_twice_is_one(platform: Platform, school: School) -> None:
    ana = await account(school)
    async with browser(platform, ana) as client:
        page = (await client.get(PAGE)).text
        key = page.split('name="form_key" value="', 1)[1].split('"', 1)[0]
        sent = {"form_key": key, "kind": "correction", "wish": "Two n"}
        headers = {"sec-fetch-mode": "navigate", "sec-fetch-site": "same-origin"}
        for _ in range(2):
            await client.post(f"{PAGE}/requests", data=sent, headers=headers)
    assert len((await compliance.own_rights(platform, ana.actor)).requests) == 1
