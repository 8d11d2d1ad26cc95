"""Creating, describing, archiving and copying courses."""

from dataclasses import dataclass
from uuid import UUID

import msgspec

from scholr.contexts.catalog import model, repository
from scholr.contexts.catalog.errors import CourseChanged
from scholr.contexts.catalog.events import CourseArchived, CourseCreated, CourseRestored
from scholr.contexts.catalog.model import CourseAction, CourseId, CourseStatus, Outline
from scholr.contexts.catalog.policy import EDIT_COURSES
from scholr.contexts.catalog.queries import kept
from scholr.contexts.catalog.queries.drafts import CourseDraft, draft_outline, require_draft
from scholr.contexts.catalog.tables import CourseRow, SectionRow
from scholr.contexts.media import facade as media
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Unauthenticated
from scholr.kernel.ids import MembershipId, new_id
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import WriteUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseChanges:
    """What to change of a course's description; None leaves a field as it is. `no_cover` takes the cover away."""

    title: str | None = None
    summary: str | None = None
    subject: str | None = None
    language: str | None = None
    outcomes: tuple[str, ...] | None = None
    cover_asset_id: UUID | None = None
    no_cover: bool = False


def author_of(actor: Actor) -> MembershipId:
    """The membership that writes; raises Unauthenticated for an actor without one."""
    if actor.membership_id is None:
        raise Unauthenticated
    return actor.membership_id


@retried
async def create_course(platform: Platform, actor: Actor, *, title: str, summary: str = "") -> CourseDraft:
    """A new, empty draft."""
    require(actor, EDIT_COURSES)
    checked, text = model.validate_title(title), model.validate_summary(summary)
    async with platform.db.write(actor.tenant_id) as tx:
        row = CourseRow(id=new_id(), title=checked, summary=text, author_id=author_of(actor))
        tx.session.add(row)
        await _created(platform, tx, row)
        return await require_draft(tx, row.id)


@retried
async def update_course(
    platform: Platform, actor: Actor, *, course_id: UUID, changes: CourseChanges, expected: int | None = None
) -> CourseDraft:
    """Change the draft's description; learners see it after the next publishing.

    `expected` is the revision that the caller saw; raises CourseChanged, with the newer state, when it is another.
    """
    require(actor, EDIT_COURSES)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await repository.lock_course(tx, course_id)
        model.require_editable(CourseStatus(row.status))
        if expected is not None and expected != row.revision:
            raise CourseChanged(details={"current": {"title": row.title, "revision": row.revision}})
        if changes.cover_asset_id is not None:
            await media.require_ready_image(tx, changes.cover_asset_id)
        if _apply(row, changes):
            row.revision += 1
            row.updated_at = platform.clock.now()
            await tx.session.flush()
        return await require_draft(tx, course_id)


def _apply(row: CourseRow, changes: CourseChanges) -> bool:
    """Whether anything is different afterwards."""
    wanted = {
        "title": None if changes.title is None else model.validate_title(changes.title),
        "summary": None if changes.summary is None else model.validate_summary(changes.summary),
        "subject": None if changes.subject is None else model.validate_subject(changes.subject),
        "language": None if changes.language is None else model.validate_language(changes.language),
        "outcomes": None if changes.outcomes is None else list(model.validate_outcomes(changes.outcomes)),
        "cover_asset_id": changes.cover_asset_id,
    }
    new: dict[str, object | None] = {
        name: value for name, value in wanted.items() if value is not None and getattr(row, name) != value
    }
    if changes.no_cover and row.cover_asset_id is not None:
        new["cover_asset_id"] = None
    for name, value in new.items():
        setattr(row, name, value)
    return bool(new)


@retried
async def archive_course(platform: Platform, actor: Actor, *, course_id: UUID) -> CourseDraft:
    """Take the course out of the catalogue; doing it twice changes nothing. Those enrolled keep what they have."""
    require(actor, EDIT_COURSES)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await repository.lock_course(tx, course_id)
        after = model.transition(CourseStatus(row.status), CourseAction.ARCHIVE)
        if row.status != after:
            row.status, row.archived_at = after, platform.clock.now()
            await tx.emit(
                CourseArchived(tenant_id=tx.require_tenant(), aggregate_id=row.id, occurred_at=platform.clock.now())
            )
            await kept.changed(platform, tx)
        return await require_draft(tx, course_id)


@retried
async def restore_course(platform: Platform, actor: Actor, *, course_id: UUID) -> CourseDraft:
    """Undo archiving: a course that was published is so again. Doing it twice changes nothing."""
    require(actor, EDIT_COURSES)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await repository.lock_course(tx, course_id)
        has_version = row.published_version_id is not None
        after = model.transition(CourseStatus(row.status), CourseAction.RESTORE, has_version=has_version)
        if row.status != after:
            row.status, row.archived_at = after, None
            now = platform.clock.now()
            await tx.emit(
                CourseRestored(tenant_id=tx.require_tenant(), aggregate_id=row.id, occurred_at=now, status=after)
            )
            await kept.changed(platform, tx)
        return await require_draft(tx, course_id)


@retried
async def duplicate_course(platform: Platform, actor: Actor, *, course_id: UUID) -> CourseDraft:
    """A new draft with the same description, sections and lessons under ids of their own."""
    require(actor, EDIT_COURSES)
    async with platform.db.write(actor.tenant_id) as tx:
        source = await repository.lock_course(tx, course_id)
        found = await draft_outline(tx, course_id)
        copy = CourseRow(
            id=new_id(),
            title=model.copied_title(source.title),
            summary=source.summary,
            subject=source.subject,
            language=source.language,
            outcomes=list(source.outcomes),
            cover_asset_id=source.cover_asset_id,
            author_id=author_of(actor),
        )
        tx.session.add(copy)
        await _created(platform, tx, copy)
        await _copy_outline(tx, found, copy)
        return await require_draft(tx, copy.id)


async def _copy_outline(tx: WriteUnit, found: Outline, copy: CourseRow) -> None:
    for position, section in enumerate(found.sections):
        row = SectionRow(id=new_id(), course_id=copy.id, title=section.title, position=position)
        tx.session.add(row)
        new_ids = msgspec.json.encode({str(lesson.id): str(new_id()) for lesson in section.lessons}).decode()
        await repository.copy_lessons(
            tx, section.id, course_id=copy.id, section_id=row.id, new_ids=new_ids, author_id=copy.author_id
        )


async def _created(platform: Platform, tx: WriteUnit, row: CourseRow) -> None:
    await tx.emit(
        CourseCreated(tenant_id=tx.require_tenant(), aggregate_id=CourseId(row.id), occurred_at=platform.clock.now())
    )
