"""A course that comes after another takes nobody in by themselves who has not finished that one."""

from uuid import UUID

import pytest

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.enrollment.errors import PrerequisitesMissing
from scholr.contexts.enrollment.facade import CohortDraft, CohortMode, Enrolled
from scholr.contexts.learning.events import CourseCompleted
from scholr.kernel.actor import Actor, Role
from scholr.platform.db.statement import statement
from tests.support.accounts import account, browser
from tests.support.delivery import settle
from tests.support.learning import Taught, teach
from tests.support.school import School
from tests.support.statements import counted_statements

_ANNOUNCED = statement(
    "select payload ->> 'enrolled_by' from platform_outbox where tenant_id = $1 and aggregateid = $2"
    " and type = 'enrollment.learner_enrolled'"
)
_FINISHED = statement("select count(*) from enrollment_finished where tenant_id = $1")


@pytest.fixture
async def first(school: School) -> Taught:
    return await teach(school, lessons=1, title="Tides")


@pytest.fixture
async def second(school: School, first: Taught) -> Taught:
    """Comes after `first`."""
    made = await teach(school, lessons=1, title="Currents")
    await require(school, made.course, first.course)
    return made


async def require(school: School, course: UUID, *before: UUID) -> None:
    await catalog.set_prerequisites(school.platform, school.owner, course_id=course, requires=before)


async def enrol(taught: Taught, by: Actor, learner: Actor | None = None) -> Enrolled:
    who = (learner or by).membership_id
    assert who is not None
    return await enrollment.enrol(taught.school.platform, by, cohort_id=taught.cohort, learner_id=who)


async def test_the_door_opens_when_what_comes_before_is_finished(school: School, first: Taught, second: Taught) -> None:
    learner = await school.person()
    with pytest.raises(PrerequisitesMissing) as refused:
        await enrol(second, learner)
    assert refused.value.message == "Finish Tides first."
    assert refused.value.details == {"missing": [{"id": str(first.course), "title": "Tides"}]}
    await first.seat(learner)
    await first.complete(learner)
    await settle(school.platform)
    assert (await enrol(second, learner)).created


async def test_enrolling_by_course_holds_to_it_too(school: School, second: Taught) -> None:
    learner = await school.person()
    assert learner.membership_id is not None
    with pytest.raises(PrerequisitesMissing):
        await enrollment.enrol_by_course(
            school.platform, learner, course_id=second.course, learner_id=learner.membership_id
        )


async def test_all_that_is_missing_is_named_and_what_is_done_is_not(
    school: School, first: Taught, second: Taught
) -> None:
    third = await teach(school, lessons=1, title="Winds")
    await require(school, second.course, first.course, third.course)
    learner = await school.person()
    with pytest.raises(PrerequisitesMissing, match="Finish Tides and Winds first"):
        await enrol(second, learner)
    await third.seat(learner)
    await third.complete(learner)
    await settle(school.platform)
    with pytest.raises(PrerequisitesMissing, match="Finish Tides first"):
        await enrol(second, learner)


async def test_what_is_asked_for_later_puts_nobody_out(school: School, first: Taught, second: Taught) -> None:
    await require(school, second.course)
    learner = await school.person()
    seat = await enrol(second, learner)
    await require(school, second.course, first.course)
    again = await enrol(second, learner)
    assert (again.id, again.created) == (seat.id, False)


async def test_a_course_that_nobody_can_take_holds_nobody_up(school: School, first: Taught, second: Taught) -> None:
    await catalog.archive_course(school.platform, school.owner, course_id=first.course)
    assert (await enrol(second, await school.person())).created


async def test_whoever_may_enrol_others_decides_and_is_on_record(school: School, second: Taught) -> None:
    instructor, learner = await school.person(Role.INSTRUCTOR), await school.person()
    assert instructor.membership_id is not None
    await enrollment.set_instructors(
        school.platform, school.owner, cohort_id=second.cohort, instructor_ids=[instructor.membership_id]
    )
    seat = await enrol(second, instructor, learner)
    assert (seat.created, seat.enrolled_by) == (True, instructor.membership_id)
    again = await enrol(second, learner)
    assert (again.created, again.enrolled_by) == (False, instructor.membership_id)
    async with school.platform.db.read(school.tenant_id) as rx:
        view = await enrollment.enrollment(rx, seat.id)
        assert await rx.fetch_value(_ANNOUNCED, seat.id) == str(instructor.membership_id)
    assert view is not None
    assert view.enrolled_by == instructor.membership_id


async def test_approving_is_such_a_decision_and_taking_a_seat_is_not(school: School) -> None:
    asked = await teach(school, lessons=1, draft=CohortDraft(capacity=3, mode=CohortMode.APPROVAL))
    learner, other = await school.person(), await school.person()
    request = await enrol(asked, learner)
    admitted = await enrollment.approve(school.platform, school.owner, enrollment_id=request.id)
    assert (request.enrolled_by, admitted.enrolled_by) == (None, school.owner.membership_id)
    assert (await enrol(await teach(school, lessons=1), other)).enrolled_by is None
    await settle(school.platform)


async def test_the_same_announcement_twice_is_one_fact(school: School, first: Taught) -> None:
    learner = await school.person()
    assert learner.membership_id is not None
    for _ in range(2):
        async with school.platform.db.write(school.tenant_id) as tx:
            event = CourseCompleted(
                tenant_id=school.tenant_id,
                aggregate_id=learner.membership_id,
                occurred_at=school.platform.clock.now(),
                course_id=first.course,
            )
            await tx.emit(event)
    await settle(school.platform)
    async with school.platform.db.read(school.tenant_id) as rx:
        assert await rx.fetch_value(_FINISHED) == 1


async def test_a_course_without_prerequisites_asks_for_no_more_than_before(school: School, first: Taught) -> None:
    learner = await school.person()
    with counted_statements() as sent:
        await enrol(first, learner)
    assert len([each for each in sent if "set_config" not in each]) == 3, sent


async def test_the_page_and_the_api_say_what_is_missing(school: School, first: Taught, second: Taught) -> None:
    person = await account(school)
    async with browser(school.platform, person) as client:
        page = (await client.get(f"/catalogue/{second.course}")).text
        assert "First finish" in page
        assert f'href="/catalogue/{first.course}"' in page
        assert "/enrolment" not in page
        body = {"learner_id": str(person.membership_id)}
        answer = await client.post(f"/api/cohorts/{second.cohort}/enrollments", json=body)
        assert answer.status_code == 409
        assert answer.json()["code"] == "prerequisites_missing"
        assert answer.json()["missing"] == [{"id": str(first.course), "title": "Tides"}]
        sent = await client.post(
            f"/learn/courses/{second.course}/enrolment", data={"cohort_id": str(second.cohort)}, follow_redirects=True
        )
        assert "Finish Tides first." in sent.text
