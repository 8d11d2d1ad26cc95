"""What learners see: the published version, answered here and nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from scholr.contexts.catalog.blocks import Block, stored_blocks
from scholr.contexts.catalog.errors import CourseNotFound, LessonNotFound
from scholr.contexts.catalog.model import CourseId, CourseStatus, LessonId, Outline, minutes_of
from scholr.contexts.catalog.policy import SEE_DRAFTS
from scholr.kernel.actor import Actor
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit
from scholr.platform.security.permissions import may


@dataclass(frozen=True, slots=True)
class CourseInfo:
    """A course as others know it: its published description, or the draft's before the first publishing.

    `version` is the published version's number, 0 before the first; `published_at` is that version's time.
    `seconds` and `lesson_count` are those of the published version. An archived course keeps its version.
    """

    id: CourseId
    title: str
    status: CourseStatus
    version: int
    summary: str
    subject: str
    language: str
    outcomes: tuple[str, ...]
    cover_asset_id: UUID | None
    author_id: UUID
    lesson_count: int
    seconds: int
    published_at: datetime | None

    @property
    def minutes(self) -> int:
        return minutes_of(self.seconds)

    @property
    def is_published(self) -> bool:
        """Open to learners: listed in the catalogue, and people may enrol."""
        return self.status is CourseStatus.PUBLISHED


@dataclass(frozen=True, slots=True)
class LessonView:
    """A lesson of the published version. `version` is that version's number."""

    id: LessonId
    course_id: CourseId
    version: int
    title: str
    seconds: int
    kind: str
    blocks: tuple[Block, ...]

    @property
    def minutes(self) -> int:
        return minutes_of(self.seconds)


COURSE_COLUMNS = """
    c.id, coalesce(v.title, c.title) as title, c.status, coalesce(v.number, 0) as version,
    coalesce(v.summary, c.summary) as summary, coalesce(v.subject, c.subject) as subject,
    coalesce(v.language, c.language) as language, coalesce(v.outcomes, c.outcomes) as outcomes,
    case when v.id is null then c.cover_asset_id else v.cover_asset_id end as cover_asset_id,
    c.author_id, coalesce(v.lesson_count, 0) as lesson_count, coalesce(v.seconds, 0) as seconds, v.published_at
"""

# A JSON list of the published courses that have to be finished first, null where there are none; by the primary
# key's prefix. Others hold nobody up: a draft or an archived course cannot be finished by those who are not in it.
REQUIRES_COLUMN = """
    (select json_agg(json_build_object('id', r.id, 'title', rv.title) order by r.id)::text
     from catalog_prerequisite p
     join catalog_course r on r.tenant_id = p.tenant_id and r.id = p.requires_id and r.status = 'published'
     join catalog_version rv on rv.tenant_id = r.tenant_id and rv.id = r.published_version_id
     where p.tenant_id = c.tenant_id and p.course_id = c.id) as requires
"""

# A JSON list of the published paths that the course is on, null where there are none; by ix_catalog_path_course_course.
_PATHS_COLUMN = """
    (select json_agg(json_build_object('id', h.id, 'title', h.title) order by h.id)::text
     from catalog_path_course pc
     join catalog_path h on h.tenant_id = pc.tenant_id and h.id = pc.path_id and h.status = 'published'
     where pc.tenant_id = c.tenant_id and pc.course_id = c.id) as paths
"""

COURSE_TABLES = """
    catalog_course c
    left join catalog_version v on v.tenant_id = c.tenant_id and v.id = c.published_version_id
"""

# One row by two primary keys.
_COURSE = statement(f"select {COURSE_COLUMNS} from {COURSE_TABLES} where c.tenant_id = $1 and c.id = $2")

# As many rows as ids were found, by two primary keys; at most a page's worth is asked for.
_COURSES = statement(f"select {COURSE_COLUMNS} from {COURSE_TABLES} where c.tenant_id = $1 and c.id = any($2::uuid[])")

# One row by two primary keys.
_OUTLINE = statement(
    "select v.outline::text from catalog_course c"
    " join catalog_version v on v.tenant_id = c.tenant_id and v.id = c.published_version_id"
    " where c.tenant_id = $1 and c.id = $2"
)

# One row by two primary keys.
_STATE = statement(
    f"select {COURSE_COLUMNS}, v.outline::text as outline from {COURSE_TABLES} where c.tenant_id = $1 and c.id = $2"
)

# One row by two primary keys, with what comes before the course.
_ENTRY = statement(
    f"select {COURSE_COLUMNS}, {REQUIRES_COLUMN} from {COURSE_TABLES} where c.tenant_id = $1 and c.id = $2"
)

# The outline, what surrounds the course, and the author's name by the primary key of the view that identity publishes.
_FRONT = statement(
    f"select {COURSE_COLUMNS}, v.outline::text as outline, m.display_name as author_name,"
    f" {REQUIRES_COLUMN}, {_PATHS_COLUMN} from {COURSE_TABLES}"
    " left join identity_member m on m.tenant_id = c.tenant_id and m.id = c.author_id"
    " where c.tenant_id = $1 and c.id = $2"
)

# One row: the lesson's versions by the primary key's prefix, kept where the course still points to that version.
_LESSON = statement(
    "select l.lesson_id, v.course_id, v.number, l.title, l.seconds, l.kind, l.blocks::text"
    " from catalog_version_lesson l"
    " join catalog_version v on v.tenant_id = l.tenant_id and v.id = l.version_id"
    " join catalog_course c on c.tenant_id = v.tenant_id and c.id = v.course_id and c.published_version_id = v.id"
    " where l.tenant_id = $1 and l.lesson_id = $2"
)


def course_of(row: asyncpg.Record) -> CourseInfo:
    return CourseInfo(
        id=row["id"],
        title=row["title"],
        status=CourseStatus(row["status"]),
        version=row["version"],
        summary=row["summary"],
        subject=row["subject"],
        language=row["language"],
        outcomes=tuple(row["outcomes"]),
        cover_asset_id=row["cover_asset_id"],
        author_id=row["author_id"],
        lesson_count=row["lesson_count"],
        seconds=row["seconds"],
        published_at=row["published_at"],
    )


async def course(rx: ReadUnit, course_id: UUID) -> CourseInfo | None:
    """The course in any state: for other contexts, which decide themselves what to show of it."""
    row = await rx.fetch_row(_COURSE, course_id)
    return course_of(row) if row else None


async def require_course(rx: ReadUnit, course_id: UUID) -> CourseInfo:
    """The course in any state; raises CourseNotFound."""
    found = await course(rx, course_id)
    if found is None:
        raise CourseNotFound
    return found


async def access_course(rx: ReadUnit, actor: Actor, course_id: UUID) -> CourseInfo:
    """The course if the actor may see it: learners see published ones. Raises CourseNotFound."""
    found = await require_course(rx, course_id)
    if not found.is_published and not may(actor, SEE_DRAFTS):
        raise CourseNotFound
    return found


async def list_courses(rx: ReadUnit, course_ids: Sequence[UUID]) -> dict[CourseId, CourseInfo]:
    """The courses with these ids, in any state; ids that are not there are left out."""
    rows = await rx.fetch(_COURSES, list(course_ids))
    return {row["id"]: course_of(row) for row in rows}


async def outline(rx: ReadUnit, course_id: UUID) -> Outline:
    """The published outline, empty before the first publishing. Archiving does not take it away."""
    text = await rx.fetch_value(_OUTLINE, course_id)
    return decode_outline(text) if text else Outline()


async def published_state(rx: ReadUnit, course_id: UUID) -> tuple[CourseInfo, Outline]:
    """Course and published outline in one statement; raises CourseNotFound."""
    row = await rx.fetch_row(_STATE, course_id)
    if row is None:
        raise CourseNotFound
    return course_of(row), decode_outline(row["outline"]) if row["outline"] else Outline()


@dataclass(frozen=True, slots=True)
class Ref:
    """A course or a learning path by name."""

    id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class CourseEntry:
    """What somebody meets who wants to enrol. `requires` are the published courses that come first."""

    course: CourseInfo
    requires: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class CourseFront:
    """What a course's own page shows first. `author_name` is empty where the author has left.

    `requires` are the published courses that come first, `paths` the published learning paths that it is on.
    """

    course: CourseInfo
    outline: Outline
    author_name: str
    requires: tuple[Ref, ...]
    paths: tuple[Ref, ...]


async def access_entry(rx: ReadUnit, actor: Actor, course_id: UUID) -> CourseEntry:
    """As `access_course`, in the same single statement, with what holds the course's door. Raises CourseNotFound."""
    row = await rx.fetch_row(_ENTRY, course_id)
    found = course_of(row) if row else None
    if row is None or found is None or not (found.is_published or may(actor, SEE_DRAFTS)):
        raise CourseNotFound
    return CourseEntry(found, refs_of(row["requires"]))


async def require_front(rx: ReadUnit, course_id: UUID) -> CourseFront:
    """In any state, in one statement; raises CourseNotFound."""
    row = await rx.fetch_row(_FRONT, course_id)
    if row is None:
        raise CourseNotFound
    found = decode_outline(row["outline"]) if row["outline"] else Outline()
    return CourseFront(course_of(row), found, row["author_name"] or "", refs_of(row["requires"]), refs_of(row["paths"]))


async def access_front(rx: ReadUnit, actor: Actor, course_id: UUID) -> CourseFront:
    """If the actor may see the course: learners see published ones. Raises CourseNotFound."""
    found = await require_front(rx, course_id)
    if not found.course.is_published and not may(actor, SEE_DRAFTS):
        raise CourseNotFound
    return found


async def lesson_ids(rx: ReadUnit, course_id: UUID) -> tuple[LessonId, ...]:
    """The published version's lessons in order."""
    return tuple(LessonId(lesson.id) for lesson in (await outline(rx, course_id)).lessons)


async def lesson_content(rx: ReadUnit, lesson_id: UUID) -> LessonView:
    """The lesson as it was published last; raises LessonNotFound for drafts and lessons that were taken out.

    Whether the reader is enrolled is the caller's to check (learning).
    """
    row = await rx.fetch_row(_LESSON, lesson_id)
    if row is None:
        raise LessonNotFound
    return LessonView(
        id=row["lesson_id"],
        course_id=row["course_id"],
        version=row["number"],
        title=row["title"],
        seconds=row["seconds"],
        kind=row["kind"],
        blocks=stored_blocks(msgspec.json.decode(row["blocks"])),
    )


def refs_of(text: str | None) -> tuple[Ref, ...]:
    """From one of the columns that hold a JSON list of names."""
    return msgspec.json.decode(text, type=tuple[Ref, ...]) if text else ()


def decode_outline(text: str | bytes) -> Outline:
    """An outline from what `encode_outline` wrote."""
    return msgspec.json.decode(text, type=Outline)


def encode_outline(found: Outline) -> str:
    return msgspec.json.encode(found).decode()
