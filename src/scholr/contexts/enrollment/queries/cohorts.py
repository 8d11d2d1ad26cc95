"""Reads about cohorts, seats and queues."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from scholr.contexts.enrollment.errors import NotEnrolled
from scholr.contexts.enrollment.model import Cohort, CohortMode, CohortStatus
from scholr.kernel.actor import Actor, Role
from scholr.kernel.ids import MembershipId
from scholr.kernel.pagination import Page, check_limit, page_of
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class EnrollmentInfo:
    """An active enrolment: the learner has a seat. `ends_at` is the cohort's end or the learner's own, later one."""

    id: UUID
    cohort_id: UUID
    course_id: UUID
    learner_id: MembershipId
    since: datetime
    starts_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class EnrolledCourse:
    """A course that a learner is in, through which cohort, since and until when."""

    course_id: UUID
    cohort_id: UUID
    cohort_name: str
    starts_at: datetime | None
    ends_at: datetime | None
    since: datetime


@dataclass(frozen=True, slots=True)
class CohortView:
    """`waiting` people queue for a seat, `pending` ones wait for a decision."""

    id: UUID
    course_id: UUID
    name: str
    mode: str
    status: str
    waitlist: bool
    capacity: int
    taken: int
    waiting: int
    pending: int
    opens_at: datetime | None
    closes_at: datetime | None
    starts_at: datetime | None
    ends_at: datetime | None
    created_at: datetime

    @property
    def rules(self) -> Cohort:
        """The cohort as the model's rules take it."""
        return Cohort(
            capacity=self.capacity,
            taken=self.taken,
            waiting=self.waiting,
            mode=CohortMode(self.mode),
            status=CohortStatus(self.status),
            waitlist=self.waitlist,
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            ends_at=self.ends_at,
        )


@dataclass(frozen=True, slots=True)
class EnrollmentView:
    """One learner in one cohort. `position` counts from 1 in the queue; None outside it.

    `enrolled_by` is the member who gave the seat or the place in the queue; None where the learner took it.
    """

    id: UUID
    cohort_id: UUID
    course_id: UUID
    learner_id: MembershipId
    status: str
    position: int | None
    since: datetime | None
    ended_at: datetime | None
    created_at: datetime
    enrolled_by: MembershipId | None


_COHORT_COLUMNS = """
    c.id, c.course_id, c.name, c.mode, c.status, c.waitlist, c.capacity, c.taken, c.waiting,
    (select count(*) from enrollment_enrollment p
     where p.tenant_id = c.tenant_id and p.cohort_id = c.id and p.status = 'pending') as pending,
    c.opens_at, c.closes_at, c.starts_at, c.ends_at, c.created_at
"""

_ENROLLMENT_COLUMNS = """
    e.id, e.cohort_id, e.course_id, e.learner_id, e.status,
    case when e.status = 'waitlisted' then (
        select count(*) from enrollment_enrollment w
        where w.tenant_id = e.tenant_id and w.cohort_id = e.cohort_id and w.status = 'waitlisted' and w.place <= e.place
    ) end as position,
    e.since, e.ended_at, e.created_at, e.enrolled_by
"""

# The learner's newest seat in a course; served by ix_enrollment_enrollment_of_course, one row as a rule.
_ACTIVE = statement("""
    select e.id, e.cohort_id, e.course_id, e.learner_id, e.since, c.starts_at,
        case when c.ends_at is not null then greatest(c.ends_at, e.extended_until) end
    from enrollment_enrollment e
    join enrollment_cohort c on c.tenant_id = e.tenant_id and c.id = e.cohort_id
    where e.tenant_id = $1 and e.course_id = $2 and e.learner_id = $3 and e.status = 'active'
    order by e.since desc limit 1
""")

# Every course of one learner, newest first; served by ix_enrollment_enrollment_of_learner.
_COURSES_OF = statement("""
    select distinct on (e.course_id) e.course_id, e.cohort_id, c.name, c.starts_at,
        case when c.ends_at is not null then greatest(c.ends_at, e.extended_until) end, e.since
    from enrollment_enrollment e
    join enrollment_cohort c on c.tenant_id = e.tenant_id and c.id = e.cohort_id
    where e.tenant_id = $1 and e.learner_id = $2 and e.status = 'active'
    order by e.course_id, e.since desc
""")

# Ids of those with a seat, of a course or of one cohort; served by ix_enrollment_enrollment_of_course
# and uq_enrollment_enrollment_learner.
_LEARNERS_OF_COURSE = statement("""
    select distinct learner_id from enrollment_enrollment
    where tenant_id = $1 and course_id = $2 and status = 'active' order by learner_id
""")
_LEARNERS_OF_COHORT = statement("""
    select learner_id from enrollment_enrollment
    where tenant_id = $1 and cohort_id = $2 and status = 'active' order by learner_id
""")

# One row by primary key.
_COHORT = statement(f"select {_COHORT_COLUMNS} from enrollment_cohort c where c.tenant_id = $1 and c.id = $2")

# All cohorts of a course in the order in which they were made (ix_enrollment_cohort_course): a handful.
_COHORTS_OF_COURSE = statement(f"""
    select {_COHORT_COLUMNS} from enrollment_cohort c
    where c.tenant_id = $1 and c.course_id = $2
      and ($3::uuid is null or exists (select from enrollment_instructor i
           where i.tenant_id = c.tenant_id and i.cohort_id = c.id and i.instructor_id = $3))
    order by c.id
""")

# Cohorts that take people, the newest first; bounded, for menus and for what an import may name.
_OPEN_COHORTS = statement(f"""
    select {_COHORT_COLUMNS} from enrollment_cohort c
    where c.tenant_id = $1 and c.status = 'open' and (c.ends_at is null or c.ends_at > now())
    order by c.id desc limit 2000
""")

# A page of cohorts, newest first, of one course or all, of one instructor or all; walks the primary key backwards.
_COHORT_PAGE = statement(f"""
    select {_COHORT_COLUMNS} from enrollment_cohort c
    where c.tenant_id = $1 and ($2::uuid is null or c.id < $2) and ($3::uuid is null or c.course_id = $3)
      and ($4::uuid is null or exists (select from enrollment_instructor i
           where i.tenant_id = c.tenant_id and i.cohort_id = c.id and i.instructor_id = $4))
    order by c.id desc limit $5
""")

# A page of one cohort's people by enrolment id; served by the primary key and uq_enrollment_enrollment_learner.
_ROSTER = statement(f"""
    select {_ENROLLMENT_COLUMNS} from enrollment_enrollment e
    where e.tenant_id = $1 and e.cohort_id = $2 and e.status = any($3::text[]) and ($4::uuid is null or e.id > $4)
    order by e.id limit $5
""")

# The queue in its order; served by uq_enrollment_enrollment_place.
_QUEUE = statement(f"""
    select {_ENROLLMENT_COLUMNS} from enrollment_enrollment e
    where e.tenant_id = $1 and e.cohort_id = $2 and e.status = 'waitlisted' order by e.place limit $3
""")

# One row by primary key.
_ENROLLMENT = statement(
    f"select {_ENROLLMENT_COLUMNS} from enrollment_enrollment e where e.tenant_id = $1 and e.id = $2"
)

# What one learner has in one course, whatever its state; served by ix_enrollment_enrollment_of_learner.
_OF_LEARNER_IN_COURSE = statement(f"""
    select {_ENROLLMENT_COLUMNS} from enrollment_enrollment e
    where e.tenant_id = $1 and e.learner_id = $2 and e.course_id = $3 order by e.updated_at desc
""")

# The handful of people who run a cohort; served by the primary key.
_INSTRUCTORS = statement(
    "select instructor_id from enrollment_instructor where tenant_id = $1 and cohort_id = $2 order by instructor_id"
)


async def active_enrollment(rx: ReadUnit, learner_id: MembershipId, course_id: UUID) -> EnrollmentInfo | None:
    """The learner's seat in the course; the newest when there are several."""
    row = await rx.fetch_row(_ACTIVE, course_id, learner_id)
    return EnrollmentInfo(*row) if row else None


async def require_enrolled(rx: ReadUnit, actor: Actor, course_id: UUID) -> EnrollmentInfo:
    """The actor's own seat in the course; raises NotEnrolled (not found: nothing is said about the course)."""
    found = await active_enrollment(rx, actor.membership_id, course_id) if actor.membership_id else None
    if found is None:
        raise NotEnrolled
    return found


async def courses_of(rx: ReadUnit, learner_id: MembershipId) -> list[EnrolledCourse]:
    """Every course in which the learner has a seat, the newest first."""
    rows = await rx.fetch(_COURSES_OF, learner_id)
    return sorted((EnrolledCourse(*row) for row in rows), key=lambda each: each.since, reverse=True)


async def learner_ids(
    rx: ReadUnit, *, course_id: UUID | None = None, cohort_id: UUID | None = None
) -> list[MembershipId]:
    """Everybody with a seat in the cohort, or in any cohort of the course, in the order of their ids."""
    if (course_id is None) == (cohort_id is None):
        raise ValueError("name either a course or a cohort")
    of_cohort = cohort_id is not None
    rows = await rx.fetch(_LEARNERS_OF_COHORT if of_cohort else _LEARNERS_OF_COURSE, cohort_id or course_id)
    return [row["learner_id"] for row in rows]


async def cohort(rx: ReadUnit, cohort_id: UUID) -> CohortView | None:
    row = await rx.fetch_row(_COHORT, cohort_id)
    return CohortView(*row) if row else None


async def list_cohorts(rx: ReadUnit, course_id: UUID, *, run_by: MembershipId | None = None) -> list[CohortView]:
    """The cohorts of a course, the first made first: the order in which enrolling by course tries them."""
    return [CohortView(*row) for row in await rx.fetch(_COHORTS_OF_COURSE, course_id, run_by)]


async def open_cohorts(rx: ReadUnit) -> list[CohortView]:
    """The newest 2,000 cohorts that are open and have not ended."""
    return [CohortView(*row) for row in await rx.fetch(_OPEN_COHORTS)]


async def cohort_page(
    rx: ReadUnit,
    *,
    course_id: UUID | None = None,
    instructor_id: MembershipId | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> Page[CohortView]:
    """Cohorts, newest first; of one course, of one instructor, or all. `before` is the cursor."""
    rows = await rx.fetch(_COHORT_PAGE, before, course_id, instructor_id, check_limit(limit) + 1)
    return page_of([CohortView(*row) for row in rows], limit, lambda last: str(last.id))


async def cohorts_of_instructor(rx: ReadUnit, instructor_id: MembershipId) -> list[CohortView]:
    """The newest 200 cohorts that the instructor runs."""
    return list((await cohort_page(rx, instructor_id=instructor_id, limit=200)).items)


def oversees(actor: Actor) -> bool:
    """Whether the actor sees every cohort of the organisation, not only those they are assigned to."""
    return actor.has_role(Role.OWNER, Role.ADMIN, Role.AUDITOR)


async def cohorts_for(
    rx: ReadUnit, actor: Actor, *, course_id: UUID | None = None, before: UUID | None = None, limit: int = 50
) -> Page[CohortView]:
    """What the actor's cohort list shows: everything to those who oversee, to an instructor their own."""
    mine = None if oversees(actor) else actor.membership_id
    return await cohort_page(rx, course_id=course_id, instructor_id=mine, before=before, limit=limit)


async def roster(
    rx: ReadUnit,
    cohort_id: UUID,
    *,
    statuses: Sequence[str] = ("active",),
    after: UUID | None = None,
    limit: int = 50,
) -> Page[EnrollmentView]:
    """The cohort's people in the order of their enrolments. `after` is the cursor."""
    rows = await rx.fetch(_ROSTER, cohort_id, list(statuses), after, check_limit(limit) + 1)
    return page_of(_enrollments(rows), limit, lambda last: str(last.id))


async def queue(rx: ReadUnit, cohort_id: UUID, *, limit: int = 200) -> list[EnrollmentView]:
    """Who waits for a seat, the next one first."""
    return _enrollments(await rx.fetch(_QUEUE, cohort_id, limit))


async def enrollment(rx: ReadUnit, enrollment_id: UUID) -> EnrollmentView | None:
    row = await rx.fetch_row(_ENROLLMENT, enrollment_id)
    return EnrollmentView(*row) if row else None


async def enrollments_in_course(rx: ReadUnit, learner_id: MembershipId, course_id: UUID) -> list[EnrollmentView]:
    """Everything the learner has, had or asked for in the course, the latest change first."""
    return _enrollments(await rx.fetch(_OF_LEARNER_IN_COURSE, learner_id, course_id))


async def instructors_of(rx: ReadUnit, cohort_id: UUID) -> list[MembershipId]:
    return [row["instructor_id"] for row in await rx.fetch(_INSTRUCTORS, cohort_id)]


def _enrollments(rows: Sequence[Record]) -> list[EnrollmentView]:
    return [EnrollmentView(*row) for row in rows]
