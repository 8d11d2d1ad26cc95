"""Seats, requests, queues and moves, through the use cases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.enrollment.errors import (
    CapacityBelowTaken,
    CohortClosed,
    CohortFull,
    CohortNotFound,
    EnrollmentDeclinedBefore,
    EnrollmentNotFound,
    EnrollmentNotOpen,
    LearnerNotFound,
    NoOpenCohort,
    NotEnrolled,
    NotTransferable,
    StaffEnrolOnly,
)
from scholr.contexts.enrollment.facade import CohortDraft, CohortMode, CohortStatus, CohortView, Enrolled, draft_of
from scholr.kernel.actor import Actor, Role
from scholr.kernel.errors import Forbidden, NotFound
from scholr.kernel.ids import MembershipId
from tests.support.clock import MovableClock
from tests.support.cohorts import open_cohort, open_course
from tests.support.school import School


def member_id(actor: Actor) -> MembershipId:
    assert actor.membership_id is not None
    return actor.membership_id


async def enrol(
    school: School, cohort: CohortView, learner: Actor, *, by: Actor | None = None, may_wait: bool = False
) -> Enrolled:
    return await enrollment.enrol(
        school.platform, by or school.owner, cohort_id=cohort.id, learner_id=member_id(learner), may_wait=may_wait
    )


async def seats(school: School, cohort: CohortView) -> tuple[int, int, int]:
    """taken, waiting and the number of rows that are active."""
    async with school.platform.db.read(school.tenant_id) as rx:
        found = await enrollment.cohort(rx, cohort.id)
        active = await enrollment.learner_ids(rx, cohort_id=cohort.id)
    assert found is not None
    return found.taken, found.waiting, len(active)


async def statuses(school: School, *found: Enrolled) -> list[str]:
    async with school.platform.db.read(school.tenant_id) as rx:
        views = [await enrollment.enrollment(rx, each.id) for each in found]
    return [each.status for each in views if each]


async def test_the_same_enrolment_again_changes_nothing(school: School) -> None:
    cohort, learner = await open_cohort(school), await school.person()
    first = await enrol(school, cohort, learner, by=learner)
    again = await enrol(school, cohort, learner)
    assert (first.created, again.created, first.id) == (True, False, again.id)
    assert await seats(school, cohort) == (1, 0, 1)


async def test_a_learner_enrols_nobody_else(school: School) -> None:
    cohort, learner, other = await open_cohort(school), await school.person(), await school.person()
    with pytest.raises(Forbidden):
        await enrol(school, cohort, other, by=learner)


async def test_an_instructor_enrols_only_where_they_teach(school: School) -> None:
    cohort, learner, teacher = await open_cohort(school), await school.person(), await school.person(Role.INSTRUCTOR)
    with pytest.raises(CohortNotFound):
        await enrol(school, cohort, learner, by=teacher)
    await enrollment.set_instructors(
        school.platform, school.owner, cohort_id=cohort.id, instructor_ids=[member_id(teacher)]
    )
    assert (await enrol(school, cohort, learner, by=teacher)).created
    assert (await enrol(school, cohort, teacher, by=teacher)).created


async def test_nobody_enrols_themselves_into_a_draft(school: School) -> None:
    draft = await catalog.create_course(school.platform, school.owner, title="Not ready")
    cohort, learner = await open_cohort(school, draft.id), await school.person()
    with pytest.raises(NotFound):
        await enrol(school, cohort, learner, by=learner)
    assert (await enrol(school, cohort, learner)).created


async def test_strangers_are_not_found(school: School, other_school: School) -> None:
    cohort, stranger = await open_cohort(school), await other_school.person()
    with pytest.raises(LearnerNotFound):
        await enrol(school, cohort, stranger)
    with pytest.raises(NotFound):
        await enrol(other_school, cohort, stranger, by=stranger)
    assert await seats(school, cohort) == (0, 0, 0)


async def test_self_enrolment_keeps_to_the_window_and_staff_do_not(school: School, clock: MovableClock) -> None:
    now = clock.now()
    draft = CohortDraft(
        capacity=9, opens_at=now + timedelta(days=1), closes_at=now + timedelta(days=2), ends_at=now + timedelta(days=3)
    )
    cohort, learner, other = await open_cohort(school, draft=draft), await school.person(), await school.person()
    with pytest.raises(EnrollmentNotOpen):
        await enrol(school, cohort, learner, by=learner)
    assert (await enrol(school, cohort, other)).created
    clock.advance(timedelta(days=1))
    assert (await enrol(school, cohort, learner, by=learner)).created
    clock.advance(timedelta(days=1))
    late = await school.person()
    with pytest.raises(CohortClosed):
        await enrol(school, cohort, late, by=late)
    clock.advance(timedelta(days=1))
    with pytest.raises(CohortClosed):
        await enrol(school, cohort, late)


async def test_staff_only_cohorts_refuse_self_enrolment(school: School) -> None:
    cohort = await open_cohort(school, draft=CohortDraft(capacity=9, mode=CohortMode.STAFF))
    learner = await school.person()
    with pytest.raises(StaffEnrolOnly):
        await enrol(school, cohort, learner, by=learner)
    assert (await enrol(school, cohort, learner)).status == "active"


async def test_a_request_takes_no_seat_until_it_is_approved(school: School) -> None:
    cohort = await open_cohort(school, draft=CohortDraft(capacity=1, mode=CohortMode.APPROVAL))
    first, second = await school.person(), await school.person()
    asked, later = await enrol(school, cohort, first, by=first), await enrol(school, cohort, second, by=second)
    assert (asked.status, later.status, await seats(school, cohort)) == ("pending", "pending", (0, 0, 0))
    approved = await enrollment.approve(school.platform, school.owner, enrollment_id=asked.id)
    again = await enrollment.approve(school.platform, school.owner, enrollment_id=asked.id)
    assert approved == again
    queued = await enrollment.approve(school.platform, school.owner, enrollment_id=later.id)
    assert (queued.status, queued.position, await seats(school, cohort)) == ("waitlisted", 1, (1, 1, 1))
    with pytest.raises(EnrollmentNotFound):
        await enrollment.approve(school.platform, await school.person(Role.INSTRUCTOR), enrollment_id=later.id)


async def test_who_was_declined_comes_in_through_staff_only(school: School) -> None:
    cohort = await open_cohort(school, draft=CohortDraft(capacity=1, mode=CohortMode.APPROVAL))
    learner = await school.person()
    asked = await enrol(school, cohort, learner, by=learner)
    declined = await enrollment.decline(school.platform, school.owner, enrollment_id=asked.id)
    assert declined.status == "declined"
    with pytest.raises(EnrollmentDeclinedBefore):
        await enrol(school, cohort, learner, by=learner)
    assert (await enrol(school, cohort, learner)).status == "active"


async def test_the_queue_moves_up_in_order(school: School) -> None:
    cohort = await open_cohort(school, capacity=2)
    people = [await school.person() for _ in range(5)]
    found = [await enrol(school, cohort, each, by=each, may_wait=True) for each in people]
    assert [each.status for each in found] == ["active"] * 2 + ["waitlisted"] * 3
    await enrollment.withdraw(school.platform, people[0], enrollment_id=found[0].id)
    assert await statuses(school, *found) == ["withdrawn", "active", "active", "waitlisted", "waitlisted"]
    async with school.platform.db.read(school.tenant_id) as rx:
        waiting = await enrollment.queue(rx, cohort.id)
    assert [(each.id, each.position) for each in waiting] == [(found[3].id, 1), (found[4].id, 2)]
    assert await seats(school, cohort) == (2, 2, 2)


async def test_more_seats_go_to_the_queue_and_nobody_overtakes_it(school: School) -> None:
    cohort = await open_cohort(school, capacity=1)
    people = [await school.person() for _ in range(4)]
    found = [await enrol(school, cohort, each, by=each, may_wait=True) for each in people]
    raised = await enrollment.change_cohort(
        school.platform, school.owner, cohort_id=cohort.id, draft=replace(draft_of(cohort), capacity=3)
    )
    assert (raised.taken, raised.waiting) == (3, 1)
    assert await statuses(school, *found) == ["active", "active", "active", "waitlisted"]
    with pytest.raises(CohortFull):
        await enrol(school, cohort, await school.person())
    with pytest.raises(CapacityBelowTaken):
        await enrollment.change_cohort(
            school.platform, school.owner, cohort_id=cohort.id, draft=replace(draft_of(cohort), capacity=2)
        )


async def test_a_closed_cohort_promotes_nobody_until_it_opens_again(school: School) -> None:
    cohort = await open_cohort(school, capacity=1)
    first, second = await school.person(), await school.person()
    seat = await enrol(school, cohort, first)
    waits = await enrol(school, cohort, second, may_wait=True)
    closed = replace(draft_of(cohort), status=CohortStatus.CLOSED)
    await enrollment.change_cohort(school.platform, school.owner, cohort_id=cohort.id, draft=closed)
    await enrollment.withdraw(school.platform, school.owner, enrollment_id=seat.id)
    assert await statuses(school, waits) == ["waitlisted"]
    with pytest.raises(CohortClosed):
        await enrol(school, cohort, await school.person())
    await enrollment.change_cohort(school.platform, school.owner, cohort_id=cohort.id, draft=draft_of(cohort))
    assert await statuses(school, waits) == ["active"]


async def test_withdrawing_again_changes_nothing_and_coming_back_is_the_same_row(school: School) -> None:
    cohort, learner, other = await open_cohort(school), await school.person(), await school.person()
    seat = await enrol(school, cohort, learner)
    with pytest.raises(EnrollmentNotFound):
        await enrollment.withdraw(school.platform, other, enrollment_id=seat.id)
    gone = await enrollment.withdraw(school.platform, learner, enrollment_id=seat.id)
    assert gone == await enrollment.withdraw(school.platform, learner, enrollment_id=seat.id)
    async with school.platform.db.read(school.tenant_id) as rx:
        with pytest.raises(NotEnrolled):
            await enrollment.require_enrolled(rx, learner, cohort.course_id)
    back = await enrol(school, cohort, learner, by=learner)
    assert (back.id, back.status, back.created) == (seat.id, "active", True)
    async with school.platform.db.read(school.tenant_id) as rx:
        assert (await enrollment.require_enrolled(rx, learner, cohort.course_id)).id == seat.id


async def test_a_transfer_moves_the_seat_and_serves_the_queue_left_behind(school: School) -> None:
    source = await open_cohort(school, capacity=1)
    target = await open_cohort(school, source.course_id, capacity=1)
    mover, waiter = await school.person(), await school.person()
    seat = await enrol(school, source, mover)
    queued = await enrol(school, source, waiter, may_wait=True)
    moved = await enrollment.transfer(school.platform, school.owner, enrollment_id=seat.id, cohort_id=target.id)
    assert (moved.cohort_id, moved.status) == (target.id, "active")
    assert await statuses(school, seat, queued) == ["withdrawn", "active"]
    assert (await seats(school, source), await seats(school, target)) == ((1, 0, 1), (1, 0, 1))
    with pytest.raises(CohortFull):
        await enrollment.transfer(school.platform, school.owner, enrollment_id=queued.id, cohort_id=target.id)
    assert await statuses(school, queued) == ["active"]
    elsewhere = await open_cohort(school)
    with pytest.raises(NotTransferable):
        await enrollment.transfer(school.platform, school.owner, enrollment_id=queued.id, cohort_id=elsewhere.id)


async def test_enrolling_by_course_takes_the_first_free_seat_and_finds_it_again(school: School) -> None:
    first = await open_cohort(school, capacity=1)
    second = await open_cohort(school, first.course_id, capacity=1)
    people = [await school.person() for _ in range(3)]

    async def by_course(learner: Actor, *, may_wait: bool = False) -> Enrolled:
        return await enrollment.enrol_by_course(
            school.platform, learner, course_id=first.course_id, learner_id=member_id(learner), may_wait=may_wait
        )

    assert (await by_course(people[0])).cohort_id == first.id
    assert (await by_course(people[1])).cohort_id == second.id
    assert not (await by_course(people[1])).created
    with pytest.raises(CohortFull):
        await by_course(people[2])
    waits = await by_course(people[2], may_wait=True)
    assert (waits.cohort_id, waits.status) == (first.id, "waitlisted")
    with pytest.raises(NoOpenCohort):
        await enrollment.enrol_by_course(
            school.platform, people[0], course_id=await open_course(school), learner_id=member_id(people[0])
        )


async def test_what_others_ask_of_enrollment(school: School) -> None:
    cohort, learner = await open_cohort(school), await school.person()
    seat = await enrol(school, cohort, learner)
    async with school.platform.db.read(school.tenant_id) as rx:
        info = await enrollment.active_enrollment(rx, member_id(learner), cohort.course_id)
        courses = await enrollment.courses_of(rx, member_id(learner))
        page = await enrollment.roster(rx, cohort.id)
        assert await enrollment.learner_ids(rx, course_id=cohort.course_id) == [learner.membership_id]
    assert info is not None
    assert (info.id, info.cohort_id) == (seat.id, cohort.id)
    assert [(each.course_id, each.cohort_name) for each in courses] == [(cohort.course_id, cohort.name)]
    assert [each.learner_id for each in page.items] == [learner.membership_id]
