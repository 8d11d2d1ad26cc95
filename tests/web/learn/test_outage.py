"""While the database is away, signed-in people still see the catalogue as it was; everything else says so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from scholr.contexts.auth.authentication import REMEMBERED
from scholr.contexts.catalog.queries import kept
from scholr.entrypoints.site import build_http
from scholr.platform.cache.loading import LoadingSettings
from scholr.platform.db.database import Database
from scholr.platform.runtime import Platform
from tests.support.accounts import Account, account, browser
from tests.support.clock import MovableClock
from tests.support.learning import Taught, teach
from tests.support.school import School

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
AS_IT_WAS = "This page is as it was at"


@pytest.fixture
async def taught(school: School) -> Taught:
    return await teach(school)


@pytest.fixture
async def learner(school: School) -> Account:
    return await account(school)


@asynccontextmanager
async def without_database(platform: Platform, client: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """The same process, memory and cookies; nobody answers at the database's address."""
    db = Database(replace(platform.db.settings, dsn=NOWHERE))
    transport = httpx.ASGITransport(app=build_http(replace(platform, db=db)))  # type: ignore[arg-type]  # as in accounts
    async with httpx.AsyncClient(
        transport=transport, base_url=client.base_url, headers=client.headers, cookies=client.cookies
    ) as cut_off:
        yield cut_off
    await db.close()


async def test_a_learner_sees_the_catalogue_and_its_courses_as_they_were(
    platform: Platform, taught: Taught, learner: Account, clock: MovableClock
) -> None:
    course = f"/catalogue/{taught.course}"
    async with browser(platform, learner) as client:
        for path in ("/catalogue", course):
            assert AS_IT_WAS not in (await client.get(path)).text
        clock.advance(timedelta(seconds=90))
        async with without_database(platform, client) as cut_off:
            for path in ("/catalogue", course):
                answer = await cut_off.get(path)
                assert answer.status_code == 200, path
                assert AS_IT_WAS in answer.text
                assert "Reading Evidence" in answer.text
                assert learner.email.split(".")[0].title() in answer.text
        await asyncio.sleep(LoadingSettings().hold_off)
        assert AS_IT_WAS not in (await client.get("/catalogue")).text


async def test_what_was_never_kept_and_what_is_written_say_that_it_cannot_be_done(
    platform: Platform, taught: Taught, learner: Account
) -> None:
    async with browser(platform, learner) as client:
        await client.get("/catalogue")
        async with without_database(platform, client) as cut_off:
            for path in ("/learn", f"/catalogue/{taught.course}", "/catalogue?q=reading", "/account/sessions"):
                answer = await cut_off.get(path)
                assert answer.status_code == 503, path
                assert "Back in a moment" in answer.text
                assert int(answer.headers["retry-after"]) > 0
            sent = await cut_off.post(f"/learn/courses/{taught.course}/enrol")
            assert sent.status_code == 503


async def test_who_has_not_been_proven_for_two_minutes_is_not_let_in(
    platform: Platform, taught: Taught, learner: Account, clock: MovableClock
) -> None:
    assert taught.course
    async with browser(platform, learner) as client:
        await client.get("/catalogue")
        clock.advance(REMEMBERED + timedelta(seconds=1))
        async with without_database(platform, client) as cut_off:
            assert (await cut_off.get("/catalogue")).status_code == 503


async def test_a_session_that_ended_is_not_remembered(platform: Platform, taught: Taught, learner: Account) -> None:
    """The database said no: an outage right after changes nothing about that."""
    assert taught.course
    async with browser(platform, learner) as client:
        await client.get("/catalogue")
        cookies = dict(client.cookies)
        await client.post("/sign-out")
        client.cookies.update(cookies)
        assert (await client.get("/catalogue")).status_code == 303
        async with without_database(platform, client) as cut_off:
            assert (await cut_off.get("/catalogue")).status_code in (303, 503)


async def test_nobody_is_let_in_by_a_session_that_this_process_never_saw(
    platform: Platform, taught: Taught, learner: Account
) -> None:
    assert taught.course
    async with browser(platform, learner) as client:
        await client.get("/catalogue")
        client.cookies.clear()
        client.cookies.set("scholr_session", "made up")
        async with without_database(platform, client) as cut_off:
            assert (await cut_off.get("/catalogue")).status_code == 503


async def test_a_catalogue_that_is_too_old_is_not_shown(
    platform: Platform, taught: Taught, learner: Account, clock: MovableClock
) -> None:
    assert taught.course
    async with browser(platform, learner) as client:
        await client.get("/catalogue")
        clock.advance(timedelta(seconds=kept.RESCUE + 1))
        await client.get("/learn")  # proves the session anew
        async with without_database(platform, client) as cut_off:
            assert (await cut_off.get("/catalogue")).status_code == 503


@pytest.mark.usefixtures("taught")
async def test_a_search_shows_what_most_people_take_up_as_it_was(
    platform: Platform, learner: Account, clock: MovableClock
) -> None:
    async with browser(platform, learner) as client:
        await client.get("/catalogue")
        assert (await client.get("/catalogue?q=anything")).status_code == 200
        clock.advance(timedelta(seconds=90))
        async with without_database(platform, client) as cut_off:
            answer = await cut_off.get("/catalogue?q=pottery")

    assert answer.status_code == 200
    assert "that most people take up" in answer.text
    assert AS_IT_WAS in answer.text
