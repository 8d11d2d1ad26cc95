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


# One row for each course with enrolments. Seats are walked in the order of ix_enrollment_enrollment_of_course, so that
# a learner's several seats in a course count once without a sort; who waits is what the cohorts count, and
# ix_enrollment_enrollment_pending.
_BY_COURSE = statement("""
    with active as (
        select course_id, count(*) as learners, count(*) filter (where latest >= $2) as enrolled_since
        from (
            select course_id, learner_id, max(since) as latest from enrollment_enrollment
            where tenant_id = $1 and status = 'active'
            group by course_id, learner_id order by course_id, learner_id
        ) seats
        group by course_id
    ), known as (
        select c.course_id, sum(c.waiting + (
            select count(*) from enrollment_enrollment p
            where p.tenant_id = $1 and p.cohort_id = c.id and p.status = 'pending'))::bigint as waiting
        from enrollment_cohort c
        where c.tenant_id = $1
          and exists (select from enrollment_enrollment e where e.tenant_id = $1 and e.cohort_id = c.id)
        group by c.course_id
    )
    select k.course_id, coalesce(a.learners, 0) as learners, coalesce(a.enrolled_since, 0) as enrolled_since, k.waiting
    from known k left join active a on a.course_id = k.course_id
""")

# One row a week, also for weeks in which nobody enrolled; a scan of the tenant's enrolments. The weeks' beginnings are
# found once and compared with: date_trunc for each row costs three times as much.
_BY_WEEK = statement("""
    with weeks as (
        select array_agg(week order by week) as starts from generate_series(
            date_trunc('week', $2::timestamptz, $4), date_trunc('week', $3::timestamptz, $4), interval '1 week', $4
        ) as week
    ), begun as (
        select width_bucket(since, (select starts from weeks)) as number, count(*) as many from enrollment_enrollment
        where tenant_id = $1 and since >= (select starts[1] from weeks) group by 1
    )
    select w.week, coalesce(begun.many, 0) as enrolled
    from weeks cross join lateral unnest(weeks.starts) with ordinality as w (week, number)
    left join begun on begun.number = w.number order by w.week
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


# Sums over the tenant's cohorts, of which there are some hundreds; seats are counted on their rows.
_MOST_TAKEN_UP = statement(
    "select course_id from enrollment_cohort where tenant_id = $1"
    " group by course_id having sum(taken) > 0 order by sum(taken) desc, course_id limit $2"
)


async def most_taken_up(rx: ReadUnit, *, most: int) -> list[UUID]:
    """The courses that most people are in, those with most first; not all of them need be published still."""
    return [row["course_id"] for row in await rx.fetch(_MOST_TAKEN_UP, most)]
