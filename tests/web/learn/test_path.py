"""A learning path as its learner sees it: in order, with what is done and what is next."""

import pytest

from scholr.contexts.catalog import facade as catalog
from scholr.platform.runtime import Platform
from tests.support.accounts import Account, account, browser
from tests.support.learning import Taught, teach
from tests.support.school import School
from tests.support.statements import counted_statements


@pytest.fixture
async def learner(school: School) -> Account:
    return await account(school)


@pytest.fixture
async def courses(school: School) -> list[Taught]:
    return [await teach(school, title=title, lessons=2) for title in ("Tides", "Currents", "Winds")]


@pytest.fixture
async def path(platform: Platform, school: School, courses: list[Taught]) -> str:
    """A published path through the three."""
    path_id = await catalog.create_path(platform, school.owner, title="Seafaring", summary="From shore to shore.")
    changes = catalog.PathChanges(course_ids=[each.course for each in courses], published=True)
    await catalog.change_path(platform, school.owner, path_id=path_id, changes=changes)
    return f"/catalogue/paths/{path_id}"


async def test_the_path_says_where_one_is_and_what_comes_next(
    platform: Platform, learner: Account, courses: list[Taught], path: str
) -> None:
    first, second, _ = courses
    async with browser(platform, learner) as client:
        page = (await client.get(path)).text
        assert "It begins with Tides; two more courses follow." in page
        assert f'href="/catalogue/{first.course}"' in page
        await first.seat(learner.actor)
        await first.complete(learner.actor, 0)
        page = (await client.get(path)).text
        assert "You are on the first of three courses, Tides." in page
        assert "1 of 2 lessons done" in page
        assert f'href="/learn/courses/{first.course}/continue"' in page
        await first.complete(learner.actor, 1)
        page = (await client.get(path)).text
        assert "You have finished one of three courses. Next is Currents." in page
        assert "1 of 3 courses finished" in page
        assert "Open Currents" in page
        for each in courses[1:]:
            await each.seat(learner.actor)
            await each.complete(learner.actor)
        page = (await client.get(path)).text
        assert "You have finished all three courses." in page
        assert "Continue" not in page
    assert second.course != first.course


async def test_a_step_says_what_it_waits_for(
    platform: Platform, school: School, learner: Account, courses: list[Taught], path: str
) -> None:
    first, second, _ = courses
    await catalog.set_prerequisites(platform, school.owner, course_id=second.course, requires=[first.course])
    async with browser(platform, learner) as client:
        assert "Opens after Tides" in (await client.get(path)).text
        await first.seat(learner.actor)
        await first.complete(learner.actor)
        assert "Opens after Tides" not in (await client.get(path)).text


async def test_the_catalogue_and_the_courses_lead_to_the_path(
    platform: Platform, school: School, learner: Account, courses: list[Taught], path: str
) -> None:
    hidden = await catalog.create_path(platform, school.owner, title="Not yet")
    changes = catalog.PathChanges(course_ids=[courses[0].course])
    await catalog.change_path(platform, school.owner, path_id=hidden, changes=changes)
    async with browser(platform, learner) as client:
        for address in ("/catalogue", f"/catalogue/{courses[0].course}"):
            page = (await client.get(address)).text
            assert f'href="{path}"' in page, address
            assert "Not yet" not in page, address
        assert (await client.get(f"/catalogue/paths/{hidden}")).status_code == 404


async def test_courses_that_are_not_open_are_left_out(
    platform: Platform, school: School, learner: Account, courses: list[Taught], path: str
) -> None:
    for each in courses:
        await catalog.archive_course(platform, school.owner, course_id=each.course)
    async with browser(platform, learner) as client:
        assert "No course of this path is open yet" in (await client.get(path)).text


async def test_six_statements_are_enough(
    platform: Platform, learner: Account, courses: list[Taught], path: str
) -> None:
    await courses[0].seat(learner.actor)
    async with browser(platform, learner) as client:
        with counted_statements() as sent:
            assert (await client.get(path)).status_code == 200
    assert len([each for each in sent if "set_config" not in each]) <= 6
