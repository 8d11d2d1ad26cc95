"""Sections and lessons of a draft: adding, naming, ordering, removing, and taking a removal back."""

from collections.abc import Sequence
from uuid import UUID

from scholr.contexts.catalog import model, repository
from scholr.contexts.catalog.errors import LessonNotFound, SectionNotFound
from scholr.contexts.catalog.model import (
    CourseId,
    CourseStatus,
    LessonEntry,
    LessonId,
    Outline,
    SectionEntry,
    SectionId,
)
from scholr.contexts.catalog.policy import EDIT_COURSES
from scholr.contexts.catalog.queries.drafts import draft_outline
from scholr.contexts.catalog.service.courses import author_of
from scholr.contexts.catalog.tables import CourseRow, LessonRow, SectionRow
from scholr.kernel.actor import Actor
from scholr.kernel.ids import new_id
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import WriteUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require

Order = Sequence[tuple[UUID, Sequence[UUID]]]
"""Sections in order, each with its lessons in order."""


@retried
async def add_section(
    platform: Platform, actor: Actor, *, course_id: UUID, title: str, index: int | None = None
) -> SectionId:
    """At `index`, or at the end."""
    require(actor, EDIT_COURSES)
    checked = model.validate_title(title)
    async with platform.db.write(actor.tenant_id) as tx:
        course = await _editable(tx, course_id)
        before = await draft_outline(tx, course_id)
        row = SectionRow(id=new_id(), course_id=course_id, title=checked, position=len(before.sections))
        after = model.insert_section(before, SectionEntry(row.id, checked), index)
        tx.session.add(row)
        await _save_order(platform, tx, course, before, after)
        return SectionId(row.id)


@retried
async def rename_section(platform: Platform, actor: Actor, *, section_id: UUID, title: str) -> CourseId:
    require(actor, EDIT_COURSES)
    checked = model.validate_title(title)
    async with platform.db.write(actor.tenant_id) as tx:
        row, course = await _section(tx, section_id)
        if row.title != checked:
            row.title = checked
            _touch(platform, course)
        return CourseId(course.id)


@retried
async def remove_section(platform: Platform, actor: Actor, *, section_id: UUID) -> CourseId:
    """Its lessons go with it, since they are found through it, and come back with it. Twice changes nothing."""
    require(actor, EDIT_COURSES)
    async with platform.db.write(actor.tenant_id) as tx:
        row, course = await _section(tx, section_id, removed_too=True)
        if row.removed_at is None:
            row.removed_at = platform.clock.now()
            _touch(platform, course)
        return CourseId(course.id)


@retried
async def restore_section(platform: Platform, actor: Actor, *, section_id: UUID) -> CourseId:
    """Where it was, with the lessons that it held. Twice changes nothing."""
    require(actor, EDIT_COURSES)
    async with platform.db.write(actor.tenant_id) as tx:
        row, course = await _section(tx, section_id, removed_too=True)
        if row.removed_at is not None:
            row.removed_at = None
            _touch(platform, course)
        return CourseId(course.id)


@retried
async def add_lesson(
    platform: Platform, actor: Actor, *, section_id: UUID, title: str, index: int | None = None
) -> LessonId:
    """An empty lesson, at `index` within the section or at its end."""
    require(actor, EDIT_COURSES)
    checked = model.validate_title(title)
    async with platform.db.write(actor.tenant_id) as tx:
        section, course = await _section(tx, section_id)
        before = await draft_outline(tx, course.id)
        row = LessonRow(
            id=new_id(),
            course_id=course.id,
            section_id=section.id,
            title=checked,
            position=0,
            fingerprint=model.fingerprint(checked, []),
            updated_by=author_of(actor),
        )
        after = model.insert_lesson(before, section.id, LessonEntry(row.id, checked), index)
        tx.session.add(row)
        await _save_order(platform, tx, course, before, after)
        return LessonId(row.id)


@retried
async def duplicate_lesson(platform: Platform, actor: Actor, *, lesson_id: UUID) -> LessonId:
    """A copy right after the original, with an id of its own: nobody has completed it."""
    require(actor, EDIT_COURSES)
    async with platform.db.write(actor.tenant_id) as tx:
        source, course = await _lesson(tx, lesson_id)
        title = model.copied_title(source.title)
        before = await draft_outline(tx, course.id)
        row = LessonRow(
            id=new_id(),
            course_id=course.id,
            section_id=source.section_id,
            title=title,
            position=0,
            required=source.required,
            seconds=source.seconds,
            own_seconds=source.own_seconds,
            kind=source.kind,
            blocks=source.blocks,
            fingerprint=model.fingerprint(title, source.blocks),
            updated_by=author_of(actor),
        )
        after = model.duplicate_lesson(before, lesson_id, row.id, title)
        tx.session.add(row)
        await _save_order(platform, tx, course, before, after)
        return LessonId(row.id)


@retried
async def remove_lesson(platform: Platform, actor: Actor, *, lesson_id: UUID) -> CourseId:
    """Out of the draft; the published version keeps it until the next publishing. Twice changes nothing."""
    require(actor, EDIT_COURSES)
    async with platform.db.write(actor.tenant_id) as tx:
        row, course = await _lesson(tx, lesson_id, removed_too=True)
        if row.removed_at is None:
            row.removed_at = platform.clock.now()
            _touch(platform, course)
        return CourseId(course.id)


@retried
async def restore_lesson(platform: Platform, actor: Actor, *, lesson_id: UUID) -> CourseId:
    """Where it was; its section must be there. Twice changes nothing."""
    require(actor, EDIT_COURSES)
    async with platform.db.write(actor.tenant_id) as tx:
        row, course = await _lesson(tx, lesson_id, removed_too=True)
        if row.removed_at is not None:
            await _section(tx, row.section_id)
            row.removed_at = None
            _touch(platform, course)
        return CourseId(course.id)


@retried
async def arrange(platform: Platform, actor: Actor, *, course_id: UUID, order: Order) -> Outline:
    """Put everything in this order. The list holds exactly what the draft holds, else OutlineChanged."""
    require(actor, EDIT_COURSES)
    async with platform.db.write(actor.tenant_id) as tx:
        course = await _editable(tx, course_id)
        before = await draft_outline(tx, course_id)
        after = model.reorder(before, order)
        await _save_order(platform, tx, course, before, after)
        return after


@retried
async def arrange_sections(
    platform: Platform, actor: Actor, *, course_id: UUID, section_ids: Sequence[UUID]
) -> Outline:
    """Put the sections in this order, each with its lessons; raises OutlineChanged unless all are listed once."""
    require(actor, EDIT_COURSES)
    async with platform.db.write(actor.tenant_id) as tx:
        course = await _editable(tx, course_id)
        before = await draft_outline(tx, course_id)
        after = model.reorder(before, model.order_of_sections(before, section_ids))
        await _save_order(platform, tx, course, before, after)
        return after


@retried
async def arrange_lessons(platform: Platform, actor: Actor, *, section_id: UUID, lesson_ids: Sequence[UUID]) -> Outline:
    """Put one section's lessons in this order; raises OutlineChanged unless all are listed once."""
    require(actor, EDIT_COURSES)
    async with platform.db.write(actor.tenant_id) as tx:
        section, course = await _section(tx, section_id)
        before = await draft_outline(tx, course.id)
        after = model.reorder(before, model.order_of_lessons(before, section.id, lesson_ids))
        await _save_order(platform, tx, course, before, after)
        return after


@retried
async def nudge_section(platform: Platform, actor: Actor, *, section_id: UUID, step: int) -> CourseId:
    """One place up (-1) or down (+1); at the edge nothing changes."""
    require(actor, EDIT_COURSES)
    async with platform.db.write(actor.tenant_id) as tx:
        section, course = await _section(tx, section_id)
        before = await draft_outline(tx, course.id)
        place = [entry.id for entry in before.sections].index(section.id)
        after = model.move_section(before, section.id, max(0, place + step))
        await _save_order(platform, tx, course, before, after)
        return CourseId(course.id)


@retried
async def nudge_lesson(platform: Platform, actor: Actor, *, lesson_id: UUID, step: int) -> CourseId:
    """One place up (-1) or down (+1), past a section's edge into the next section."""
    require(actor, EDIT_COURSES)
    async with platform.db.write(actor.tenant_id) as tx:
        _row, course = await _lesson(tx, lesson_id)
        before = await draft_outline(tx, course.id)
        await _save_order(platform, tx, course, before, model.nudge_lesson(before, lesson_id, step))
        return CourseId(course.id)


async def _editable(tx: WriteUnit, course_id: UUID) -> CourseRow:
    """The course, locked; raises CourseNotFound or CourseArchived."""
    row = await repository.lock_course(tx, course_id)
    model.require_editable(CourseStatus(row.status))
    return row


async def _section(tx: WriteUnit, section_id: UUID, *, removed_too: bool = False) -> tuple[SectionRow, CourseRow]:
    """The section and its locked course; the row is read again once the lock is held."""
    row = await repository.section(tx, section_id)
    if row is None:
        raise SectionNotFound
    course = await _editable(tx, row.course_id)
    await tx.session.refresh(row)
    if row.removed_at is not None and not removed_too:
        raise SectionNotFound
    return row, course


async def _lesson(tx: WriteUnit, lesson_id: UUID, *, removed_too: bool = False) -> tuple[LessonRow, CourseRow]:
    """The lesson and its locked course; the row is read again once the lock is held."""
    row = await repository.lesson(tx, lesson_id)
    if row is None:
        raise LessonNotFound
    course = await _editable(tx, row.course_id)
    await tx.session.refresh(row)
    if row.removed_at is not None and not removed_too:
        raise LessonNotFound
    return row, course


async def _save_order(platform: Platform, tx: WriteUnit, course: CourseRow, before: Outline, after: Outline) -> None:
    """Write the places that differ; an order that was there already changes nothing."""
    if after == before:
        return
    if [s.id for s in after.sections] != [s.id for s in before.sections]:
        await repository.place_sections(tx, [section.id for section in after.sections])
    await repository.place_lessons(tx, model.moved_lessons(before, after))
    _touch(platform, course)


def _touch(platform: Platform, course: CourseRow) -> None:
    course.revision += 1
    course.updated_at = platform.clock.now()
