"""Giving seats back, and to whom they go: withdrawing, deciding requests, moving between cohorts.

Every use case here first locks the cohort's row (both rows when moving, in the order of their ids), so that the
counters, the people and the queue change together.
"""

from datetime import datetime
from typing import TypedDict
from uuid import UUID

from scholr.contexts.enrollment.errors import CohortFull, EnrollmentNotFound, NotTransferable
from scholr.contexts.enrollment.events import (
    EnrolmentDeclined,
    LearnerEnrolled,
    LearnerWaitlisted,
    LearnerWithdrawn,
)
from scholr.contexts.enrollment.model import (
    Cohort,
    CohortMode,
    CohortStatus,
    EnrollmentAction,
    EnrollmentStatus,
    Waiting,
    holds_seat,
    promote,
    require_open,
    seat_change,
    transition,
)
from scholr.contexts.enrollment.policy import ENROL_OTHERS, ENROL_SELF, MANAGE_COHORTS
from scholr.contexts.enrollment.queries import cohorts as queries
from scholr.contexts.enrollment.queries.cohorts import EnrollmentView
from scholr.contexts.enrollment.repository import seats as repository
from scholr.contexts.enrollment.tables import CohortRow, EnrollmentRow
from scholr.kernel.actor import Actor
from scholr.kernel.ids import TenantId, new_id
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import WriteUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require


@retried
async def withdraw(platform: Platform, actor: Actor, *, enrollment_id: UUID) -> EnrollmentView:
    """Give the seat (or the place in the queue, or the request) back; the next in the queue get it at once.

    Learners withdraw themselves, those who run the cohort anybody. The same again changes nothing.
    """
    require(actor, ENROL_SELF)
    async with platform.db.write(actor.tenant_id) as tx:
        cohort, row = await repository.access_enrollment(tx, actor, enrollment_id, or_own=True)
        now = platform.clock.now()
        await withdraw_row(tx, cohort, row, now)
        await promote_waiting(tx, cohort, now)
        return await _view(tx, row.id)


@retried
async def approve(platform: Platform, actor: Actor, *, enrollment_id: UUID) -> EnrollmentView:
    """Admit somebody who asked: to a seat, or to the queue when there is none and the cohort keeps one.

    Raises CohortFull when it keeps none. The same again changes nothing.
    """
    require(actor, ENROL_OTHERS)
    async with platform.db.write(actor.tenant_id) as tx:
        cohort, row = await repository.access_enrollment(tx, actor, enrollment_id)
        if row.status == EnrollmentStatus.PENDING:
            now = platform.clock.now()
            require_open(rules_of(cohort), now, by_staff=True)
            row.enrolled_by = actor.membership_id
            await _place(tx, cohort, row, now)
        return await _view(tx, row.id)


@retried
async def decline(platform: Platform, actor: Actor, *, enrollment_id: UUID) -> EnrollmentView:
    """Refuse a request or a place in the queue; that person cannot ask again, staff can still enrol them."""
    require(actor, ENROL_OTHERS)
    async with platform.db.write(actor.tenant_id) as tx:
        cohort, row = await repository.access_enrollment(tx, actor, enrollment_id)
        before = EnrollmentStatus(row.status)
        if transition(before, EnrollmentAction.DECLINE) is not before:
            now = platform.clock.now()
            _change(cohort, row, EnrollmentAction.DECLINE, now)
            await tx.emit(EnrolmentDeclined(**_facts(tx, row, now)))
        return await _view(tx, row.id)


@retried
async def transfer(platform: Platform, actor: Actor, *, enrollment_id: UUID, cohort_id: UUID) -> EnrollmentView:
    """Move a learner with a seat into another cohort of the same course, in one transaction.

    The seat left behind goes to that cohort's queue. Raises CohortFull (and then nothing has changed),
    CohortClosed, or NotTransferable when the learner has no seat or the cohort is of another course.
    """
    require(actor, MANAGE_COHORTS)
    async with platform.db.write(actor.tenant_id) as tx:
        source_id = await repository.cohort_of(tx, enrollment_id)
        for each in sorted({source_id, cohort_id}):  # always in this order, or two transfers would deadlock
            await repository.access_cohort(tx, actor, each, lock=True)
        source, row = await repository.access_enrollment(tx, actor, enrollment_id)
        target = await repository.access_cohort(tx, actor, cohort_id)
        if row.status != EnrollmentStatus.ACTIVE or target.course_id != source.course_id:
            raise NotTransferable
        if target.id == source.id:
            return await _view(tx, row.id)
        now = platform.clock.now()
        moved = await _arrive(tx, target, row.learner_id, now, by=actor.membership_id)
        await withdraw_row(tx, source, row, now)
        await promote_waiting(tx, source, now)
        return await _view(tx, moved.id)


async def promote_waiting(tx: WriteUnit, cohort: CohortRow, now: datetime) -> None:
    """Give free seats to the queue, in its order. The caller holds the cohort's lock."""
    rules = rules_of(cohort)
    if cohort.waiting == 0 or rules.free <= 0:
        return
    await tx.session.flush()
    rows = {row.id: row for row in await repository.next_in_queue(tx, cohort.id, rules.free)}
    queue = [Waiting(row.place, row.id) for row in rows.values() if row.place is not None]
    for waiting in promote(rules, queue):
        row = rows[waiting.enrollment_id]
        _change(cohort, row, EnrollmentAction.ADMIT, now)
        await tx.emit(LearnerEnrolled(**_facts(tx, row, now), after_waiting=True))


async def withdraw_row(tx: WriteUnit, cohort: CohortRow, row: EnrollmentRow, now: datetime) -> None:
    """End one enrolment. The caller holds the cohort's lock and promotes afterwards."""
    before = EnrollmentStatus(row.status)
    if transition(before, EnrollmentAction.WITHDRAW) is before:
        return
    _change(cohort, row, EnrollmentAction.WITHDRAW, now)
    await tx.emit(LearnerWithdrawn(**_facts(tx, row, now), had_seat=holds_seat(before)))


async def _arrive(
    tx: WriteUnit, cohort: CohortRow, learner_id: UUID, now: datetime, *, by: UUID | None
) -> EnrollmentRow:
    """A seat in `cohort` for somebody who comes from another one; raises CohortFull or CohortClosed."""
    rules = rules_of(cohort)
    row = await repository.enrollment_in(tx, cohort.id, learner_id)
    if row is not None and row.status == EnrollmentStatus.ACTIVE:
        return row
    require_open(rules, now, by_staff=True)
    if not rules.free_for_newcomers:
        raise CohortFull(details={"capacity": rules.capacity})
    if row is None:
        row = EnrollmentRow(
            id=new_id(),
            cohort_id=cohort.id,
            course_id=cohort.course_id,
            learner_id=learner_id,
            status=EnrollmentStatus.WITHDRAWN,
        )
        tx.session.add(row)
    row.enrolled_by = by
    _change(cohort, row, EnrollmentAction.ADMIT, now)
    await tx.emit(LearnerEnrolled(**_facts(tx, row, now), enrolled_by=by))
    return row


async def _place(tx: WriteUnit, cohort: CohortRow, row: EnrollmentRow, now: datetime) -> None:
    """A seat, or a place at the end of the queue."""
    rules, by = rules_of(cohort), row.enrolled_by
    if rules.free_for_newcomers:
        _change(cohort, row, EnrollmentAction.ADMIT, now)
        await tx.emit(LearnerEnrolled(**_facts(tx, row, now), after_waiting=True, enrolled_by=by))
    elif cohort.waitlist:
        _change(cohort, row, EnrollmentAction.QUEUE, now)
        await tx.emit(LearnerWaitlisted(**_facts(tx, row, now), enrolled_by=by))
    else:
        raise CohortFull(details={"capacity": rules.capacity})


def _change(cohort: CohortRow, row: EnrollmentRow, action: EnrollmentAction, now: datetime) -> None:
    """Move one enrolment to its next state and keep the cohort's counters true to it."""
    before = EnrollmentStatus(row.status)
    after = transition(before, action)
    waited, waits = before is EnrollmentStatus.WAITLISTED, after is EnrollmentStatus.WAITLISTED
    cohort.taken += seat_change(before, after)
    cohort.waiting += waits - waited
    if waits and not waited:
        cohort.last_place += 1
        row.place = cohort.last_place
    if not waits:
        row.place = None
    if after is EnrollmentStatus.ACTIVE:
        row.since, row.ended_at = now, None
    elif not waits:
        row.ended_at = now
    row.status = after


def rules_of(row: CohortRow) -> Cohort:
    """The cohort as the model's rules take it."""
    return Cohort(
        capacity=row.capacity,
        taken=row.taken,
        waiting=row.waiting,
        mode=CohortMode(row.mode),
        status=CohortStatus(row.status),
        waitlist=row.waitlist,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        ends_at=row.ends_at,
    )


class _Facts(TypedDict):
    tenant_id: TenantId
    aggregate_id: UUID
    occurred_at: datetime
    cohort_id: UUID
    course_id: UUID
    learner_id: UUID


def _facts(tx: WriteUnit, row: EnrollmentRow, now: datetime) -> _Facts:
    """What every event about an enrolment says."""
    return _Facts(
        tenant_id=tx.require_tenant(),
        aggregate_id=row.id,
        occurred_at=now,
        cohort_id=row.cohort_id,
        course_id=row.course_id,
        learner_id=row.learner_id,
    )


async def _view(tx: WriteUnit, enrollment_id: UUID) -> EnrollmentView:
    await tx.session.flush()
    found = await queries.enrollment(tx, enrollment_id)
    if found is None:
        raise EnrollmentNotFound
    return found
