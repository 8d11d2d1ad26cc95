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

# One row a week, also for weeks in which nothing happened; each week is a range of ix_learning_completion_moment, so
# the cost is that of these weeks, not of all that was ever completed.
_BY_WEEK = statement("""
    with weeks as (
        select week, lead(week, 1, 'infinity') over (order by week) as until from generate_series(
            date_trunc('week', $2::timestamptz, $4), date_trunc('week', $3::timestamptz, $4), interval '1 week', $4
        ) as week
    )
    select week, (
        select count(*) from learning_completion
        where tenant_id = $1 and completed_at >= week and completed_at < until
    ) as lessons_completed
    from weeks order by week
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
