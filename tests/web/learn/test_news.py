"""What is new on the learner's home: courses and lessons that came since, and nothing else."""

from datetime import timedelta

import pytest

from scholr.contexts.catalog import facade as catalog
from scholr.platform.runtime import Platform
from tests.support.accounts import Account, account, browser
from tests.support.clock import MovableClock
from tests.support.learning import Taught, teach, write_lesson
from tests.support.school import School
from tests.support.statements import counted_statements

MOST_STATEMENTS = 8
NEWS_HEADING = ">New</h2>"


@pytest.fixture
async def learner(school: School) -> Account:
    return await account(school)


async def home(platform: Platform, person: Account) -> str:
    async with browser(platform, person) as client:
        return (await client.get("/learn")).text


async def begun(school: School, clock: MovableClock, learner: Account) -> Taught:
    """A course that the learner has been in for two months, and did something in yesterday."""
    taught = await teach(school, title="Tides")
    await taught.seat(learner.actor)
    clock.advance(timedelta(days=60))
    await taught.complete(learner.actor, 0)
    clock.advance(timedelta(days=1))
    return taught


async def test_nothing_new_shows_nothing(
    platform: Platform, school: School, clock: MovableClock, learner: Account
) -> None:
    await teach(school, title="Older Than That")
    await begun(school, clock, learner)
    page = await home(platform, learner)
    assert NEWS_HEADING not in page
    assert "Next, if you like" in page
    assert "Older Than That" in page


async def test_a_course_is_new_for_thirty_days(
    platform: Platform, school: School, clock: MovableClock, learner: Account
) -> None:
    taught = await begun(school, clock, learner)
    fresh = await teach(school, title="Currents")
    page = await home(platform, learner)
    assert NEWS_HEADING in page
    assert f'href="/catalogue/{fresh.course}">Currents</a>' in page
    assert "Next, if you like" not in page, "a course is not told of twice"
    clock.advance(timedelta(days=31))
    await taught.complete(learner.actor, 1)
    assert NEWS_HEADING not in await home(platform, learner)


async def test_what_came_during_a_long_absence_is_still_new(
    platform: Platform, school: School, clock: MovableClock, learner: Account
) -> None:
    await begun(school, clock, learner)
    await teach(school, title="Currents")
    clock.advance(timedelta(days=90))
    assert NEWS_HEADING in await home(platform, learner)


async def test_lessons_that_came_after_enrolling_are_new_until_they_are_done(
    platform: Platform, school: School, clock: MovableClock, learner: Account
) -> None:
    taught = await begun(school, clock, learner)
    first = await write_lesson(school, taught.section, "Spring tide")
    second = await write_lesson(school, taught.section, "Neap tide")
    assert NEWS_HEADING not in await home(platform, learner), "a draft is no news"
    await catalog.publish_course(platform, school.owner, course_id=taught.course)
    page = await home(platform, learner)
    assert "2 new lessons in Tides" in page
    assert "Spring tide, Neap tide" in page
    assert f'href="{taught.path}/lessons/{first}"' in page
    done = Taught(school, taught.course, taught.section, (first, second), taught.cohort)
    await done.complete(learner.actor, 0)
    page = await home(platform, learner)
    assert "A new lesson in Tides" in page
    assert f'href="{taught.path}/lessons/{second}"' in page


async def test_a_course_that_is_published_again_is_no_new_course(
    platform: Platform, school: School, clock: MovableClock, learner: Account
) -> None:
    old = await teach(school, title="Older Than That")
    await begun(school, clock, learner)
    await write_lesson(school, old.section, "One more")
    await catalog.publish_course(platform, school.owner, course_id=old.course)
    assert NEWS_HEADING not in await home(platform, learner)


async def test_five_lines_at_most_and_eight_statements(
    platform: Platform, school: School, clock: MovableClock, learner: Account
) -> None:
    await begun(school, clock, learner)
    for number in range(7):
        clock.advance(timedelta(minutes=1))
        await teach(school, title=f"Course {number}", lessons=1)
    async with browser(platform, learner) as client:
        with counted_statements() as sent:
            page = (await client.get("/learn")).text
    assert page.count("A new course,") == 5
    assert "Course 6" in page
    assert len([each for each in sent if "set_config" not in each]) <= MOST_STATEMENTS


async def test_another_schools_courses_are_no_news(
    platform: Platform, school: School, other_school: School, clock: MovableClock, learner: Account
) -> None:
    await begun(school, clock, learner)
    await teach(other_school, title="Theirs")
    assert "Theirs" not in await home(platform, learner)
