"""What a learner's home says, worked out from what is known; nothing here reads or waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.learning import facade as learning

SOON = timedelta(days=3)
THIS_WEEK = timedelta(days=7)
MOST_DUE = 6
PACE_NEEDS_LESSONS = 3
PACE_NEEDS = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class CourseState:
    """A course that the learner is in. `pace` counts lessons ahead (or, negative, behind); None without dates."""

    course: catalog.CourseInfo
    seat: enrollment.EnrolledCourse
    line: learning.DeskLine | None
    pace: int | None

    @property
    def href(self) -> str:
        return f"/learn/courses/{self.course.id}"

    @property
    def percent(self) -> int:
        return self.line.progress.percent if self.line else 0

    @property
    def done(self) -> int:
        return self.line.progress.done if self.line else 0

    @property
    def total(self) -> int:
        return self.line.progress.total if self.line else self.course.lesson_count

    @property
    def finished(self) -> bool:
        return self.line is not None and self.line.progress.completed_at is not None

    @property
    def minutes_behind(self) -> int:
        """How long the lessons take by which the learner is behind, were they all equally long."""
        if self.pace is None or self.pace >= 0 or not self.course.lesson_count:
            return 0
        return catalog.minutes_of(-self.pace * self.course.seconds // self.course.lesson_count)


@dataclass(frozen=True, slots=True)
class Resume:
    """The lesson to go on with. `opened_at` None: it was never opened. `number` counts as 3.2."""

    state: CourseState
    lesson: catalog.LessonEntry
    section: catalog.SectionEntry
    number: str
    opened_at: datetime | None
    modules: tuple[tuple[bool | str, ...], ...]
    finish_at: datetime | None

    @property
    def href(self) -> str:
        return f"{self.state.href}/lessons/{self.lesson.id}"


@dataclass(frozen=True, slots=True)
class Due:
    """`when` None: it does not close. `opens_at` is set while it cannot be begun yet."""

    title: str
    href: str
    course_title: str
    facts: tuple[str, ...]
    when: datetime | None
    opens_at: datetime | None
    running: bool
    soon: bool


def course_states(
    seats: Sequence[enrollment.EnrolledCourse],
    courses: Mapping[catalog.CourseId, catalog.CourseInfo],
    desk: Sequence[learning.DeskLine],
    now: datetime,
) -> list[CourseState]:
    """What is being learned first, the one used last on top; then what was not begun; then what is finished."""
    lines = {line.progress.course_id: line for line in desk}
    states = [
        CourseState(course, seat, line, _pace(course, seat, line, now))
        for seat in seats
        if (course := courses.get(catalog.CourseId(seat.course_id))) is not None and course.version
        for line in (lines.get(seat.course_id),)
    ]
    return sorted(states, key=_order)


def _order(state: CourseState) -> tuple[int, float]:
    if state.finished and state.line is not None:
        return 2, -state.line.progress.last_seen_at.timestamp()
    if state.line is not None:
        return 0, -state.line.progress.last_seen_at.timestamp()
    return 1, -state.seat.since.timestamp()


def _pace(
    course: catalog.CourseInfo, seat: enrollment.EnrolledCourse, line: learning.DeskLine | None, now: datetime
) -> int | None:
    done, total = (line.progress.done, line.progress.total) if line else (0, course.lesson_count)
    return learning.pace(done, total, seat.starts_at or seat.since, seat.ends_at, now)


def resume_in(state: CourseState, outline: catalog.Outline, now: datetime) -> Resume | None:
    """Where the learner left; where that is done, the first lesson after it that is not. None in an empty course."""
    done = state.line.completed if state.line else frozenset[UUID]()
    here = state.line.progress.position_lesson_id if state.line else None
    order = [lesson.id for lesson in outline.lessons]
    if not order:
        return None
    start = order.index(here) if here in order else 0
    target = next((each for each in order[start:] + order[:start] if each not in done), order[start])
    section = outline.section_of(target)
    number = f"{outline.sections.index(section) + 1}.{[each.id for each in section.lessons].index(target) + 1}"
    opened = state.line.progress.last_seen_at if state.line and target == here else None
    return Resume(
        state=state,
        lesson=outline.lesson(target),
        section=section,
        number=number,
        opened_at=opened,
        modules=lesson_ticks(outline, done, target),
        finish_at=finishing_at(state, now),
    )


def lesson_ticks(
    outline: catalog.Outline, done: frozenset[UUID], here: UUID | None
) -> tuple[tuple[bool | str, ...], ...]:
    """One tick a lesson, one group a section."""
    return tuple(
        tuple("now" if lesson.id == here else lesson.id in done for lesson in section.lessons)
        for section in outline.sections
        if section.lessons
    )


def finishing_at(state: CourseState, now: datetime) -> datetime | None:
    """When the course is finished at the pace so far; None before there is a pace to speak of."""
    spent, left = now - state.seat.since, state.total - state.done
    if state.done < PACE_NEEDS_LESSONS or spent < PACE_NEEDS or left <= 0:
        return None
    return now + spent / state.done * left


def due_items(lines: Sequence[assessment.DueLine], states: Sequence[CourseState], now: datetime) -> tuple[Due, ...]:
    """Assessments that close or are running, and cohorts that end, the soonest first."""
    titles = {state.course.id: state.course.title for state in states}
    items = [
        _assessment_due(line, titles[catalog.CourseId(line.course_id)], now)
        for line in lines
        if line.course_id in titles and (line.closes_at or line.running)
    ]
    items += [
        _cohort_due(state, state.seat.ends_at, now)
        for state in states
        if state.seat.ends_at is not None and state.seat.ends_at > now and not state.finished
    ]
    items.sort(key=lambda item: (item.when is None, item.when.timestamp() if item.when else 0.0))
    return tuple(items[:MOST_DUE])


def _assessment_due(line: assessment.DueLine, course_title: str, now: datetime) -> Due:
    minutes = line.time_limit_seconds // 60
    attempts = {None: "", 1: "one attempt left"}.get(line.attempts_left, f"{line.attempts_left} attempts left")
    facts = (f"{minutes} min" if minutes else "", "begun" if line.running else attempts)
    return Due(
        title=line.title,
        href=f"/learn/assessments/{line.assessment_id}",
        course_title=course_title,
        facts=tuple(filter(None, facts)),
        when=line.closes_at,
        opens_at=line.opens_at if line.opens_at and line.opens_at > now else None,
        running=line.running,
        soon=line.closes_at is not None and line.closes_at - now <= SOON,
    )


def _cohort_due(state: CourseState, ends_at: datetime, now: datetime) -> Due:
    left = state.total - state.done
    return Due(
        title=f"Finish {state.course.title}",
        href=state.href,
        course_title=state.seat.cohort_name or state.course.title,
        facts=(f"{left} {'lesson' if left == 1 else 'lessons'} left",) if left > 0 else (),
        when=ends_at,
        opens_at=None,
        running=False,
        soon=ends_at - now <= SOON and left > 0,
    )


def due_this_week(items: Sequence[Due], now: datetime) -> tuple[Due, ...]:
    return tuple(item for item in items if item.when is not None and item.when - now <= THIS_WEEK)


def greeting(name: str, now: datetime, time_zone: str) -> str:
    """Good morning, Amira; titles such as Dr are left out."""
    hour = now.astimezone(ZoneInfo(time_zone)).hour
    part = "morning" if 5 <= hour < 12 else "afternoon" if 12 <= hour < 18 else "evening"
    first = next((word for word in name.split() if not word.endswith(".") and word not in {"Dr", "Prof"}), "")
    return f"Good {part}, {first}" if first else f"Good {part}"


def place_name(time_zone: str) -> str:
    """Lisbon, for Europe/Lisbon."""
    return time_zone.rsplit("/", 1)[-1].replace("_", " ")
