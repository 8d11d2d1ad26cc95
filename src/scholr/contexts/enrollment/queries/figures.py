"""Figures for reports, counted when they are asked for."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class CourseSeats:
    """`learners` have a seat now, in any cohort; `enrolled_since` began since the moment that was asked for."""

    course_id: UUID
    learners: int
    enrolled_since: int
    waiting: int


@dataclass(frozen=True, slots=True)
class WeekEnrolments:
    """`week` is its Monday in the time zone that was asked for."""

    week: datetime
    enrolled: int


# One row for each course with enrolments; a scan of the tenant's enrolments by ix_enrollment_enrollment_of_course.
_BY_COURSE = statement("""
    select course_id, count(distinct learner_id) filter (where status = 'active') as learners,
        count(distinct learner_id) filter (where status = 'active' and since >= $2) as enrolled_since,
        count(*) filter (where status in ('waitlisted', 'pending')) as waiting
    from enrollment_enrollment where tenant_id = $1 group by course_id
""")

# One row a week, also for weeks in which nobody enrolled; a scan of the tenant's enrolments.
_BY_WEEK = statement("""
    with weeks as (
        select generate_series(
            date_trunc('week', $2::timestamptz, $4), date_trunc('week', $3::timestamptz, $4), interval '1 week', $4
        ) as week
    ), begun as (
        select date_trunc('week', since, $4) as week, count(*) as many from enrollment_enrollment
        where tenant_id = $1 and since >= date_trunc('week', $2::timestamptz, $4) group by 1
    )
    select weeks.week, coalesce(begun.many, 0) as enrolled
    from weeks left join begun on begun.week = weeks.week order by weeks.week
""")

# One number: learners with a seat anywhere.
_LEARNERS = statement(
    "select count(distinct learner_id) from enrollment_enrollment where tenant_id = $1 and status = 'active'"
)


async def course_seats(rx: ReadUnit, *, since: datetime) -> dict[UUID, CourseSeats]:
    """By course; courses that nobody ever enrolled in are left out."""
    return {row["course_id"]: CourseSeats(*row) for row in await rx.fetch(_BY_COURSE, since)}


async def week_enrolments(rx: ReadUnit, *, since: datetime, until: datetime, time_zone: str) -> list[WeekEnrolments]:
    """From the week of `since` to that of `until`, the oldest first."""
    return [WeekEnrolments(*row) for row in await rx.fetch(_BY_WEEK, since, until, time_zone)]


async def enrolled_learners(rx: ReadUnit) -> int:
    """Everybody with a seat in some course."""
    count: int = await rx.fetch_value(_LEARNERS)
    return count
