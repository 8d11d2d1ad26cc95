"""What comes before what: prerequisites without a cycle, and learning paths."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

from scholr.contexts.catalog.errors import InvalidPath, PrerequisiteCycle

MAX_PATH_COURSES = 100


def require_no_cycle(requires: Mapping[UUID, AbstractSet[UUID]], course: UUID, wanted: Iterable[UUID]) -> None:
    """Check that `course` may require all of `wanted`, given what each course requires now.

    Raises PrerequisiteCycle, which lists the courses around the cycle, also for a course that would
    require itself.
    """
    for start in sorted(wanted):
        trail = _trail(requires, start, course)
        if trail is not None:
            raise PrerequisiteCycle(details={"cycle": [str(course), *map(str, trail)]})


def _trail(requires: Mapping[UUID, AbstractSet[UUID]], start: UUID, goal: UUID) -> list[UUID] | None:
    """A way from `start` along requirements to `goal`; None when there is none."""
    came_from: dict[UUID, UUID | None] = {start: None}
    waiting = [start]
    while waiting:
        here = waiting.pop()
        if here == goal:
            return _walk_back(came_from, here)
        for ahead in sorted(requires.get(here, frozenset())):
            if ahead not in came_from:
                came_from[ahead] = here
                waiting.append(ahead)
    return None


def _walk_back(came_from: Mapping[UUID, UUID | None], end: UUID) -> list[UUID]:
    trail: list[UUID] = []
    here: UUID | None = end
    while here is not None:
        trail.append(here)
        here = came_from[here]
    return trail[::-1]


def unmet(required: Iterable[UUID], completed: AbstractSet[UUID]) -> tuple[UUID, ...]:
    """The prerequisites that a learner still lacks, in the given order."""
    return tuple(course for course in required if course not in completed)


def validate_path(courses: Sequence[UUID], requires: Mapping[UUID, AbstractSet[UUID]]) -> tuple[UUID, ...]:
    """Check a learning path: distinct courses, none before a course of the path that it requires.

    Raises InvalidPath. A path that is being written may be empty; see `require_courses`.
    """
    if len(courses) > MAX_PATH_COURSES or len(set(courses)) != len(courses):
        raise InvalidPath(fields={"courses": f"must be {MAX_PATH_COURSES} different courses at most"})
    for place, course in enumerate(courses):
        if requires.get(course, frozenset()) & set(courses[place + 1 :]):
            raise InvalidPath(fields={"courses": "must list a course after those that it requires"})
    return tuple(courses)


def require_courses(courses: Sequence[UUID]) -> None:
    """What a published path needs; raises InvalidPath."""
    if not courses:
        raise InvalidPath(fields={"courses": "must hold a course, as long as the path is published"})


def with_course(
    courses: Sequence[UUID], course: UUID, requires: Mapping[UUID, AbstractSet[UUID]], place: int | None = None
) -> tuple[UUID, ...]:
    """The path with one more course. A course that is there stays where it is.

    `place` counts from 0; without it the course goes to the end, or before the first that requires it.
    """
    if course in courses:
        return tuple(courses)
    if place is None:
        place = next((at for at, each in enumerate(courses) if course in requires.get(each, frozenset())), len(courses))
    return (*courses[:place], course, *courses[place:])


def moved(courses: Sequence[UUID], course: UUID, step: int) -> tuple[UUID, ...]:
    """The path with one course `step` places further down (negative: up), as far as there is room."""
    others = [each for each in courses if each != course]
    place = min(max(courses.index(course) + step, 0), len(others))
    return (*others[:place], course, *others[place:])


def next_in_path(courses: Sequence[UUID], completed: AbstractSet[UUID]) -> UUID | None:
    """The first course of the path that is not completed; None at the end."""
    return next((course for course in courses if course not in completed), None)
