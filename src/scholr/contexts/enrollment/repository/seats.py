"""Loads and saves of cohorts and enrolments."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record
from sqlalchemy import delete, select

from scholr.contexts.enrollment.errors import CohortNotFound, EnrollmentNotFound
from scholr.contexts.enrollment.policy import MANAGE_COHORTS
from scholr.contexts.enrollment.tables import CohortRow, EnrollmentRow, InstructorRow
from scholr.kernel.actor import Actor, Role
from scholr.kernel.ids import MembershipId, TenantId, new_id
from scholr.platform.db.database import Database
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit, WriteUnit
from scholr.platform.outbox.trace import current_traceparent
from scholr.platform.security.permissions import may

# One row: outcome, enrollment_id, status, place, course_id, enrolled_by. The whole transaction; see migration 0006.
_ENROL = statement("select * from enrollment_enrol($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) -- tenant_id")

# One row, once; the first announcement counts.
_FINISH = statement("""
    insert into enrollment_finished (tenant_id, learner_id, course_id, finished_at) values ($1, $2, $3, $4)
    on conflict (tenant_id, learner_id, course_id) do nothing
""")

# Any number, in one array; served by the primary key.
_EXTEND = statement("""
    update enrollment_enrollment set extended_until = $3, updated_at = now()
    where tenant_id = $1 and id = any($2::uuid[])
""")


async def enrol(
    db: Database,
    tenant_id: TenantId,
    *,
    cohort_id: UUID,
    learner_id: UUID,
    now: datetime,
    by_self: bool,
    may_wait: bool,
    instructor_id: UUID | None,
    enrolled_by: UUID | None,
) -> Record:
    """Find or create the enrolment in one round trip; the cohort's row is locked for this one statement only.

    `instructor_id` is set where the one who enrols has to run this cohort, `enrolled_by` where it is not the learner.
    """
    ids = (cohort_id, learner_id, new_id(), new_id())
    rules = (now, by_self, may_wait, instructor_id, enrolled_by)
    rows = await db.call(_ENROL, tenant_id, *ids, *rules, current_traceparent.get())
    return rows[0]


def add_cohort(tx: WriteUnit, row: CohortRow, instructor_id: MembershipId | None) -> None:
    tx.session.add(row)
    if instructor_id is not None:
        tx.session.add(InstructorRow(cohort_id=row.id, instructor_id=instructor_id))


async def access_cohort(rx: ReadUnit, actor: Actor, cohort_id: UUID, *, lock: bool = False) -> CohortRow:
    """The cohort, when the actor runs it; raises CohortNotFound otherwise.

    Owners and administrators run every cohort, instructors those that they are assigned to. `lock` takes
    the row lock under which seats are given and freed, held until the transaction ends.
    """
    wanted = select(CohortRow).where(CohortRow.id == cohort_id)
    if not actor.has_role(Role.OWNER, Role.ADMIN):
        assigned = select(InstructorRow.cohort_id).where(InstructorRow.instructor_id == actor.membership_id)
        wanted = wanted.where(CohortRow.id.in_(assigned))
    row = await rx.session.scalar(wanted.with_for_update(key_share=True) if lock else wanted)
    if row is None:
        raise CohortNotFound
    return row


async def access_enrollment(
    tx: WriteUnit, actor: Actor, enrollment_id: UUID, *, or_own: bool = False
) -> tuple[CohortRow, EnrollmentRow]:
    """The enrolment with its cohort, both locked, the cohort first; raises EnrollmentNotFound.

    `or_own`: the learner may reach their own as well as those who run the cohort.
    """
    cohort_id = await cohort_of(tx, enrollment_id)
    cohort = await lock_cohort(tx, cohort_id)
    found = select(EnrollmentRow).where(EnrollmentRow.id == enrollment_id).with_for_update()
    row = await tx.session.scalar(found)
    if row is None:
        raise EnrollmentNotFound
    if not (or_own and row.learner_id == actor.membership_id) and not await runs(tx, actor, cohort_id):
        raise EnrollmentNotFound
    return cohort, row


async def cohort_of(rx: ReadUnit, enrollment_id: UUID) -> UUID:
    """Where an enrolment belongs, which never changes; raises EnrollmentNotFound."""
    found = await rx.session.scalar(select(EnrollmentRow.cohort_id).where(EnrollmentRow.id == enrollment_id))
    if found is None:
        raise EnrollmentNotFound
    return found


async def runs(rx: ReadUnit, actor: Actor, cohort_id: UUID) -> bool:
    """Whether the actor may change this cohort."""
    if not may(actor, MANAGE_COHORTS):
        return False
    return actor.has_role(Role.OWNER, Role.ADMIN) or await is_assigned(rx, actor, cohort_id)


async def is_assigned(rx: ReadUnit, actor: Actor, cohort_id: UUID) -> bool:
    """Whether the actor is among those who run this cohort; served by the primary key."""
    assigned = select(InstructorRow.cohort_id).where(
        InstructorRow.cohort_id == cohort_id, InstructorRow.instructor_id == actor.membership_id
    )
    return await rx.session.scalar(assigned) is not None


async def lock_cohort(tx: WriteUnit, cohort_id: UUID) -> CohortRow:
    """Take the lock under which seats are given and freed; raises CohortNotFound."""
    wanted = select(CohortRow).where(CohortRow.id == cohort_id).with_for_update(key_share=True)
    row = await tx.session.scalar(wanted.execution_options(populate_existing=True))
    if row is None:
        raise CohortNotFound
    return row


async def enrollment_in(tx: WriteUnit, cohort_id: UUID, learner_id: UUID) -> EnrollmentRow | None:
    """Served by uq_enrollment_enrollment_learner. The caller holds the cohort's lock."""
    wanted = select(EnrollmentRow).where(EnrollmentRow.cohort_id == cohort_id, EnrollmentRow.learner_id == learner_id)
    return await tx.session.scalar(wanted.with_for_update())


async def next_in_queue(tx: WriteUnit, cohort_id: UUID, limit: int) -> list[EnrollmentRow]:
    """The first of the queue, in order; served by uq_enrollment_enrollment_place. The caller holds the lock."""
    wanted = select(EnrollmentRow).where(EnrollmentRow.cohort_id == cohort_id, EnrollmentRow.status == "waitlisted")
    found = await tx.session.scalars(wanted.order_by(EnrollmentRow.place).limit(limit).with_for_update())
    return list(found)


async def living(tx: WriteUnit, enrollment_ids: Sequence[UUID]) -> list[EnrollmentRow]:
    """Those of these enrolments that have a seat or wait, locked. The caller holds their cohort's lock."""
    wanted = select(EnrollmentRow).where(
        EnrollmentRow.id.in_(enrollment_ids), EnrollmentRow.status.in_(("active", "waitlisted"))
    )
    return list(await tx.session.scalars(wanted.order_by(EnrollmentRow.id).with_for_update()))


async def extend(tx: WriteUnit, enrollment_ids: Sequence[UUID], until: datetime) -> None:
    """Give these learners an end of their own."""
    await tx.execute(_EXTEND, list(enrollment_ids), until)


async def set_instructors(tx: WriteUnit, cohort_id: UUID, instructor_ids: Iterable[UUID]) -> None:
    """Make exactly these people the ones who run the cohort."""
    await tx.session.execute(delete(InstructorRow).where(InstructorRow.cohort_id == cohort_id))
    tx.session.add_all(InstructorRow(cohort_id=cohort_id, instructor_id=each) for each in instructor_ids)


async def finish(tx: WriteUnit, learner_id: UUID, course_id: UUID, at: datetime) -> None:
    """Remember that the learner has finished the course; the same again changes nothing."""
    await tx.execute(_FINISH, learner_id, course_id, at)
