"""JSON: a learner's own notes."""

from uuid import UUID

from litestar.params import FromPath, FromQuery, JSONBody

from scholr.contexts.learning.queries.notes import NoteView
from scholr.contexts.learning.schemas import NoteIn, NoteOut, NotesOut, NoteTextIn
from scholr.contexts.learning.service import notes
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform

TAGS = ["learning"]


@api.get(
    "/api/courses/{course_id:uuid}/lessons/{lesson_id:uuid}/notes", tags=TAGS, summary="One's own notes in a lesson"
)
async def lesson_notes(
    course_id: FromPath[UUID], lesson_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> NotesOut:
    found = await notes.lesson_notes(platform, actor, course_id=course_id, lesson_id=lesson_id)
    return NotesOut([_note(each) for each in found])


@api.post("/api/courses/{course_id:uuid}/lessons/{lesson_id:uuid}/notes", tags=TAGS, summary="Write a note")
async def add_note(
    course_id: FromPath[UUID],
    lesson_id: FromPath[UUID],
    data: JSONBody[NoteIn],
    actor: TheActor,
    platform: ThePlatform,
) -> NoteOut:
    kept = await notes.add_note(
        platform,
        actor,
        course_id=course_id,
        lesson_id=lesson_id,
        text=data.text,
        block_id=data.block_id,
        quote=data.quote,
    )
    return _note(kept)


@api.get("/api/notes", tags=TAGS, summary="All of one's own notes, the newest first")
async def list_notes(
    actor: TheActor, platform: ThePlatform, cursor: FromQuery[str | None] = None, limit: FromQuery[int] = 50
) -> NotesOut:
    page = await notes.list_notes(platform, actor, cursor=cursor, limit=limit)
    return NotesOut([_note(each) for each in page.items], page.next_cursor)


@api.put("/api/notes/{note_id:uuid}", tags=TAGS, summary="Change a note's words")
async def change_note(
    note_id: FromPath[UUID], data: JSONBody[NoteTextIn], actor: TheActor, platform: ThePlatform
) -> NoteOut:
    return _note(await notes.change_note(platform, actor, note_id=note_id, text=data.text))


@api.delete("/api/notes/{note_id:uuid}", tags=TAGS, summary="Delete a note", status_code=204)
async def delete_note(note_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> None:
    await notes.delete_note(platform, actor, note_id=note_id)


@api.post("/api/notes/{note_id:uuid}/restore", tags=TAGS, summary="Bring back a deleted note", status_code=200)
async def restore_note(note_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> NoteOut:
    return _note(await notes.restore_note(platform, actor, note_id=note_id))


def _note(found: NoteView) -> NoteOut:
    return NoteOut(
        found.id, found.course_id, found.lesson_id, found.block_id, found.quote, found.text, found.updated_at
    )


ROUTES = (lesson_notes, add_note, list_notes, change_note, delete_note, restore_note)
