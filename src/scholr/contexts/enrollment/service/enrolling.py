"""Getting a seat."""

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment.errors import (
    CohortClosed,
    CohortFull,
    CohortNotFound,
    EnrollmentDeclinedBefore,
    EnrollmentNotOpen,
    LearnerNotFound,
    StaffEnrolOnly,
)
from scholr.contexts.enrollment.model import Candidate, EnrollmentStatus, order_of_trial
from scholr.contexts.enrollment.policy import ENROL_OTHERS, ENROL_SELF
from scholr.contexts.enrollment.queries import cohorts as queries
from scholr.contexts.enrollment.repository import seats as repository
from scholr.contexts.enrollment.service.prerequisites import enrols_self, missing_prerequisites, refusal
from scholr.kernel.actor import Actor, Role
from scholr.kernel.errors import DomainError, Unauthenticated
from scholr.kernel.ids import MembershipId
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import ReadUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require

_LIVING = (EnrollmentStatus.ACTIVE, EnrollmentStatus.WAITLISTED, EnrollmentStatus.PENDING)
_REFUSALS: dict[str, type[DomainError]] = {
    "no_cohort": CohortNotFound,
    "no_learner": LearnerNotFound,
    "closed": CohortClosed,
    "not_open": EnrollmentNotOpen,
    "staff_only": StaffEnrolOnly,
    "declined": EnrollmentDeclinedBefore,
    "full": CohortFull,
}


@dataclass(frozen=True, slots=True)
class Enrolled:
    """`status` is active, pending (asked, to be decided) or waitlisted; `created` False found it as it was.

    `position` counts from 1 in the queue; None outside it. `enrolled_by` is None where the learner did.
    """

    id: UUID
    cohort_id: UUID
    course_id: UUID
    learner_id: MembershipId
    status: str
    position: int | None
    created: bool
    enrolled_by: MembershipId | None


@retried
async def enrol(
    platform: Platform, actor: Actor, *, cohort_id: UUID, learner_id: MembershipId, may_wait: bool = False
) -> Enrolled:
    """Give the learner a seat; the same again changes nothing.

    Staff enrol whom they like, whatever that person has finished; others only themselves, as far as the cohort and
    the course's prerequisites allow. With `may_wait` a full cohort answers with a place in its queue instead of
    CohortFull.
    """
    by_self = enrols_self(actor, learner_id)
    if by_self:
        await _require_open_to(platform, actor, cohort_id)
    else:
        require(actor, ENROL_OTHERS)
    return await _take_seat(platform, actor, cohort_id, learner_id, by_self=by_self, may_wait=may_wait)


@retried
async def enrol_by_course(
    platform: Platform, actor: Actor, *, course_id: UUID, learner_id: MembershipId, may_wait: bool = False
) -> Enrolled:
    """A seat in the first cohort of the course that is open and has one; what the learner has already is kept.

    Staff who run only some of the cohorts use only those. With `may_wait` the first open cohort with a queue
    takes whom no cohort has a seat for. Raises CohortFull or NoOpenCohort.
    """
    by_self = enrols_self(actor, learner_id)
    require(actor, ENROL_SELF if by_self else ENROL_OTHERS)
    async with platform.db.read(actor.tenant_id) as rx:
        await catalog.access_course(rx, actor, course_id)
        existing = await queries.enrollments_in_course(rx, learner_id, course_id)
        runs_all = by_self or actor.has_role(Role.OWNER, Role.ADMIN)
        found = await queries.list_cohorts(rx, course_id, run_by=None if runs_all else actor.membership_id)
    kept = next((each for each in existing if each.status in _LIVING), None)
    if kept is not None:
        return await enrol(platform, actor, cohort_id=kept.cohort_id, learner_id=learner_id)
    candidates = [Candidate(each.id, each.rules) for each in found]
    for candidate in order_of_trial(candidates, platform.clock.now(), by_staff=not by_self, may_wait=may_wait):
        # A seat may be gone between the look and the try; then the next cohort is tried.
        with suppress(CohortFull):
            return await enrol(
                platform, actor, cohort_id=candidate.cohort_id, learner_id=learner_id, may_wait=candidate.to_wait
            )
    raise CohortFull


async def _require_open_to(platform: Platform, actor: Actor, cohort_id: UUID) -> None:
    """Whoever enrols by themselves must be able to see the course, and have finished what comes before it.

    Two statements; more only where the course has prerequisites. Whoever is in already is not asked again.
    """
    require(actor, ENROL_SELF)
    async with platform.db.read(actor.tenant_id) as rx:
        found = await queries.cohort(rx, cohort_id)
        if found is None:
            raise CohortNotFound
        entry = await catalog.access_entry(rx, actor, found.course_id)
        missing = await missing_prerequisites(rx, actor, entry.requires)
        if missing and not await _is_in(rx, actor, found):
            raise refusal(missing)


async def _is_in(rx: ReadUnit, actor: Actor, cohort: queries.CohortView) -> bool:
    if actor.membership_id is None:
        return False
    own = await queries.enrollments_in_course(rx, actor.membership_id, cohort.course_id)
    return any(each.cohort_id == cohort.id and each.status in _LIVING for each in own)


async def _take_seat(
    platform: Platform, actor: Actor, cohort_id: UUID, learner_id: MembershipId, *, by_self: bool, may_wait: bool
) -> Enrolled:
    if actor.tenant_id is None:
        raise Unauthenticated
    runs_all = by_self or actor.has_role(Role.OWNER, Role.ADMIN)
    row = await repository.enrol(
        platform.db,
        actor.tenant_id,
        cohort_id=cohort_id,
        learner_id=learner_id,
        now=platform.clock.now(),
        by_self=by_self,
        may_wait=may_wait,
        instructor_id=None if runs_all else actor.membership_id,
        enrolled_by=None if learner_id == actor.membership_id else actor.membership_id,
    )
    outcome = row["outcome"]
    if outcome in _REFUSALS:
        raise _REFUSALS[outcome]
    return Enrolled(
        id=row["enrollment_id"],
        cohort_id=cohort_id,
        course_id=row["course_id"],
        learner_id=learner_id,
        status=row["status"],
        position=await _position(platform, actor, row) if row["status"] == EnrollmentStatus.WAITLISTED else None,
        created=outcome == "created",
        enrolled_by=row["enrolled_by"],
    )


async def _position(platform: Platform, actor: Actor, row: Record) -> int | None:
    async with platform.db.read(actor.tenant_id) as rx:
        found = await queries.enrollment(rx, row["enrollment_id"])
    return found.position if found else None
