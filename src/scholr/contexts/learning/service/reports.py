"""Reports over all courses, counted when they are asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.learning.policy import SEE_REPORTS
from scholr.contexts.learning.queries import figures
from scholr.contexts.learning.queries.figures import CourseFigures
from scholr.kernel.actor import Actor
from scholr.platform.db.unit import ReadUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require

RECENT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class CourseReport:
    """One course: `learners` have a seat now; `begun` of all who ever did something; `active` and `enrolled` of the
    last seven days. `median_percent` is over those who began, None without anybody.
    """

    id: UUID
    title: str
    status: str
    learners: int
    enrolled: int
    waiting: int
    begun: int
    active: int
    completed: int
    median_percent: int | None

    @property
    def rate(self) -> float | None:
        """The share of those in the course who have finished, 0 to 1; None for a course without anybody.

        Who finished and left again counts, so the share is of whichever are more.
        """
        most = max(self.learners, self.completed)
        return self.completed / most if most else None


async def course_report(platform: Platform, actor: Actor) -> list[CourseReport]:
    """Every course that anybody is or was in, the fullest first; some seconds old where a replica is read from."""
    require(actor, SEE_REPORTS)
    now = platform.clock.now()
    return await platform.db.read_anywhere(actor.tenant_id, lambda rx: course_reports(rx, now))


async def course_reports(rx: ReadUnit, now: datetime) -> list[CourseReport]:
    seats = await enrollment.course_seats(rx, since=now - RECENT)
    counted = await figures.course_figures(rx, active_since=now - RECENT)
    courses = await catalog.list_courses(rx, list(seats.keys() | counted.keys()))
    rows = [_report(course, seats, counted) for course in courses.values()]
    return sorted(rows, key=lambda row: (-row.learners, -row.begun, row.title.casefold()))


def _report(
    course: catalog.CourseInfo, seats: Mapping[UUID, enrollment.CourseSeats], counted: Mapping[UUID, CourseFigures]
) -> CourseReport:
    seat, done = seats.get(course.id), counted.get(course.id)
    median = done.median_percent if done else None
    return CourseReport(
        id=course.id,
        title=course.title,
        status=course.status.value,
        learners=seat.learners if seat else 0,
        enrolled=seat.enrolled_since if seat else 0,
        waiting=seat.waiting if seat else 0,
        begun=done.learners if done else 0,
        active=done.active if done else 0,
        completed=done.completed if done else 0,
        median_percent=round(median) if median is not None else None,
    )
