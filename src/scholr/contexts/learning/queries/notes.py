"""A learner's own notes; every statement names the learner, so that nobody reads another's."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from asyncpg import Record as Row

from scholr.kernel.ids import MembershipId
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class NoteView:
    """`block_id` names the block that the note stands beside, `quote` the words in it; empty for the whole lesson."""

    id: UUID
    course_id: UUID
    lesson_id: UUID
    block_id: str
    quote: str
    text: str
    updated_at: datetime


NOTE_COLUMNS = "id, course_id, lesson_id, block_id, quote, text, updated_at"

# The learner's notes, newest first; walks ix_learning_note_learner backwards.
_OF_LEARNER = statement(
    f"select {NOTE_COLUMNS} from learning_note where tenant_id = $1 and learner_id = $2 and deleted_at is null"
    " and ($3::uuid is null or id < $3) order by id desc limit $4"
)

# The learner's notes in a lesson, oldest first; served by ix_learning_note_lesson.
_IN_LESSON = statement(
    f"select {NOTE_COLUMNS} from learning_note"
    " where tenant_id = $1 and learner_id = $2 and lesson_id = $3 and deleted_at is null order by id"
)


async def notes(rx: ReadUnit, learner_id: MembershipId, lesson_id: UUID) -> list[NoteView]:
    return [_note(row) for row in await rx.fetch(_IN_LESSON, learner_id, lesson_id)]


async def notes_before(rx: ReadUnit, learner_id: MembershipId, before: UUID | None, limit: int) -> list[NoteView]:
    """All of the learner's notes, the newest first, from the cursor on."""
    return [_note(row) for row in await rx.fetch(_OF_LEARNER, learner_id, before, limit)]


def notes_from_json(text: str) -> tuple[NoteView, ...]:
    """Notes as `json_build_array` wrote them, in the order of NOTE_COLUMNS."""
    rows = msgspec.json.decode(text, type=list[tuple[UUID, UUID, UUID, str, str, str, datetime]])
    return tuple(NoteView(*row) for row in rows)


def _note(row: Row) -> NoteView:
    return NoteView(*row)
