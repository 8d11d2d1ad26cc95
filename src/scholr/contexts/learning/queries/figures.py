"""Figures for reports, counted when they are asked for."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class CourseFigures:
    """Everybody who did something in a course. `active` counts those since the moment that was asked for.

    `median_percent` is over all of them, None without anybody.
    """

    course_id: UUID
    learners: int
    completed: int
    active: int
    median_percent: float | None


@dataclass(frozen=True, slots=True)
class WeekFigures:
    """`week` is its Monday, in the time zone that was asked for, as an aware moment."""

    week: datetime
    lessons_completed: int
    learners: int
    courses_completed: int


# One row for each course with progress; a scan of the tenant's progress by ix_learning_progress_course.
_BY_COURSE = statement("""
    select course_id, count(*) as learners, count(completed_at) as completed,
        count(*) filter (where last_seen_at >= $2) as active,
        percentile_cont(0.5) within group (order by percent) as median_percent
    from learning_progress where tenant_id = $1 group by course_id
""")

# One number: learners who did something anywhere; a scan of the tenant's progress.
_ACTIVE = statement(
    "select count(distinct learner_id) from learning_progress where tenant_id = $1 and last_seen_at >= $2"
)

# One row a week, also for weeks in which nothing happened; scans the tenant's completions and progress.
_BY_WEEK = statement("""
    with weeks as (
        select generate_series(
            date_trunc('week', $2::timestamptz, $4), date_trunc('week', $3::timestamptz, $4), interval '1 week', $4
        ) as week
    ), lessons as (
        select date_trunc('week', completed_at, $4) as week, count(*) as many, count(distinct learner_id) as learners
        from learning_completion where tenant_id = $1 and completed_at >= date_trunc('week', $2::timestamptz, $4)
        group by 1
    ), courses as (
        select date_trunc('week', completed_at, $4) as week, count(*) as many
        from learning_progress where tenant_id = $1 and completed_at >= date_trunc('week', $2::timestamptz, $4)
        group by 1
    )
    select weeks.week, coalesce(lessons.many, 0) as lessons_completed, coalesce(lessons.learners, 0) as learners,
        coalesce(courses.many, 0) as courses_completed
    from weeks left join lessons on lessons.week = weeks.week left join courses on courses.week = weeks.week
    order by weeks.week
""")


async def course_figures(rx: ReadUnit, *, active_since: datetime) -> dict[UUID, CourseFigures]:
    """By course; courses in which nobody did anything are left out."""
    return {row["course_id"]: CourseFigures(*row) for row in await rx.fetch(_BY_COURSE, active_since)}


async def active_learners(rx: ReadUnit, *, since: datetime) -> int:
    """Everybody who did something in some course since then."""
    count: int = await rx.fetch_value(_ACTIVE, since)
    return count


async def week_figures(rx: ReadUnit, *, since: datetime, until: datetime, time_zone: str) -> list[WeekFigures]:
    """From the week of `since` to that of `until`, the oldest first; `time_zone` says when weeks begin."""
    return [WeekFigures(*row) for row in await rx.fetch(_BY_WEEK, since, until, time_zone)]
