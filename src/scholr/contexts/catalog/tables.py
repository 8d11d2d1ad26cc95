"""Table definitions of catalog.

A course and what lies below it is the *draft*: it is edited in place. A `catalog_version` and its lessons are
what learners see: written once by publishing, never changed (the application may not update or delete them).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from scholr.platform.db.personal import describe, nobodys
from scholr.platform.db.tables import Base, TenantRow, TenantScoped, Timestamps, within_tenant


class CourseRow(TenantRow, Timestamps, Base):
    """`revision` counts edits of the draft's description and outline; `published_version_id` is null before the first.

    No foreign key leads to the version, since versions lead to their course; publishing alone sets it.
    """

    __tablename__ = "catalog_course"
    __table_args__ = (
        Index("ix_catalog_course_published", "tenant_id", "id", postgresql_where=text("status = 'published'")),
    )

    title: Mapped[str]
    summary: Mapped[str] = mapped_column(server_default="")
    subject: Mapped[str] = mapped_column(server_default="")
    language: Mapped[str] = mapped_column(server_default="en")
    outcomes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    cover_asset_id: Mapped[UUID | None]
    author_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(server_default="draft")
    revision: Mapped[int] = mapped_column(server_default="1")
    latest_version: Mapped[int] = mapped_column(server_default="0")
    published_version_id: Mapped[UUID | None]
    published_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]


class SectionRow(TenantRow, Timestamps, Base):
    """`removed_at` is set by a removal that can be undone; the row stays."""

    __tablename__ = "catalog_section"
    __table_args__ = (
        within_tenant("course_id", "catalog_course"),
        Index("ix_catalog_section_course", "tenant_id", "course_id", "position"),
    )

    course_id: Mapped[UUID]
    title: Mapped[str]
    position: Mapped[int]
    removed_at: Mapped[datetime | None]


class LessonRow(TenantRow, Timestamps, Base):
    """A lesson of the draft. `version` counts changes to title, length and blocks; `fingerprint` follows the content.

    `seconds` is the length that is shown; `own_seconds` is what the author set, null where the blocks decide.
    """

    __tablename__ = "catalog_lesson"
    __table_args__ = (
        within_tenant("course_id", "catalog_course"),
        within_tenant("section_id", "catalog_section"),
        Index("ix_catalog_lesson_course", "tenant_id", "course_id", "position"),
    )

    course_id: Mapped[UUID]
    section_id: Mapped[UUID]
    title: Mapped[str]
    position: Mapped[int]
    required: Mapped[bool] = mapped_column(server_default=text("true"))
    seconds: Mapped[int] = mapped_column(server_default="0")
    own_seconds: Mapped[int | None]
    kind: Mapped[str] = mapped_column(server_default="reading")
    blocks: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    fingerprint: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")
    updated_by: Mapped[UUID]
    removed_at: Mapped[datetime | None]


class LessonRevisionRow(TenantRow, Base):
    """One restorable state of a lesson; the newest one is what the lesson holds now."""

    __tablename__ = "catalog_lesson_revision"
    __table_args__ = (
        within_tenant("lesson_id", "catalog_lesson"),
        Index("ix_catalog_lesson_revision_lesson", "tenant_id", "lesson_id", "id"),
    )

    lesson_id: Mapped[UUID]
    version: Mapped[int]
    title: Mapped[str]
    blocks: Mapped[list[Any]] = mapped_column(JSONB)
    saved_by: Mapped[UUID]
    begun_at: Mapped[datetime]
    saved_at: Mapped[datetime]


class VersionRow(TenantRow, Base):
    """What learners see of a course: frozen at publishing."""

    __tablename__ = "catalog_version"
    __table_args__ = (
        within_tenant("course_id", "catalog_course"),
        Index("uq_catalog_version_number", "tenant_id", "course_id", "number", unique=True),
        Index("ix_catalog_version_first", "tenant_id", "published_at", postgresql_where=text("number = 1")),
    )

    course_id: Mapped[UUID]
    number: Mapped[int]
    title: Mapped[str]
    summary: Mapped[str]
    subject: Mapped[str]
    language: Mapped[str]
    outcomes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    cover_asset_id: Mapped[UUID | None]
    outline: Mapped[list[Any]] = mapped_column(JSONB)
    digest: Mapped[str]
    lesson_count: Mapped[int]
    seconds: Mapped[int]
    published_by: Mapped[UUID]
    published_at: Mapped[datetime] = mapped_column(server_default=func.now())


class VersionLessonRow(TenantScoped, Base):
    """A lesson's content in one version. The lesson's id is that of the draft, so completions survive a new version."""

    __tablename__ = "catalog_version_lesson"
    __table_args__ = (within_tenant("version_id", "catalog_version"),)

    lesson_id: Mapped[UUID] = mapped_column(primary_key=True)
    version_id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    seconds: Mapped[int]
    kind: Mapped[str]
    blocks: Mapped[list[Any]] = mapped_column(JSONB)


class PrerequisiteRow(TenantScoped, Base):
    """`course_id` is open to those who have finished `requires_id`; the graph has no cycle."""

    __tablename__ = "catalog_prerequisite"
    __table_args__ = (
        within_tenant("course_id", "catalog_course"),
        within_tenant("requires_id", "catalog_course"),
        Index("ix_catalog_prerequisite_requires", "tenant_id", "requires_id"),
    )

    course_id: Mapped[UUID] = mapped_column(primary_key=True)
    requires_id: Mapped[UUID] = mapped_column(primary_key=True)


class PathRow(TenantRow, Timestamps, Base):
    """A learning path: courses in the order in which they are best taken."""

    __tablename__ = "catalog_path"

    title: Mapped[str]
    summary: Mapped[str] = mapped_column(server_default="")
    status: Mapped[str] = mapped_column(server_default="draft")


class PathCourseRow(TenantScoped, Base):
    __tablename__ = "catalog_path_course"
    __table_args__ = (
        within_tenant("path_id", "catalog_path", on_delete="CASCADE"),
        within_tenant("course_id", "catalog_course"),
        Index("ix_catalog_path_course_course", "tenant_id", "course_id"),
    )

    path_id: Mapped[UUID] = mapped_column(primary_key=True)
    course_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int]


_TAUGHT = "What the organisation teaches"

describe(
    "catalog_course",
    nobodys(
        _TAUGHT,
        *("title", "summary", "subject", "language", "outcomes", "cover_asset_id", "status", "published_version_id"),
        traces=("author_id",),
    ),
)
describe("catalog_section", nobodys(_TAUGHT, "course_id", "title"))
describe(
    "catalog_lesson",
    nobodys(_TAUGHT, "course_id", "section_id", "title", "kind", "blocks", "fingerprint", traces=("updated_by",)),
)
describe("catalog_lesson_revision", nobodys(_TAUGHT, "lesson_id", "title", "blocks", traces=("saved_by",)))
describe(
    "catalog_version",
    nobodys(
        _TAUGHT,
        *("course_id", "title", "summary", "subject", "language", "outcomes", "cover_asset_id", "outline", "digest"),
        traces=("published_by",),
    ),
)
describe("catalog_version_lesson", nobodys(_TAUGHT, "lesson_id", "version_id", "title", "kind", "blocks"))
describe("catalog_prerequisite", nobodys(_TAUGHT, "course_id", "requires_id"))
describe("catalog_path", nobodys(_TAUGHT, "title", "summary", "status"))
describe("catalog_path_course", nobodys(_TAUGHT, "path_id", "course_id"))
