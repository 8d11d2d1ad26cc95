"""The learner's home and the pages around it."""

from datetime import UTC, datetime, timedelta

import pytest

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.enrollment.facade import CohortDraft
from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from scholr.web.learn.home_view import greeting, place_name
from tests.support.accounts import account, browser
from tests.support.clock import MovableClock
from tests.support.learning import teach
from tests.support.school import School

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "zone", "said"),
    [
        ("Amira Haddad", "UTC", "Good afternoon, Amira"),
        ("Dr. Tomasz Wilk", "America/New_York", "Good morning, Tomasz"),
        ("Mei", "Asia/Tokyo", "Good evening, Mei"),
        ("", "UTC", "Good afternoon"),
    ],
)
def test_the_greeting_knows_the_hour_where_the_reader_is(name: str, zone: str, said: str) -> None:
    assert greeting(name, NOON, zone) == said


def test_a_zone_is_called_by_its_city() -> None:
    assert place_name("America/New_York") == "New York"


async def test_an_empty_home_leads_to_the_catalogue(platform: Platform, school: School) -> None:
    learner = await account(school)
    async with browser(platform, learner) as client:
        assert "Your first course appears here" in (await client.get("/learn")).text
        taught = await teach(school)
        page = (await client.get("/learn")).text
    assert "Where to begin" in page
    assert f'href="/catalogue/{taught.course}"' in page


async def test_what_is_due_is_said_in_the_readers_time(platform: Platform, school: School, clock: MovableClock) -> None:
    learner, now = await account(school), clock.now()
    taught = await teach(school, draft=CohortDraft(capacity=9, ends_at=now + timedelta(days=5)))
    await taught.seat(learner.actor)
    closes = (now + timedelta(days=2)).replace(hour=23, minute=30)
    policy = assessment.AssessmentPolicy(closes_at=closes, max_attempts=1)
    await assessment.create_assessment(
        platform, school.owner, course_id=taught.course, title="Checkpoint 3", policy=policy
    )
    await assessment.create_assessment(platform, school.owner, course_id=taught.course, title="Whenever you like")
    async with browser(platform, learner) as client:
        await client.post("/account", data={"name": "Amira", "locale": "en", "time_zone": "Asia/Tokyo"})
        page = (await client.get("/learn")).text
    assert "Two things are due this week" in page
    assert "Times are yours, Tokyo" in page
    assert "Checkpoint 3" in page
    assert "08:30" in page, "half past eleven at night in UTC is the next morning in Tokyo"
    assert "one attempt left" in page
    assert "Whenever you like" not in page, "what never closes is not due"
    assert "Finish Reading Evidence" in page


async def test_what_was_handed_in_is_no_longer_due(platform: Platform, school: School, clock: MovableClock) -> None:
    learner, taught = await account(school), await teach(school)
    await taught.seat(learner.actor)
    policy = assessment.AssessmentPolicy(closes_at=clock.now() + timedelta(days=2), max_attempts=3)
    exam = await assessment.create_assessment(
        platform, school.owner, course_id=taught.course, title="Checkpoint 3", policy=policy
    )
    question = assessment.QuestionDraft(type="single", prompt="?", points=1, options=["a", "b"], answer_key=["0"])
    await assessment.add_question(platform, school.owner, assessment_id=exam, draft=question)
    membership = learner.membership_id
    attempt = await assessment.start_attempt(platform, learner.actor, assessment_id=exam, learner_id=membership)
    async with browser(platform, learner) as client:
        assert "begun" in (await client.get("/learn")).text
        await assessment.submit_attempt(platform, learner.actor, attempt_id=attempt.id)
        assert "Checkpoint 3" not in (await client.get("/learn")).text


async def test_going_on_leads_to_the_first_open_lesson(platform: Platform, school: School) -> None:
    learner, taught = await account(school), await teach(school)
    await taught.seat(learner.actor)
    await taught.complete(learner.actor, 0)
    async with browser(platform, learner) as client:
        led = await client.get(f"{taught.path}/continue")
        assert led.headers["location"] == taught.lesson_path(1)
        assert "You are in 1 course" in (await client.get("/learn/courses")).text


async def test_before_the_end_the_page_says_what_is_left(platform: Platform, school: School) -> None:
    learner, taught = await account(school), await teach(school)
    await taught.seat(learner.actor)
    await taught.complete(learner.actor, 0)
    async with browser(platform, learner) as client:
        page = (await client.get(f"{taught.path}/finished")).text
    assert "Nearly there" in page
    assert "1 of 3 lessons" in page


async def test_the_palette_finds_courses_people_and_places_by_role(platform: Platform, school: School) -> None:
    taught, learner, admin = await teach(school), await account(school), await account(school, Role.ADMIN)
    await taught.seat(learner.actor)
    await taught.complete(learner.actor, 0)
    async with browser(platform, learner) as client:
        first = (await client.get("/palette")).json()
        assert first[0]["group"] == "Continue"
        assert first[0]["href"] == f"{taught.path}/continue"
        found = (await client.get("/palette", params={"q": "read"})).json()
        assert [(each["group"], each["href"]) for each in found] == [("My courses", taught.path)]
        assert (await client.get("/palette", params={"q": admin.email[:12]})).json() == []
        assert not [each for each in first if each["href"].startswith(("/admin", "/teach"))]
    async with browser(platform, admin) as client:
        people = (await client.get("/palette", params={"q": learner.email[:12]})).json()
        assert ("People", f"/admin/people/{learner.membership_id}") in [
            (each["group"], each["href"]) for each in people
        ]
        catalogue = (await client.get("/palette", params={"q": "evid"})).json()
        assert ("Catalogue", f"/catalogue/{taught.course}") in [(each["group"], each["href"]) for each in catalogue]
