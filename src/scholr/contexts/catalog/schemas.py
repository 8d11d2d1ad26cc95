"""JSON shapes of catalog."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from scholr.contexts.catalog import model
from scholr.contexts.catalog.blocks import block_as_json
from scholr.contexts.catalog.model import CourseStatus, Outline
from scholr.contexts.catalog.queries.changes import PendingChanges
from scholr.contexts.catalog.queries.drafts import CourseDraft, LessonDraft, RevisionLine
from scholr.contexts.catalog.queries.listing import CourseLine
from scholr.contexts.catalog.queries.paths import PathLine, PathView
from scholr.contexts.catalog.queries.published import CourseInfo

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=model.MAX_TITLE_CHARS)]
Summary = Annotated[str, msgspec.Meta(max_length=model.MAX_SUMMARY_CHARS)]
Subject = Annotated[str, msgspec.Meta(max_length=model.MAX_SUBJECT_CHARS)]
Language = Annotated[str, msgspec.Meta(min_length=2, max_length=20)]
Outcomes = Annotated[list[Title], msgspec.Meta(max_length=model.MAX_OUTCOMES)]
Index = Annotated[int, msgspec.Meta(ge=0, le=1_000)]
Minutes = Annotated[int, msgspec.Meta(ge=0, le=model.MAX_MINUTES)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class CreateCourse(msgspec.Struct, forbid_unknown_fields=True):
    title: Title
    summary: Summary = ""


class UpdateCourse(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Fields that are left out stay. `revision` is the one that was seen; null for the cover takes it away."""

    title: Title | msgspec.UnsetType = msgspec.UNSET
    summary: Summary | msgspec.UnsetType = msgspec.UNSET
    subject: Subject | msgspec.UnsetType = msgspec.UNSET
    language: Language | msgspec.UnsetType = msgspec.UNSET
    outcomes: Outcomes | msgspec.UnsetType = msgspec.UNSET
    cover_asset_id: UUID | msgspec.UnsetType | None = msgspec.UNSET
    revision: Count | None = None


class CreateSection(msgspec.Struct, forbid_unknown_fields=True):
    title: Title
    index: Index | None = None


class UpdateSection(msgspec.Struct, forbid_unknown_fields=True):
    title: Title


class CreateLesson(msgspec.Struct, forbid_unknown_fields=True):
    title: Title
    index: Index | None = None


class UpdateLesson(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`minutes` 0 reckons the length from the content; `version` is the one that was seen."""

    title: Title | None = None
    minutes: Minutes | None = None
    required: bool | None = None
    version: Count | None = None


class PutBlocks(msgspec.Struct, forbid_unknown_fields=True):
    """`version` is the lesson's version that the author began with; without it the last writer wins.

    `own_state` keeps what the lesson held as a state of its own in the history.
    """

    blocks: Annotated[list[dict[str, Any]], msgspec.Meta(max_length=500)]
    title: Title | None = None
    version: Count | None = None
    own_state: bool = False


class Order(msgspec.Struct, forbid_unknown_fields=True):
    """All of the ids, each once."""

    order: Annotated[list[UUID], msgspec.Meta(max_length=model.MAX_LESSONS)]


class SectionOrder(msgspec.Struct, forbid_unknown_fields=True):
    id: UUID
    lessons: Annotated[list[UUID], msgspec.Meta(max_length=model.MAX_LESSONS)]


class OutlineOrder(msgspec.Struct, forbid_unknown_fields=True):
    """Every section with every lesson, each once; lessons may have changed sections."""

    sections: Annotated[list[SectionOrder], msgspec.Meta(max_length=model.MAX_SECTIONS)]


class Prerequisites(msgspec.Struct, forbid_unknown_fields=True):
    requires: Annotated[list[UUID], msgspec.Meta(max_length=50)]


class CreatePath(msgspec.Struct, forbid_unknown_fields=True):
    title: Title
    summary: Summary = ""


class UpdatePath(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is left out stays. `courses` in the order in which they are best taken."""

    title: Title | None = None
    summary: Summary | None = None
    courses: Annotated[list[UUID], msgspec.Meta(max_length=model.MAX_PATH_COURSES)] | None = None
    published: bool | None = None


class Created(msgspec.Struct):
    id: UUID


class CourseOut(msgspec.Struct, kw_only=True):
    """`version` is the published one, null before the first publishing.

    `revision` counts edits of the draft; null for those who see only what is published.
    """

    id: UUID
    title: str
    status: CourseStatus
    summary: str
    subject: str
    language: str
    outcomes: list[str]
    cover_asset_id: UUID | None
    version: int | None
    revision: int | None
    published_at: datetime | None


class CourseListItem(msgspec.Struct, kw_only=True):
    id: UUID
    title: str
    status: CourseStatus
    summary: str
    subject: str
    language: str
    version: int | None
    lesson_count: int
    minutes: int
    updated_at: datetime


class CourseList(msgspec.Struct):
    items: list[CourseListItem]
    next_cursor: str | None


class PublishedOut(msgspec.Struct, kw_only=True):
    id: UUID
    status: CourseStatus
    version: int


class LessonLine(msgspec.Struct, kw_only=True):
    id: UUID
    title: str
    kind: str
    minutes: int
    required: bool


class SectionOut(msgspec.Struct, kw_only=True):
    id: UUID
    title: str
    lessons: list[LessonLine]


class CourseRef(msgspec.Struct, kw_only=True):
    id: UUID
    title: str
    status: CourseStatus


class PrerequisitesOut(msgspec.Struct):
    requires: list[CourseRef]


class PathOut(msgspec.Struct, kw_only=True):
    id: UUID
    title: str
    summary: str
    published: bool
    courses: list[CourseRef]


class PathListItem(msgspec.Struct, kw_only=True):
    id: UUID
    title: str
    summary: str
    published: bool
    course_count: int


class PathList(msgspec.Struct):
    items: list[PathListItem]
    next_cursor: str | None = None


class OutlineOut(msgspec.Struct, kw_only=True):
    sections: list[SectionOut]
    minutes: int
    lesson_count: int


class LessonOut(msgspec.Struct, kw_only=True):
    id: UUID
    course_id: UUID
    section_id: UUID
    title: str
    kind: str
    minutes: int
    required: bool
    blocks: list[dict[str, Any]]
    version: int
    updated_at: datetime


class RevisionOut(msgspec.Struct, kw_only=True):
    id: UUID
    version: int
    title: str
    saved_by: UUID
    saved_at: datetime


class HistoryOut(msgspec.Struct):
    items: list[RevisionOut]
    next_cursor: str | None = None


class ChangesOut(msgspec.Struct, kw_only=True):
    """What learners will see change with the next publishing: titles, and the names of changed fields."""

    count: int
    first: bool
    details: list[str]
    added: list[str]
    removed: list[str]
    edited: list[str]
    sections: list[str]
    rearranged: bool
    minutes_before: int
    minutes_after: int


def draft_out(draft: CourseDraft) -> CourseOut:
    return CourseOut(
        id=draft.id,
        title=draft.title,
        status=draft.status,
        summary=draft.summary,
        subject=draft.subject,
        language=draft.language,
        outcomes=list(draft.outcomes),
        cover_asset_id=draft.cover_asset_id,
        version=draft.version or None,
        revision=draft.revision,
        published_at=draft.published_at,
    )


def course_out(course: CourseInfo) -> CourseOut:
    return CourseOut(
        id=course.id,
        title=course.title,
        status=course.status,
        summary=course.summary,
        subject=course.subject,
        language=course.language,
        outcomes=list(course.outcomes),
        cover_asset_id=course.cover_asset_id,
        version=course.version or None,
        revision=None,
        published_at=course.published_at,
    )


def list_item(line: CourseLine) -> CourseListItem:
    return CourseListItem(
        id=line.id,
        title=line.title,
        status=line.status,
        summary=line.summary,
        subject=line.subject,
        language=line.language,
        version=line.version or None,
        lesson_count=line.lesson_count,
        minutes=line.minutes,
        updated_at=line.updated_at,
    )


def outline_out(found: Outline) -> OutlineOut:
    sections = [
        SectionOut(
            id=section.id,
            title=section.title,
            lessons=[
                LessonLine(
                    id=entry.id, title=entry.title, kind=entry.kind, minutes=entry.minutes, required=entry.required
                )
                for entry in section.lessons
            ],
        )
        for section in found.sections
    ]
    return OutlineOut(sections=sections, minutes=found.minutes, lesson_count=len(found.lessons))


def lesson_out(draft: LessonDraft) -> LessonOut:
    return LessonOut(
        id=draft.id,
        course_id=draft.course_id,
        section_id=draft.section_id,
        title=draft.title,
        kind=draft.kind,
        minutes=draft.minutes,
        required=draft.required,
        blocks=[block_as_json(block) for block in draft.blocks],
        version=draft.version,
        updated_at=draft.updated_at,
    )


def revision_out(line: RevisionLine) -> RevisionOut:
    return RevisionOut(
        id=line.id, version=line.version, title=line.title, saved_by=line.saved_by, saved_at=line.saved_at
    )


def changes_out(pending: PendingChanges) -> ChangesOut:
    found = pending.outline
    return ChangesOut(
        count=pending.count,
        first=pending.first,
        details=list(pending.details),
        added=list(found.added),
        removed=list(found.removed),
        edited=list(found.edited),
        sections=list(found.sections),
        rearranged=found.rearranged,
        minutes_before=model.minutes_of(found.seconds_before),
        minutes_after=model.minutes_of(found.seconds_after),
    )


def course_refs(found: Iterable[CourseInfo]) -> list[CourseRef]:
    return [CourseRef(id=each.id, title=each.title, status=each.status) for each in found]


def path_out(path: PathView) -> PathOut:
    return PathOut(
        id=path.id,
        title=path.title,
        summary=path.summary,
        published=path.is_published,
        courses=course_refs(path.courses),
    )


def path_item(line: PathLine) -> PathListItem:
    return PathListItem(
        id=line.id,
        title=line.title,
        summary=line.summary,
        published=line.is_published,
        course_count=line.course_count,
    )
