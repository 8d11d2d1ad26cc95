"""What people and programs may read: policy around the queries."""

from uuid import UUID

from scholr.contexts.enrollment.errors import CohortNotFound, EnrollmentNotFound
from scholr.contexts.enrollment.policy import ENROLMENT_READ, ROSTER_READ, SEE_COHORTS, SEE_OWN
from scholr.contexts.enrollment.queries import cohorts as queries
from scholr.contexts.enrollment.queries.cohorts import CohortView, EnrollmentView
from scholr.contexts.enrollment.repository import seats as repository
from scholr.kernel.actor import Actor
from scholr.kernel.pagination import Page
from scholr.platform.audit import note
from scholr.platform.db.unit import ReadUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require


async def list_cohorts(
    platform: Platform, actor: Actor, *, course_id: UUID | None = None, before: UUID | None = None, limit: int = 50
) -> Page[CohortView]:
    """The cohorts that the actor oversees or runs, the newest first."""
    require(actor, SEE_COHORTS)
    async with platform.db.read(actor.tenant_id) as rx:
        return await queries.cohorts_for(rx, actor, course_id=course_id, before=before, limit=limit)


async def read_cohort(platform: Platform, actor: Actor, *, cohort_id: UUID) -> CohortView:
    require(actor, SEE_COHORTS)
    async with platform.db.read(actor.tenant_id) as rx:
        return await access_cohort(rx, actor, cohort_id)


async def access_cohort(rx: ReadUnit, actor: Actor, cohort_id: UUID) -> CohortView:
    """The cohort if the actor may look into it; raises CohortNotFound."""
    found = await queries.cohort(rx, cohort_id)
    if found is None or not await _sees(rx, actor, cohort_id):
        raise CohortNotFound
    return found


async def list_enrollments(
    platform: Platform, actor: Actor, *, cohort_id: UUID, after: UUID | None = None, limit: int = 50
) -> Page[EnrollmentView]:
    """Everybody who has a seat, waits, or asked, in the order of their enrolments."""
    require(actor, SEE_COHORTS)
    async with platform.db.read(actor.tenant_id) as rx:
        await access_cohort(rx, actor, cohort_id)
        page = await queries.roster(
            rx, cohort_id, statuses=("active", "pending", "waitlisted"), after=after, limit=limit
        )
    await note(platform, actor, ROSTER_READ, cohort_id)
    return page


async def read_enrollment(platform: Platform, actor: Actor, *, enrollment_id: UUID) -> EnrollmentView:
    """One's own, or one of a cohort that the actor may look into."""
    require(actor, SEE_OWN)
    async with platform.db.read(actor.tenant_id) as rx:
        found = await queries.enrollment(rx, enrollment_id)
        if found is None:
            raise EnrollmentNotFound
        if found.learner_id != actor.membership_id and not await _sees(rx, actor, found.cohort_id):
            raise EnrollmentNotFound
    await note(platform, actor, ENROLMENT_READ, enrollment_id, owner=found.learner_id)
    return found


async def _sees(rx: ReadUnit, actor: Actor, cohort_id: UUID) -> bool:
    if not may(actor, SEE_COHORTS):
        return False
    return queries.oversees(actor) or await repository.is_assigned(rx, actor, cohort_id)
