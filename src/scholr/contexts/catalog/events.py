"""Facts that catalog publishes. `aggregate_id` is the course, or the learning path."""

from dataclasses import dataclass
from typing import ClassVar

from scholr.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseCreated(Event):
    event_type: ClassVar[str] = "catalog.course_created"
    aggregate_type: ClassVar[str] = "course"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoursePublished(Event):
    """`version` counts from 1. Lessons keep their ids from version to version."""

    event_type: ClassVar[str] = "catalog.course_published"
    aggregate_type: ClassVar[str] = "course"

    version: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseArchived(Event):
    """Taken out of the catalogue; those who are enrolled keep what was published."""

    event_type: ClassVar[str] = "catalog.course_archived"
    aggregate_type: ClassVar[str] = "course"


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseRestored(Event):
    """`status` is draft or published: what it was before it was archived."""

    event_type: ClassVar[str] = "catalog.course_restored"
    aggregate_type: ClassVar[str] = "course"

    status: str


EVENTS = (CourseCreated, CoursePublished, CourseArchived, CourseRestored)
