"""Forgetting a person through the pages: said before, looked at twice, proven after."""

import re
from datetime import timedelta

import httpx

from scholr.contexts.compliance import facade as compliance
from scholr.contexts.compliance.facade import Ground, RequestKind
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from tests.support.accounts import Account, account, browser
from tests.support.clock import MovableClock
from tests.support.delivery import settle
from tests.support.school import School
from tests.web.admin.test_audit import sentences

ERASURES = "/admin/privacy/erasures"


def ask_path(who: Account) -> str:
    return f"/admin/people/{who.membership_id}/erasure"


async def asked(client: httpx.AsyncClient, who: Account, ground: Ground = Ground.OBJECTION) -> str:
    """The page of the erasure that was asked for."""
    answer = await client.post(ask_path(who), data={"ground": ground.value})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_from_a_request_to_the_proof(platform: Platform, school: School) -> None:
    ana, one, two = await account(school), await account(school, Role.ADMIN), await account(school, Role.ADMIN)
    await compliance.make_request(platform, ana.actor, kind=RequestKind.ERASURE, wish="Forget me")
    async with browser(platform, one) as client:
        assert f'href="{ask_path(ana)}"' in (await client.get("/admin/privacy")).text
        page = (await client.get(ask_path(ana))).text
        assert "They asked for it" in page
        assert "What goes, for good" in page
        assert "What stays, and names nobody" in page
        path = await asked(client, ana)
        assert await asked(client, ana) == path, "the same again is the same request"
        assert (await client.get(ask_path(ana))).headers["location"] == path
        own = (await client.get(path)).text
        assert "Not by you, not yet" in own
        assert "Take it back" in own
    async with browser(platform, two) as client:
        page = (await client.get(path)).text
        assert "wait for an answer" in page
        confirmed = await client.post(f"{path}/confirm", data={"word": " Forget "})
        assert confirmed.headers["location"] == path
        assert "is being forgotten" in (await client.get(path)).text
        await settle(platform)
        await _proven(client, path, ana)
    await _request_is_closed(platform, school)


async def _proven(client: httpx.AsyncClient, path: str, ana: Account) -> None:
    page = (await client.get(path)).text
    assert "A former member was forgotten" in page
    assert "There, and its signature is right" in page
    assert "1 entry of the directory" in page
    assert ana.email not in page
    again = await client.post(f"{path}/confirm", data={"word": "forget"})
    assert again.status_code == 303, "confirmed twice changes nothing"
    assert "Too late" in await _flash(client, await client.post(f"{path}/withdraw"))
    assert "Forgotten" in (await client.get(ERASURES)).text
    assert "See the erasure" in (await client.get(f"/admin/people/{ana.membership_id}")).text
    log = sentences((await client.get("/admin/audit?kind=privacy")).text)
    assert any("confirmed the erasure of a former member: they objected" in each for each in log), log
    assert any(re.search(r"completed the erasure of a former member: \d+ records", each) for each in log), log


async def _flash(client: httpx.AsyncClient, answer: httpx.Response) -> str:
    return (await client.get(answer.headers["location"])).text


async def _request_is_closed(platform: Platform, school: School) -> None:
    [request] = (await compliance.rights(platform, school.owner)).requests
    assert (request.state, request.wish) == ("done", "[erased]")
    assert request.answered_at is not None


async def test_it_is_confirmed_with_a_word_by_another_or_a_day_later(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    ana, one = await account(school), await account(school, Role.ADMIN)
    async with browser(platform, one) as client:
        path = await asked(client, ana)
        early = await client.post(f"{path}/confirm", data={"word": "forget"})
        assert early.status_code == 422
        assert "Another administrator confirms it" in early.text
    clock.advance(timedelta(days=1, minutes=1))
    async with browser(platform, one) as client:
        for typed in ("", "forge"):
            wrong = await client.post(f"{path}/confirm", data={"word": typed})
            assert wrong.status_code == 422
            assert 'id="word-err"' in wrong.text
        async with platform.db.read(school.tenant_id) as rx:
            assert (await identity.require_member(rx, ana.membership_id)).email == ana.email
        assert (await client.post(f"{path}/confirm", data={"word": "FORGET"})).status_code == 303
    await settle(platform)
    async with platform.db.read(school.tenant_id) as rx:
        assert (await identity.require_member(rx, ana.membership_id)).name == "Former member"


async def test_it_is_taken_back_and_asked_for_again(platform: Platform, school: School) -> None:
    ana, one, two = await account(school), await account(school, Role.ADMIN), await account(school, Role.ADMIN)
    async with browser(platform, one) as client:
        path = await asked(client, ana)
        for _ in range(2):
            assert "Nothing was forgotten" in await _flash(client, await client.post(f"{path}/withdraw"))
        over = (await client.get(path)).text
        assert "was taken back" in over
        assert f'href="/admin/people/{ana.membership_id}"' in over
        assert "Taken back" in (await client.get(ERASURES)).text
        assert await asked(client, ana) != path
    async with browser(platform, two) as client:
        late = await client.post(f"{path}/confirm", data={"word": "forget"})
        assert "It was taken back meanwhile" in await _flash(client, late)


async def test_who_is_held_or_an_owner_is_not_asked_for(platform: Platform, school: School) -> None:
    ana, owner = await account(school), await account(school, Role.OWNER)
    two = await account(school, Role.ADMIN)
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        page = await client.get(ask_path(owner))
        assert "An owner is not forgotten" in page.text
        refused = await client.post(ask_path(owner), data={"ground": "objection"})
        assert (refused.status_code, "An owner is not forgotten" in refused.text) == (422, True)
        none = await client.post(ask_path(ana), data={"ground": "whim"})
        assert none.status_code == 422
        assert 'id="ground-err"' in none.text
        path = await asked(client, ana)
    hold = await compliance.place_hold(
        platform, school.owner, learner_id=ana.membership_id, course_id=None, reason="Appeal"
    )
    async with browser(platform, two) as client:
        refused = await client.post(f"{path}/confirm", data={"word": "forget"})
        assert refused.status_code == 422
        assert 'href="/admin/privacy#holds"' in refused.text
        assert "/confirm" not in refused.text
        await compliance.release_hold(platform, school.owner, hold)
        assert f'action="{path}/confirm"' in (await client.get(path)).text


async def test_the_page_of_who_is_held_or_forgotten_says_so_and_offers_nothing_that_is_refused(
    platform: Platform, school: School
) -> None:
    ana, one, two = await account(school), await account(school, Role.ADMIN), await account(school, Role.ADMIN)
    path = f"/admin/people/{ana.membership_id}"
    hold = await compliance.place_hold(
        platform, school.owner, learner_id=ana.membership_id, course_id=None, reason="Appeal"
    )
    async with browser(platform, one) as client:
        held = (await client.get(path)).text
        assert ("A legal hold stands" in held, ask_path(ana) in held) == (True, False)
        await compliance.release_hold(platform, school.owner, hold)
        free = (await client.get(path)).text
        assert ("A legal hold stands" in free, ask_path(ana) in free) == (False, True)
        erasure = await asked(client, ana)
    async with browser(platform, two) as client:
        await client.post(f"{erasure}/confirm", data={"word": "forget"})
        await settle(platform)
        forgotten = (await client.get(path)).text
    assert "They were forgotten on" in forgotten
    for offered in (f"{path}/reactivate", f'action="{path}"', "erased.invalid"):
        assert offered not in forgotten


async def test_auditors_see_every_step_and_touch_none(platform: Platform, school: School) -> None:
    ana = await account(school)
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        path = await asked(client, ana)
    async with browser(platform, await account(school, Role.AUDITOR)) as client:
        assert "waits for a second look" in (await client.get(ERASURES)).text
        page = await client.get(path)
        assert page.status_code == 200
        assert f'action="{path}' not in page.text
        assert "/erasure" not in (await client.get("/admin/people")).text
        for sent in (f"{path}/confirm", f"{path}/withdraw", ask_path(ana)):
            assert (await client.post(sent, data={"word": "forget", "ground": "objection"})).status_code == 403
    async with browser(platform, await account(school, Role.INSTRUCTOR)) as client:
        assert "See the erasure" not in (await client.get(f"/admin/people/{ana.membership_id}")).text
        assert (await client.get(ERASURES)).status_code == 403
