"""What authors see: the draft, its outline, what an edit would change for learners, and a lesson's history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from scholr.contexts.catalog.blocks import Block, stored_blocks
from scholr.contexts.catalog.errors import CourseNotFound, LessonNotFound, RevisionNotFound, SectionNotFound
from scholr.contexts.catalog.model import (
    CourseId,
    CourseStatus,
    LessonEntry,
    LessonId,
    Outline,
    SectionEntry,
    SectionId,
    minutes_of,
)
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit

HISTORY_SHOWN = 100


@dataclass(frozen=True, slots=True)
class CourseDraft:
    """A course as its authors edit it. `revision` counts edits; `version` is the published one, 0 before the first."""

    id: CourseId
    title: str
    summary: str
    subject: str
    language: str
    outcomes: tuple[str, ...]
    cover_asset_id: UUID | None
    author_id: UUID
    status: CourseStatus
    revision: int
    version: int
    published_at: datetime | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class LessonDraft:
    """A lesson as its authors edit it. `version` goes up with each change; send it back with the next one."""

    id: LessonId
    course_id: CourseId
    section_id: SectionId
    title: str
    required: bool
    seconds: int
    own_seconds: int | None
    kind: str
    blocks: tuple[Block, ...]
    version: int
    updated_by: UUID
    updated_at: datetime

    @property
    def minutes(self) -> int:
        return minutes_of(self.seconds)


@dataclass(frozen=True, slots=True)
class RevisionLine:
    """One restorable state in a lesson's history."""

    id: UUID
    version: int
    title: str
    saved_by: UUID
    saved_at: datetime


# One row by primary key, with the published version's number by its own.
_DRAFT = statement(
    "select c.*, coalesce(v.number, 0) as version from catalog_course c"
    " left join catalog_version v on v.tenant_id = c.tenant_id and v.id = c.published_version_id"
    " where c.tenant_id = $1 and c.id = $2"
)

# Every section with its lessons, in order: a row per lesson, and one without a lesson for an empty section.
# Served by ix_catalog_section_course and ix_catalog_lesson_course.
_OUTLINE = statement(
    "select s.id as section_id, s.title as section_title, l.id, l.title, l.required, l.seconds, l.fingerprint, l.kind"
    " from catalog_section s"
    " left join catalog_lesson l on l.tenant_id = s.tenant_id and l.course_id = s.course_id and l.section_id = s.id"
    " and l.removed_at is null"
    " where s.tenant_id = $1 and s.course_id = $2 and s.removed_at is null"
    " order by s.position, s.id, l.position, l.id"
)

# One row by primary key.
_LESSON = statement(
    "select id, course_id, section_id, title, required, seconds, own_seconds, kind, blocks::text, version, updated_by,"
    " updated_at from catalog_lesson where tenant_id = $1 and id = $2 and removed_at is null"
)

# One value by primary key.
_COURSE_OF_SECTION = statement("select course_id from catalog_section where tenant_id = $1 and id = $2")

# The newest states first; served by ix_catalog_lesson_revision_lesson.
_HISTORY = statement(
    "select id, version, title, saved_by, saved_at from catalog_lesson_revision"
    f" where tenant_id = $1 and lesson_id = $2 order by id desc limit {HISTORY_SHOWN}"
)

# One row by primary key.
_REVISION = statement(
    "select title, blocks::text from catalog_lesson_revision where tenant_id = $1 and lesson_id = $2 and id = $3"
)


async def require_draft(rx: ReadUnit, course_id: UUID) -> CourseDraft:
    """The course as its authors see it, in any state; raises CourseNotFound."""
    row = await rx.fetch_row(_DRAFT, course_id)
    if row is None:
        raise CourseNotFound
    return CourseDraft(
        id=row["id"],
        title=row["title"],
        summary=row["summary"],
        subject=row["subject"],
        language=row["language"],
        outcomes=tuple(row["outcomes"]),
        cover_asset_id=row["cover_asset_id"],
        author_id=row["author_id"],
        status=CourseStatus(row["status"]),
        revision=row["revision"],
        version=row["version"],
        published_at=row["published_at"],
        updated_at=row["updated_at"],
    )


async def draft_outline(rx: ReadUnit, course_id: UUID) -> Outline:
    """The outline that authors edit, without what was removed."""
    return _outline_of(await rx.fetch(_OUTLINE, course_id))


def _outline_of(rows: Iterable[asyncpg.Record]) -> Outline:
    titles: dict[UUID, str] = {}
    lessons: dict[UUID, list[LessonEntry]] = {}
    for row in rows:
        titles[row["section_id"]] = row["section_title"]
        under = lessons.setdefault(row["section_id"], [])
        if row["id"] is not None:
            under.append(
                LessonEntry(
                    id=row["id"],
                    title=row["title"],
                    required=row["required"],
                    seconds=row["seconds"],
                    fingerprint=row["fingerprint"],
                    kind=row["kind"],
                )
            )
    return Outline(tuple(SectionEntry(key, title, tuple(lessons[key])) for key, title in titles.items()))


async def require_lesson_draft(rx: ReadUnit, lesson_id: UUID) -> LessonDraft:
    """The lesson as its authors see it; raises LessonNotFound."""
    row = await rx.fetch_row(_LESSON, lesson_id)
    if row is None:
        raise LessonNotFound
    return LessonDraft(
        id=row["id"],
        course_id=row["course_id"],
        section_id=row["section_id"],
        title=row["title"],
        required=row["required"],
        seconds=row["seconds"],
        own_seconds=row["own_seconds"],
        kind=row["kind"],
        blocks=stored_blocks(msgspec.json.decode(row["blocks"])),
        version=row["version"],
        updated_by=row["updated_by"],
        updated_at=row["updated_at"],
    )


async def course_of_section(rx: ReadUnit, section_id: UUID) -> CourseId:
    """Also of a section that was removed; raises SectionNotFound."""
    found: CourseId | None = await rx.fetch_value(_COURSE_OF_SECTION, section_id)
    if found is None:
        raise SectionNotFound
    return found


async def lesson_history(rx: ReadUnit, lesson_id: UUID) -> tuple[RevisionLine, ...]:
    """The states that a lesson can be taken back to, newest first; the first is what it holds now."""
    rows = await rx.fetch(_HISTORY, lesson_id)
    return tuple(RevisionLine(r["id"], r["version"], r["title"], r["saved_by"], r["saved_at"]) for r in rows)


async def lesson_revision(rx: ReadUnit, lesson_id: UUID, revision_id: UUID) -> tuple[str, tuple[Block, ...]]:
    """Title and blocks of one earlier state; raises RevisionNotFound."""
    row = await rx.fetch_row(_REVISION, lesson_id, revision_id)
    if row is None:
        raise RevisionNotFound
    return row["title"], stored_blocks(msgspec.json.decode(row["blocks"]))
