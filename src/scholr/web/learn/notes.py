"""All of one's own notes in one place, and changing them."""

from itertools import groupby
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.learning import facade as learning
from scholr.kernel.actor import Actor
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.web.forms import Form, errors_of, read_form
from scholr.web.learn.home import own_id
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash

NOTES_ON_A_PAGE = 50


@page_get("/learn/notes")
async def all_notes(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    return await _all_notes(request, actor, platform)


async def _all_notes(
    request: PageRequest,
    actor: Actor,
    platform: Platform,
    note_id: UUID | None = None,
    form: Form | None = None,
    error: learning.InvalidNote | None = None,
) -> Response[Any]:
    cursor = request.query_params.get("after") or None
    page = await learning.list_notes(platform, actor, cursor=cursor, limit=NOTES_ON_A_PAGE)
    async with platform.db.read(actor.tenant_id) as rx:
        courses = await catalog.list_courses(rx, list({note.course_id for note in page.items}))
        desk = await learning.desk_of(rx, own_id(actor)) if not page.items else []
    return show(
        request,
        "learn/notes.html",
        title="Notes",
        crumbs=(Crumb(label="Home", href="/learn"), Crumb(label="Notes")),
        status_code=422 if error else 200,
        groups=[
            (courses.get(catalog.CourseId(course_id)), list(notes))
            for course_id, notes in groupby(page.items, key=lambda note: note.course_id)
        ],
        next_href=f"/learn/notes?after={page.next_cursor}" if page.next_cursor else None,
        first_href="/learn/notes" if cursor else None,
        last=next((line.progress for line in desk if line.progress.position_lesson_id), None),
        wrong=note_id,
        draft=form.text("text") if form else "",
        errors=errors_of(error, "text") if error else {},
    )


@page_post("/learn/notes/{note_id:uuid}")
async def change(
    request: PageRequest, note_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """Save the words, or with `do=delete` take the note away; both lead back to the lesson or to the list."""
    form = await read_form(request)
    if form.text("do") == "delete":
        gone = await learning.delete_note(platform, actor, note_id=note_id)
        return redirect(
            _back(form, gone), flash=Flash(text="The note is deleted.", undo_url=f"/learn/notes/{note_id}/restore")
        )
    try:
        kept = await learning.change_note(platform, actor, note_id=note_id, text=form.text("text"))
    except learning.InvalidNote as error:
        return await _all_notes(request, actor, platform, note_id, form, error)
    return redirect(f"{_back(form, kept)}#note-{note_id}", flash=Flash(text="Your note is changed."))


@page_post("/learn/notes/{note_id:uuid}/restore")
async def restore(note_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    note = await learning.restore_note(platform, actor, note_id=note_id)
    return redirect(f"{_lesson(note)}#note-{note_id}", flash=Flash(text="The note is back."))


def _back(form: Form, note: learning.NoteView) -> str:
    return "/learn/notes" if form.text("from") == "list" else _lesson(note)


def _lesson(note: learning.NoteView) -> str:
    return f"/learn/courses/{note.course_id}/lessons/{note.lesson_id}"


ROUTES: tuple[Any, ...] = (all_notes, change, restore)
