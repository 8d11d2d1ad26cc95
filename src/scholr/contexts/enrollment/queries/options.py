"""What a course page offers to one person: their own state, and the cohorts that they could join."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from scholr.contexts.enrollment.model import CohortMode, EnrollmentStatus
from scholr.contexts.enrollment.queries.cohorts import (
    CohortView,
    EnrollmentView,
    enrollments_in_course,
    list_cohorts,
)
from scholr.kernel.actor import Actor
from scholr.platform.db.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class CohortOption:
    """`way` is free (a seat at once), ask (needs a yes), queue (full, one may wait), full, or later (not open yet).

    `at` is when enrolment opens, for `later`.
    """

    id: UUID
    name: str
    way: str
    free: int
    waiting: int
    starts_at: datetime | None
    ends_at: datetime | None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EnrolOptions:
    """`mine` is what the actor has or asked for in the course (active, pending, waitlisted, declined), if anything."""

    mine: EnrollmentView | None
    cohort_name: str | None
    choices: tuple[CohortOption, ...]


async def enrol_options(rx: ReadUnit, actor: Actor, course_id: UUID, now: datetime) -> EnrolOptions:
    """In two statements. Who is in, waits or has asked is offered nothing else."""
    cohorts = await list_cohorts(rx, course_id)
    own = await enrollments_in_course(rx, actor.membership_id, course_id) if actor.membership_id else []
    telling = [each for each in own if each.status != EnrollmentStatus.WITHDRAWN]
    mine = min(telling, key=lambda each: _WEIGHT[EnrollmentStatus(each.status)], default=None)
    names = {each.id: each.name for each in cohorts}
    settled = mine is not None and mine.status != EnrollmentStatus.DECLINED
    declined = {each.cohort_id for each in own if each.status == EnrollmentStatus.DECLINED}
    options = () if settled else tuple(_option(each, now) for each in cohorts if each.id not in declined)
    return EnrolOptions(
        mine, names.get(mine.cohort_id) if mine else None, tuple(each for each in options if each is not None)
    )


_WEIGHT = {
    EnrollmentStatus.ACTIVE: 0,
    EnrollmentStatus.WAITLISTED: 1,
    EnrollmentStatus.PENDING: 2,
    EnrollmentStatus.DECLINED: 3,
}


def _option(cohort: CohortView, now: datetime) -> CohortOption | None:
    """None for a cohort into which nobody gets by themselves any more."""
    closed = cohort.status != "open" or cohort.mode == CohortMode.STAFF
    over = any(moment is not None and moment <= now for moment in (cohort.closes_at, cohort.ends_at))
    if closed or over:
        return None
    opens_at = cohort.opens_at if cohort.opens_at is not None and cohort.opens_at > now else None
    return CohortOption(
        cohort.id,
        cohort.name,
        _way(cohort, opens_at),
        cohort.rules.free_for_newcomers,
        cohort.waiting,
        cohort.starts_at,
        cohort.ends_at,
        opens_at,
    )


def _way(cohort: CohortView, opens_at: datetime | None) -> str:
    if opens_at is not None:
        return "later"
    if cohort.mode == CohortMode.APPROVAL:
        return "ask"
    if cohort.rules.free_for_newcomers:
        return "free"
    return "queue" if cohort.waitlist else "full"
