"""Writing a lesson: autosave with a version to compare, and a history that can be restored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from scholr.contexts.catalog import model, repository
from scholr.contexts.catalog.blocks import (
    Block,
    block_as_json,
    kind_of,
    parse_blocks,
    reading_seconds,
    stored_blocks,
)
from scholr.contexts.catalog.errors import LessonChanged
from scholr.contexts.catalog.model import CourseStatus
from scholr.contexts.catalog.policy import EDIT_COURSES
from scholr.contexts.catalog.queries.drafts import LessonDraft, lesson_revision, require_draft, require_lesson_draft
from scholr.contexts.catalog.service.courses import author_of
from scholr.contexts.catalog.tables import LessonRevisionRow, LessonRow
from scholr.kernel.actor import Actor
from scholr.kernel.ids import MembershipId, new_id
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import WriteUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require

REVISIONS_KEPT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonChanges:
    """What to change; None leaves a field as it is. `blocks` are as the client sent them, not yet judged.

    `minutes` 0 goes back to reckoning the length from the blocks. `own_state` keeps what the lesson holds now as a
    state of its own in the history, also when the same author wrote it a moment ago (from another window).
    """

    title: str | None = None
    blocks: Sequence[object] | None = None
    minutes: int | None = None
    required: bool | None = None
    own_state: bool = False


@retried
async def save_lesson(
    platform: Platform, actor: Actor, *, lesson_id: UUID, changes: LessonChanges, expected: int | None = None
) -> LessonDraft:
    """Save what an author wrote. Saving the same again changes nothing, not even the version.

    `expected` is the version that the author began with. When the lesson has another one by now, LessonChanged
    carries the newer state and what was sent is not written: the author decides.
    """
    require(actor, EDIT_COURSES)
    title = None if changes.title is None else model.validate_title(changes.title)
    minutes = None if changes.minutes is None else model.validate_minutes(changes.minutes)
    blocks = None if changes.blocks is None else parse_blocks(list(changes.blocks), lambda: str(new_id()))
    async with platform.db.write(actor.tenant_id) as tx:
        row = await _editable(tx, lesson_id)
        if expected is not None and expected != row.version:
            raise LessonChanged(details={"current": current_state(await require_lesson_draft(tx, lesson_id))})
        if _apply(row, title, blocks, minutes, changes.required):
            await _record(tx, row, author_of(actor), platform.clock.now(), own_step=changes.own_state)
        return await require_lesson_draft(tx, lesson_id)


@retried
async def restore_revision(platform: Platform, actor: Actor, *, lesson_id: UUID, revision_id: UUID) -> LessonDraft:
    """Take a lesson back to an earlier state; what it held stays in the history."""
    require(actor, EDIT_COURSES)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await _editable(tx, lesson_id)
        title, blocks = await lesson_revision(tx, lesson_id, revision_id)
        if _apply(row, title, blocks, None, None):
            await _record(tx, row, author_of(actor), platform.clock.now(), own_step=True)
        return await require_lesson_draft(tx, lesson_id)


def current_state(draft: LessonDraft) -> dict[str, object]:
    """A lesson as plain JSON, for a client that has to show what somebody else wrote."""
    return {
        "version": draft.version,
        "title": draft.title,
        "blocks": [block_as_json(block) for block in draft.blocks],
        "updated_at": draft.updated_at.isoformat(),
    }


async def _editable(tx: WriteUnit, lesson_id: UUID) -> LessonRow:
    row = await repository.lock_lesson(tx, lesson_id)
    course = await require_draft(tx, row.course_id)
    model.require_editable(CourseStatus(course.status))
    return row


def _apply(
    row: LessonRow, title: str | None, blocks: Sequence[Block] | None, minutes: int | None, required: bool | None
) -> bool:
    """Whether anything is different afterwards."""
    before = (row.title, row.blocks, row.own_seconds, row.required)
    row.title = row.title if title is None else title
    row.required = row.required if required is None else required
    if minutes is not None:
        row.own_seconds = minutes * 60 or None
    if blocks is not None:
        row.blocks = [block_as_json(block) for block in blocks]
        row.kind = kind_of(blocks)
    if (row.title, row.blocks, row.own_seconds, row.required) == before:
        return False
    row.seconds = row.own_seconds or reading_seconds(stored_blocks(row.blocks))
    row.fingerprint = model.fingerprint(row.title, row.blocks)
    return True


async def _record(
    tx: WriteUnit, row: LessonRow, author: MembershipId, now: datetime, *, own_step: bool = False
) -> None:
    """Count the version up and put the state into the history.

    Saves of one author within a few minutes are one state, or every autosave would push an older one out.
    """
    row.version += 1
    row.updated_by, row.updated_at = author, now
    newest = await repository.newest_revision(tx, row.id)
    if newest is None or own_step or model.begins_revision(newest.saved_by, newest.begun_at, author, now):
        newest = LessonRevisionRow(id=new_id(), lesson_id=row.id, begun_at=now)
        tx.session.add(newest)
    newest.version, newest.title, newest.blocks = row.version, row.title, row.blocks
    newest.saved_by, newest.saved_at = author, now
    await repository.forget_revisions(tx, row.id, REVISIONS_KEPT)
