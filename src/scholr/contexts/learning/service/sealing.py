"""What learners note, and what is said of their certificates, is kept sealed under the learner's key."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from scholr.contexts.learning.queries import progress as queries
from scholr.contexts.learning.queries.certificates import CertificateView
from scholr.contexts.learning.queries.notes import NoteView
from scholr.contexts.learning.queries.progress import LessonRoom
from scholr.kernel.ids import MembershipId, TenantId
from scholr.platform.db.unit import ReadUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.personal import PersonalKey

NOTE = "learning_note.text"
QUOTE = "learning_note.quote"
REASON = "learning_certificate.revoked_reason"


def opened_note(own: PersonalKey, note: NoteView) -> NoteView:
    return replace(note, text=own.open(NOTE, note.text), quote=own.open(QUOTE, note.quote))


async def opened_notes(
    platform: Platform, rx: ReadUnit, learner_id: MembershipId, notes: Sequence[NoteView]
) -> list[NoteView]:
    keys = await platform.personal.for_reading(rx, _texts(learner_id, notes))
    return [opened_note(keys[learner_id], note) for note in notes]


async def open_lesson(
    platform: Platform,
    tenant_id: TenantId,
    learner_id: MembershipId,
    *,
    course_id: UUID,
    lesson_id: UUID,
    lesson_count: int,
    now: datetime | None,
) -> LessonRoom:
    """See `queries.progress.open_lesson`. No second round trip without notes, or while the key is remembered."""
    room = await queries.open_lesson(
        platform,
        tenant_id,
        learner_id,
        course_id=course_id,
        lesson_id=lesson_id,
        lesson_count=lesson_count,
        now=now,
    )
    if not room.notes:
        return room
    keys = await platform.personal.for_reading_in(platform.db, tenant_id, _texts(learner_id, room.notes))
    return replace(room, notes=tuple(opened_note(keys[learner_id], note) for note in room.notes))


def _texts(learner_id: MembershipId, notes: Sequence[NoteView]) -> list[tuple[UUID, str]]:
    return [(learner_id, text) for note in notes for text in (note.text, note.quote)]


async def opened_papers(platform: Platform, rx: ReadUnit, papers: Sequence[CertificateView]) -> list[CertificateView]:
    keys = await platform.personal.for_reading(rx, [(each.learner_id, each.revoked_reason) for each in papers])
    return [replace(each, revoked_reason=keys[each.learner_id].open(REASON, each.revoked_reason)) for each in papers]
