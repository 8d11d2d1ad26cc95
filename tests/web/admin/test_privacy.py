"""Requests, holds, files and retention, the way administrators look after them."""

import re
from datetime import timedelta

import pytest

from scholr.contexts.compliance import facade as compliance
from scholr.contexts.compliance.facade import RequestKind
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from scholr.web.admin.privacy_holds import member_called
from tests.support.accounts import account, browser
from tests.support.clock import MovableClock
from tests.support.delivery import settle
from tests.support.learning import teach
from tests.support.school import School
from tests.support.statements import counted_statements
from tests.web.public.test_invitations import letters_to

PAGE = "/admin/privacy"
RULES = "/admin/privacy/rules"


async def test_requests_stand_by_their_day_and_are_answered_once(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    ana = await account(school)
    wish = await compliance.make_request(platform, ana.actor, kind=RequestKind.CORRECTION, wish="With two n")
    clock.advance(timedelta(days=29))
    await compliance.make_request(platform, ana.actor, kind=RequestKind.OBJECTION, wish="Stop counting")
    clock.advance(timedelta(days=2))
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        page = (await client.get(PAGE)).text
        assert "2 requests wait for an answer, 1 for too long" in page
        assert page.index("With two n") < page.index("Stop counting")
        assert page.count("Overdue since") == 1
        done = {"answer": "Corrected", "state": "done"}
        for _ in range(2):
            assert (await client.post(f"{PAGE}/requests/{wish}", data=done)).status_code == 303
        page = (await client.get(PAGE)).text
        assert "It was answered before" in page
        assert "1 request waits" in page
        assert "Corrected" in page, "the last answers stay in sight"
    await settle(platform)
    assert len([letter for letter in await letters_to(platform, ana.email) if "Corrected" in letter]) == 1


async def test_a_refusal_without_a_reason_is_said_beside_its_request(platform: Platform, school: School) -> None:
    ana = await account(school)
    wish = await compliance.make_request(platform, ana.actor, kind=RequestKind.OBJECTION, wish="Stop counting")
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        answer = await client.post(f"{PAGE}/requests/{wish}", data={"answer": "", "state": "declined"})
        assert answer.status_code == 422
        assert f'id="answer-{wish}-err"' in answer.text
        long = "x" * 4001
        answer = await client.post(f"{PAGE}/requests/{wish}", data={"answer": long, "state": "done"})
        assert f"{long}</textarea>" in answer.text


async def test_a_hold_on_a_person_is_placed_by_address_and_released(platform: Platform, school: School) -> None:
    ana = await account(school, email=f"ana@{school.tenant_id.hex}.example")
    for number in range(3):
        await account(school, email=f"a{number}.{ana.email}")
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        typed = {"email": ana.email.upper(), "course_id": "", "reason": "Appeal 14/2026"}
        assert (await client.post(f"{PAGE}/holds", data=typed)).headers["location"] == PAGE
        page = (await client.get(PAGE)).text
        assert "Appeal 14/2026" in page
        async with platform.db.read(school.tenant_id) as rx:
            assert await compliance.is_held(rx, ana.membership_id)
        path = re.search(rf'action="({PAGE}/holds/[^"]+/release)"', page)
        assert path is not None
        for _ in range(2):
            assert (await client.post(path[1])).status_code == 303
        page = (await client.get(PAGE)).text
        assert "None stands" in page
        assert "stood from" in page
    async with platform.db.read(school.tenant_id) as rx:
        assert not await compliance.is_held(rx, ana.membership_id)


async def test_a_hold_on_a_course_is_chosen_by_its_title(platform: Platform, school: School) -> None:
    taught = await teach(school, lessons=1)
    ana = await account(school)
    await taught.seat(ana.actor)
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        page = (await client.get(f"{PAGE}/holds/new")).text
        assert f'<option value="{taught.course}"' in page
        await client.post(f"{PAGE}/holds", data={"course_id": str(taught.course), "reason": "Accident"})
        assert "everybody who is or was in it" in (await client.get(PAGE)).text
        assert "A legal hold stands" in (await client.get(f"/admin/people/{ana.membership_id}/erasure")).text


async def test_a_hold_that_is_not_right_keeps_what_was_typed(platform: Platform, school: School) -> None:
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        for typed, field in (
            ({"email": "nobody@example.org", "reason": "Appeal"}, "email"),
            ({"email": "", "reason": "Appeal"}, "email"),
            ({"course_id": "the second one", "reason": "Appeal"}, "course_id"),
        ):
            answer = await client.post(f"{PAGE}/holds", data=typed)
            assert answer.status_code == 422
            assert f'id="{field}-err"' in answer.text
            assert "Appeal</textarea>" in answer.text


async def test_a_members_file_is_made_and_fetched_and_they_are_told(platform: Platform, school: School) -> None:
    ana = await account(school)
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        wrong = await client.post(f"{PAGE}/exports", data={"email": "nobody@example.org"})
        assert wrong.status_code == 422
        assert 'value="nobody@example.org"' in wrong.text
        assert 'id="export-email-err"' in wrong.text
        await client.post(f"{PAGE}/exports", data={"email": ana.email})
        assert "Being made" in (await client.get(PAGE)).text
        await settle(platform)
        page = (await client.get(PAGE)).text
        path = page.split('href="/account/privacy/exports/', 1)[1].split('"', 1)[0]
        assert (await client.get(f"/account/privacy/exports/{path}")).content[:2] == b"PK"
    assert any("has made a file" in letter for letter in await letters_to(platform, ana.email))


async def test_periods_and_directory_information_are_set_within_their_bounds(
    platform: Platform, school: School
) -> None:
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        for days in ("29", "3651", "", "many", "9" * 5000):
            answer = await client.post(f"{PAGE}/retention", data={"kind": "notes", "days": days})
            assert answer.status_code == 422
            assert 'id="days-notes-err"' in answer.text
            assert f'value="{days}"' in answer.text
        await client.post(f"{PAGE}/retention", data={"kind": "notes", "days": "365"})
        assert 'name="days" type="number" value="365"' in (await client.get(RULES)).text
        await client.post(f"{PAGE}/directory")
        async with platform.db.read(school.tenant_id) as rx:
            assert list(await identity.directory_fields(rx)) == []
        await client.post(f"{PAGE}/directory", data={"fields": "name"})
        async with platform.db.read(school.tenant_id) as rx:
            assert list(await identity.directory_fields(rx)) == ["name"]


async def test_auditors_look_and_do_not_act(platform: Platform, school: School) -> None:
    ana = await account(school)
    wish = await compliance.make_request(platform, ana.actor, kind=RequestKind.ERASURE, wish="Forget me")
    async with browser(platform, await account(school, Role.AUDITOR)) as client:
        for path in (PAGE, RULES, f"{PAGE}/erasures"):
            page = await client.get(path)
            assert page.status_code == 200
            assert 'action="/admin/privacy' not in page.text
        assert (await client.get(f"{PAGE}/holds/new")).status_code == 403
        assert (await client.post(f"{PAGE}/requests/{wish}", data={"state": "done"})).status_code == 403
        assert (await client.post(f"{PAGE}/holds", data={"email": ana.email, "reason": "x"})).status_code == 403
        assert (await client.post(f"{PAGE}/exports", data={"email": ana.email})).status_code == 403
    async with browser(platform, ana) as client:
        assert (await client.get(PAGE)).status_code == 403


async def test_part_of_an_address_is_not_looked_for(platform: Platform, school: School) -> None:
    admin = await account(school, Role.ADMIN)
    with counted_statements() as sent, pytest.raises(compliance.InvalidHold):
        await member_called(platform, admin.actor, "example")
    assert list(sent) == []
    with pytest.raises(compliance.InvalidHold):
        await member_called(platform, admin.actor, f"not.{admin.email}")
    assert await member_called(platform, admin.actor, admin.email.upper()) == admin.membership_id
