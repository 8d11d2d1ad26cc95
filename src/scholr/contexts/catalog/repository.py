"""Loads and saves of catalog. Every change to an outline, and publishing, holds the course's row lock."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from scholr.contexts.catalog.errors import CourseNotFound, LessonNotFound, PathNotFound
from scholr.contexts.catalog.tables import (
    CourseRow,
    LessonRevisionRow,
    LessonRow,
    PathCourseRow,
    PathRow,
    PrerequisiteRow,
    SectionRow,
    VersionRow,
)
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import WriteUnit

# Touches the lessons of one course; served by the primary key.
_PLACE_LESSON = statement("update catalog_lesson set section_id = $3, position = $4 where tenant_id = $1 and id = $2")

# Touches the sections of one course; served by the primary key.
_PLACE_SECTION = statement("update catalog_section set position = $3 where tenant_id = $1 and id = $2")

# Held until the transaction ends, so that what is frozen is what was compared; served by ix_catalog_lesson_course.
_HOLD_LESSONS = statement("select id from catalog_lesson where tenant_id = $1 and course_id = $2 order by id for share")

# Copies the content of every lesson that the draft holds; served by ix_catalog_lesson_course.
_FREEZE_LESSONS = statement(
    "insert into catalog_version_lesson (tenant_id, lesson_id, version_id, title, seconds, kind, blocks)"
    " select l.tenant_id, l.id, $3, l.title, l.seconds, l.kind, l.blocks from catalog_lesson l"
    " join catalog_section s on s.tenant_id = l.tenant_id and s.id = l.section_id and s.removed_at is null"
    " where l.tenant_id = $1 and l.course_id = $2 and l.removed_at is null"
)

# Copies the lessons of one section into another course's section; $5 maps old ids to new ones as a JSON object.
_COPY_LESSONS = statement(
    "insert into catalog_lesson (tenant_id, id, course_id, section_id, title, position, required, seconds,"
    " own_seconds, kind, blocks, fingerprint, updated_by)"
    " select tenant_id, ($5::jsonb ->> id::text)::uuid, $3, $4, title, position, required, seconds,"
    " own_seconds, kind, blocks, fingerprint, $6 from catalog_lesson"
    " where tenant_id = $1 and section_id = $2 and removed_at is null"
)

# One editor of prerequisites at a time in a tenant: two edges that are each fine can close a cycle together.
_HOLD_PREREQUISITES = statement(
    "select pg_advisory_xact_lock(hashtextextended('catalog.prerequisites:' || tenant_id, 0))"
    " from (select $1::uuid as tenant_id) one"
)

# Everything below the newest $3 states of a lesson; served by ix_catalog_lesson_revision_lesson.
_FORGET_REVISIONS = statement(
    "delete from catalog_lesson_revision where tenant_id = $1 and lesson_id = $2 and id <= ("
    " select id from catalog_lesson_revision where tenant_id = $1 and lesson_id = $2"
    " order by id desc offset $3 limit 1)"
)


async def lock_course(tx: WriteUnit, course_id: UUID) -> CourseRow:
    """The course, locked until the transaction ends; raises CourseNotFound."""
    row = await tx.session.scalar(select(CourseRow).where(CourseRow.id == course_id).with_for_update())
    if row is None:
        raise CourseNotFound
    return row


async def lock_lesson(tx: WriteUnit, lesson_id: UUID) -> LessonRow:
    """The lesson, locked until the transaction ends; raises LessonNotFound, also for a removed one."""
    row = await tx.session.scalar(
        select(LessonRow).where(LessonRow.id == lesson_id, LessonRow.removed_at.is_(None)).with_for_update()
    )
    if row is None:
        raise LessonNotFound
    return row


async def lesson(tx: WriteUnit, lesson_id: UUID) -> LessonRow | None:
    """Also one that was removed."""
    return await tx.session.scalar(select(LessonRow).where(LessonRow.id == lesson_id))


async def section(tx: WriteUnit, section_id: UUID) -> SectionRow | None:
    """Also one that was removed."""
    return await tx.session.scalar(select(SectionRow).where(SectionRow.id == section_id))


async def hold_lessons(tx: WriteUnit, course_id: UUID) -> None:
    """Keep every lesson of the course as it is until the transaction ends; autosaves wait."""
    await tx.fetch(_HOLD_LESSONS, course_id)


async def freeze_lessons(tx: WriteUnit, course_id: UUID, version_id: UUID) -> None:
    await tx.session.flush()
    await tx.execute(_FREEZE_LESSONS, course_id, version_id)


async def version(tx: WriteUnit, version_id: UUID) -> VersionRow | None:
    return await tx.session.scalar(select(VersionRow).where(VersionRow.id == version_id))


async def place_sections(tx: WriteUnit, section_ids: Sequence[UUID]) -> None:
    """Write the position of every section, in this order."""
    await tx.session.flush()
    await tx.execute_many(_PLACE_SECTION, [(key, place) for place, key in enumerate(section_ids)])


async def place_lessons(tx: WriteUnit, places: Mapping[UUID, tuple[UUID, int]]) -> None:
    """Write section and position of these lessons."""
    await tx.session.flush()
    await tx.execute_many(_PLACE_LESSON, [(key, *place) for key, place in places.items()])


async def copy_lessons(
    tx: WriteUnit, source: UUID, *, course_id: UUID, section_id: UUID, new_ids: str, author_id: UUID
) -> None:
    """`new_ids` is a JSON object from old lesson ids to new ones."""
    await tx.session.flush()
    await tx.execute(_COPY_LESSONS, source, course_id, section_id, new_ids, author_id)


async def newest_revision(tx: WriteUnit, lesson_id: UUID) -> LessonRevisionRow | None:
    """Served by ix_catalog_lesson_revision_lesson."""
    return await tx.session.scalar(
        select(LessonRevisionRow)
        .where(LessonRevisionRow.lesson_id == lesson_id)
        .order_by(LessonRevisionRow.id.desc())
        .limit(1)
    )


async def forget_revisions(tx: WriteUnit, lesson_id: UUID, keep: int) -> None:
    """Delete what lies more than `keep` states back."""
    await tx.session.flush()
    await tx.execute(_FORGET_REVISIONS, lesson_id, keep)


async def hold_prerequisites(tx: WriteUnit) -> None:
    await tx.fetch(_HOLD_PREREQUISITES)


async def prerequisite_rows(tx: WriteUnit) -> Sequence[PrerequisiteRow]:
    """Every edge of the tenant's graph: a few hundred at most."""
    return (await tx.session.scalars(select(PrerequisiteRow))).all()


async def existing_courses(tx: WriteUnit, course_ids: Sequence[UUID]) -> set[UUID]:
    return set(await tx.session.scalars(select(CourseRow.id).where(CourseRow.id.in_(course_ids))))


async def lock_path(tx: WriteUnit, path_id: UUID) -> PathRow:
    """Raises PathNotFound."""
    row = await tx.session.scalar(select(PathRow).where(PathRow.id == path_id).with_for_update())
    if row is None:
        raise PathNotFound
    return row


async def path_rows(tx: WriteUnit, path_id: UUID) -> Sequence[PathCourseRow]:
    return (await tx.session.scalars(select(PathCourseRow).where(PathCourseRow.path_id == path_id))).all()
