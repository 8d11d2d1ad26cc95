"""What is new to one learner: courses that they are not in, and lessons in those that they are in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from scholr.contexts.catalog.model import CourseId, LessonId, minutes_of
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit

MOST_COURSES = 8
MOST_LESSONS = 50


@dataclass(frozen=True, slots=True)
class NewCourse:
    """A published course. `since` is when it was published first, whatever was changed later."""

    id: CourseId
    title: str
    lesson_count: int
    seconds: int
    cover_asset_id: UUID | None
    since: datetime

    @property
    def minutes(self) -> int:
        return minutes_of(self.seconds)


@dataclass(frozen=True, slots=True)
class NewLesson:
    """A lesson of the published version; `since` is when a version held it first."""

    id: LessonId
    course_id: CourseId
    title: str
    since: datetime


@dataclass(frozen=True, slots=True)
class News:
    """Both the newest first."""

    courses: tuple[NewCourse, ...]
    lessons: tuple[NewLesson, ...]


# One statement for both, since a page has few to spend. Courses: the newest first versions by ix_catalog_version_first
# backward, each course and its version by their keys. Lessons: only of the learner's courses that were published again
# after they came; the first version of each lesson by the primary key's prefix.
_NEWS = statement(f"""
    (select null::uuid as lesson_id, c.id as course_id, v.title, f.published_at as since,
        v.lesson_count, v.seconds, v.cover_asset_id
     from catalog_version f
     join catalog_course c on c.tenant_id = f.tenant_id and c.id = f.course_id and c.status = 'published'
     join catalog_version v on v.tenant_id = c.tenant_id and v.id = c.published_version_id
     where f.tenant_id = $1 and f.number = 1 and not c.id = any($2::uuid[])
     order by f.published_at desc limit {MOST_COURSES})
    union all
    (select l.lesson_id, c.id, l.title, first.at, 0, l.seconds, null::uuid
     from unnest($2::uuid[], $3::timestamptz[]) as s (course_id, since)
     join catalog_course c on c.tenant_id = $1 and c.id = s.course_id
     join catalog_version v on v.tenant_id = $1 and v.id = c.published_version_id
        and v.published_at > greatest(s.since, $4)
     join catalog_version_lesson l on l.tenant_id = $1 and l.version_id = v.id
     cross join lateral (
        select min(o.published_at) as at from catalog_version_lesson h
        join catalog_version o on o.tenant_id = $1 and o.id = h.version_id
        where h.tenant_id = $1 and h.lesson_id = l.lesson_id) first
     where first.at > greatest(s.since, $4)
     order by first.at desc, l.lesson_id limit {MOST_LESSONS})
""")


async def news(rx: ReadUnit, seats: Mapping[UUID, datetime], *, since: datetime) -> News:
    """`seats` tells since when the learner is in which course: what was there then is not new to them.

    Courses are the newest that they are not in, however old; lessons are those that came after `since`.
    """
    rows = await rx.fetch(_NEWS, list(seats), list(seats.values()), since)
    return News(
        tuple(
            NewCourse(
                row["course_id"],
                row["title"],
                row["lesson_count"],
                row["seconds"],
                row["cover_asset_id"],
                row["since"],
            )
            for row in rows
            if row["lesson_id"] is None
        ),
        tuple(
            NewLesson(row["lesson_id"], row["course_id"], row["title"], row["since"])
            for row in rows
            if row["lesson_id"] is not None
        ),
    )
