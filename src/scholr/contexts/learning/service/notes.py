"""Notes that learners keep beside lessons, for themselves only."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from scholr.contexts.learning import model, repository
from scholr.contexts.learning.errors import NoteNotFound, TooManyNotes
from scholr.contexts.learning.policy import LEARN, SEE_OWN
from scholr.contexts.learning.queries import notes as queries
from scholr.contexts.learning.queries.notes import NoteView
from scholr.contexts.learning.service.facts import access_lesson
from scholr.contexts.learning.service.sealing import NOTE, QUOTE, opened_note, opened_notes
from scholr.contexts.learning.tables import NoteRow
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Invalid, Unauthenticated
from scholr.kernel.ids import MembershipId, new_id, parse_id
from scholr.kernel.pagination import Page, check_limit, page_of
from scholr.platform.db.retry import retried
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require

KEPT_AFTER_DELETION = timedelta(days=1)


@retried
async def add_note(
    platform: Platform,
    actor: Actor,
    *,
    course_id: UUID,
    lesson_id: UUID,
    text: str,
    block_id: str = "",
    quote: str = "",
) -> NoteView:
    """Keep a note beside a block of the lesson, or beside the whole lesson.

    Raises InvalidNote, TooManyNotes, and what `complete_lesson` raises for lessons that the actor is not in.
    """
    require(actor, LEARN)
    kept, quoted = model.note_text(text), model.note_quote(quote)
    now = platform.clock.now()
    async with platform.db.write(actor.tenant_id) as tx:
        learner = await access_lesson(tx, actor, course_id, lesson_id)
        if await repository.count_notes(tx, learner, lesson_id) >= model.MAX_NOTES_PER_LESSON:
            raise TooManyNotes
        own = await platform.personal.for_writing(tx, learner)
        row = NoteRow(
            id=new_id(),
            learner_id=learner,
            course_id=course_id,
            lesson_id=lesson_id,
            block_id=model.note_block(block_id),
            quote=own.seal(QUOTE, quoted),
            text=own.seal(NOTE, kept),
            created_at=now,
            updated_at=now,
        )
        tx.session.add(row)
        return opened_note(own, _view(row))


@retried
async def change_note(platform: Platform, actor: Actor, *, note_id: UUID, text: str) -> NoteView:
    """Raises NoteNotFound for anybody else's note, and InvalidNote."""
    require(actor, LEARN)
    kept = model.note_text(text)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await repository.note_row(tx, _own(actor), note_id)
        if row is None:
            raise NoteNotFound
        own = await platform.personal.for_writing(tx, row.learner_id)
        if own.open(NOTE, row.text) != kept:
            row.text, row.updated_at = own.seal(NOTE, kept), platform.clock.now()
        return opened_note(own, _view(row))


@retried
async def delete_note(platform: Platform, actor: Actor, *, note_id: UUID) -> NoteView:
    """Take a note away; for a day it can be brought back. Raises NoteNotFound."""
    require(actor, LEARN)
    now = platform.clock.now()
    async with platform.db.write(actor.tenant_id) as tx:
        await repository.purge_notes(tx, _own(actor), now - KEPT_AFTER_DELETION)
        row = await repository.note_row(tx, _own(actor), note_id)
        if row is None:
            raise NoteNotFound
        row.deleted_at = now
        return (await opened_notes(platform, tx, _own(actor), [_view(row)]))[0]


@retried
async def restore_note(platform: Platform, actor: Actor, *, note_id: UUID) -> NoteView:
    """Bring back what was deleted within the last day; a note that is there stays. Raises NoteNotFound."""
    require(actor, LEARN)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await repository.note_row(tx, _own(actor), note_id, deleted=True)
        if row is None:
            raise NoteNotFound
        row.deleted_at = None
        return (await opened_notes(platform, tx, _own(actor), [_view(row)]))[0]


async def lesson_notes(platform: Platform, actor: Actor, *, course_id: UUID, lesson_id: UUID) -> Sequence[NoteView]:
    require(actor, SEE_OWN)
    async with platform.db.read(actor.tenant_id) as rx:
        learner = await access_lesson(rx, actor, course_id, lesson_id)
        return await opened_notes(platform, rx, learner, await queries.notes(rx, learner, lesson_id))


async def list_notes(platform: Platform, actor: Actor, *, cursor: str | None = None, limit: int = 50) -> Page[NoteView]:
    """All of the actor's notes, the newest first, also those of courses that they have left."""
    require(actor, SEE_OWN)
    before = parse_id(cursor) if cursor else None
    if cursor and before is None:
        raise Invalid("The cursor is not one of ours.", fields={"cursor": "take it from next_cursor"})
    async with platform.db.read(actor.tenant_id) as rx:
        found = await queries.notes_before(rx, _own(actor), before, check_limit(limit) + 1)
        rows = await opened_notes(platform, rx, _own(actor), found)
    return page_of(rows, limit, lambda note: str(note.id))


def _own(actor: Actor) -> MembershipId:
    if actor.membership_id is None:
        raise Unauthenticated
    return actor.membership_id


def _view(row: NoteRow) -> NoteView:
    return NoteView(row.id, row.course_id, row.lesson_id, row.block_id, row.quote, row.text, row.updated_at)
