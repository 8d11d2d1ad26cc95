"""What is new, as a learner's home says it: a handful of lines, worked out from what is known."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.learning import facade as learning
from scholr.web.learn.home_view import CourseState

RECENT = timedelta(days=30)
MOST_NEWS = 5
NAMED_LESSONS = 2


@dataclass(frozen=True, slots=True)
class NewsItem:
    """`lessons` are the titles of what is new in a course, at most two of them; empty for a new course.

    `count` is how many lessons are new.
    """

    title: str
    href: str
    since: datetime
    course_id: UUID
    count: int = 0
    lessons: tuple[str, ...] = ()


def horizon(desk: Sequence[learning.DeskLine], now: datetime) -> datetime:
    """From when on things are new: thirty days ago, or the learner's last visit where that is longer ago."""
    last = max((line.progress.last_seen_at for line in desk), default=now)
    return min(last, now - RECENT)


def news_items(found: catalog.News, states: Sequence[CourseState], since: datetime) -> tuple[NewsItem, ...]:
    """The newest first. What the learner has done already is no news."""
    courses = [
        NewsItem(course.title, f"/catalogue/{course.id}", course.since, course.id)
        for course in found.courses
        if course.since > since
    ]
    items = [*courses, *_lesson_items(found.lessons, {state.course.id: state for state in states})]
    return tuple(sorted(items, key=lambda item: item.since, reverse=True)[:MOST_NEWS])


def _lesson_items(
    lessons: Iterable[catalog.NewLesson], states: Mapping[catalog.CourseId, CourseState]
) -> Iterable[NewsItem]:
    """One line for each course."""
    for course_id, group in groupby(sorted(lessons, key=lambda each: each.course_id), lambda each: each.course_id):
        state = states.get(course_id)
        done = state.line.completed if state is not None and state.line is not None else frozenset[UUID]()
        fresh = [each for each in group if each.id not in done]
        if state is not None and fresh:
            yield NewsItem(
                title=state.course.title,
                href=f"{state.href}/lessons/{fresh[0].id}",
                since=max(each.since for each in fresh),
                course_id=course_id,
                count=len(fresh),
                lessons=tuple(each.title for each in fresh[:NAMED_LESSONS]),
            )
