"""Writing a lesson: a form first, the block editor on top of it; and the lesson as learners will see it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery
from markupsafe import Markup

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.catalog import facade as catalog
from scholr.contexts.catalog.errors import LessonChanged
from scholr.contexts.media import facade as media
from scholr.kernel.actor import Actor
from scholr.kernel.errors import DomainError, Invalid, LimitReached
from scholr.kernel.text import whole_number
from scholr.platform.db.unit import ReadUnit
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require
from scholr.web.blocks import asset_ids, json_for_script, prepare_blocks
from scholr.web.forms import Form, read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash
from scholr.web.teach.course_changes import change_lines
from scholr.web.teach.courses import COURSES
from scholr.web.teach.lesson_form import BLOCK_NAMES, NEW_BLOCKS, as_json, blocks_of_form, pressed, text_of_rows
from scholr.web.teach.uploads import keep_upload

HISTORY_BESIDE = 5


@dataclass(frozen=True, slots=True)
class Desk:
    """What lies around a lesson that is being written. `history` says of each state whether the reader saved it."""

    lesson: catalog.LessonDraft
    course: catalog.CourseDraft
    outline: catalog.Outline
    section: catalog.SectionEntry
    pending: catalog.PendingChanges
    history: list[tuple[catalog.RevisionLine, bool]]
    quizzes: list[tuple[str, str]]
    files: dict[str, str]

    @property
    def section_number(self) -> int:
        return [each.id for each in self.outline.sections].index(self.section.id) + 1


@page_get("/teach/lessons/{lesson_id:uuid}")
async def lesson_editor(
    request: PageRequest, lesson_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    return await _editor(request, lesson_id, actor, platform)


async def _editor(
    request: PageRequest,
    lesson_id: UUID,
    actor: Actor,
    platform: Platform,
    *,
    sent: list[dict[str, Any]] | None = None,
    title: str | None = None,
    error: DomainError | None = None,
) -> Response[Any]:
    """`sent` are the blocks of a form that was refused: they are shown again, so that nothing is lost."""
    require(actor, catalog.SEE_DRAFTS)
    async with platform.db.read(actor.tenant_id) as rx:
        desk = await _desk(platform, rx, actor, lesson_id)
    blocks = as_json(desk.lesson.blocks) if sent is None else sent
    archived = desk.course.status is catalog.CourseStatus.ARCHIVED
    return show(
        request,
        "teach/lesson.html",
        title=desk.lesson.title,
        area="teach",
        crumbs=_crumbs(desk),
        status_code=_status(error),
        desk=desk,
        lesson=desk.lesson,
        course=desk.course,
        changes=change_lines(desk.pending),
        blocks=blocks,
        title_value=desk.lesson.title if title is None else title,
        block_names=BLOCK_NAMES,
        new_blocks=[(kind, BLOCK_NAMES[kind]) for kind in NEW_BLOCKS],
        text_of_rows=text_of_rows,
        state=_state_for_script(desk),
        may_edit=may(actor, catalog.EDIT_COURSES) and not archived,
        errors=dict(error.fields) if error else {},
        refusal=error,
        now=platform.clock.now(),
    )


def _status(error: DomainError | None) -> int:
    if error is None:
        return 200
    return 409 if isinstance(error, LessonChanged) else 422


async def _desk(platform: Platform, rx: ReadUnit, actor: Actor, lesson_id: UUID) -> Desk:
    """Seven statements at most: lesson, course, outline, published version, history, quizzes, files."""
    lesson = await catalog.require_lesson_draft(rx, lesson_id)
    course = await catalog.require_draft(rx, lesson.course_id)
    outline = await catalog.draft_outline(rx, lesson.course_id)
    pending = await catalog.pending_changes(rx, course, outline)
    history = await catalog.lesson_history(rx, lesson_id)
    has_quiz = any(isinstance(block, catalog.Quiz) for block in lesson.blocks)
    quizzes = await _quizzes(rx, lesson.course_id) if has_quiz else []
    files = asset_ids(lesson.blocks)
    links = await media.asset_links(platform, rx, files) if files else {}
    return Desk(
        lesson=lesson,
        course=course,
        outline=outline,
        section=outline.section_of(lesson_id),
        pending=pending,
        history=[(line, line.saved_by == actor.membership_id) for line in history[:HISTORY_BESIDE]],
        quizzes=quizzes,
        files={str(key): link.url for key, link in links.items()},
    )


async def _quizzes(rx: ReadUnit, course_id: UUID) -> list[tuple[str, str]]:
    """For the choice in a quiz block; the block editor fetches them by itself when one is added."""
    found = await assessment.assessments_of_course(rx, course_id, hidden=True, limit=200)
    return [(str(each.id), each.title) for each in found.items]


def _state_for_script(desk: Desk) -> Markup:
    """What the block editor begins with, as JSON that may stand inside a script element."""
    state = {
        "lesson": str(desk.lesson.id),
        "course": str(desk.course.id),
        "version": desk.lesson.version,
        "title": desk.lesson.title,
        "blocks": as_json(desk.lesson.blocks),
        "files": desk.files,
        "quizzes": [{"id": key, "title": title} for key, title in desk.quizzes],
    }
    return json_for_script(state)


def _crumbs(desk: Desk, *more: Crumb) -> tuple[Crumb, ...]:
    section = f"{desk.section_number} {desk.section.title}"
    return (
        Crumb(label=desk.course.title, href=f"{COURSES}/{desk.course.id}"),
        Crumb(label=section, href=f"{COURSES}/{desk.course.id}#section-{desk.section.id}"),
        Crumb(label=desk.lesson.title),
        *more,
    )


@page_post("/teach/lessons/{lesson_id:uuid}")
async def save_lesson(
    request: PageRequest, lesson_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """The form without script: every button saves, and then does what it says."""
    form = await read_form(request)
    sent = pressed(form, blocks_of_form(form))
    title = form.text("title")
    try:
        sent += await _uploaded(platform, actor, form)
        await catalog.save_lesson(
            platform,
            actor,
            lesson_id=lesson_id,
            changes=catalog.LessonChanges(
                title=title,
                blocks=sent,
            ),
            expected=whole_number(form.text("version"), digits=9),
        )
    except (Invalid, LimitReached, LessonChanged) as error:
        return await _editor(request, lesson_id, actor, platform, sent=sent, title=title, error=error)
    return redirect(f"/teach/lessons/{lesson_id}#blocks")


@page_post("/teach/lessons/{lesson_id:uuid}/settings")
async def save_settings(
    request: PageRequest, lesson_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    form = await read_form(request)
    changes = catalog.LessonChanges(
        minutes=whole_number(form.text("minutes"), digits=9) or 0, required=not form.checked("optional")
    )
    try:
        await catalog.save_lesson(platform, actor, lesson_id=lesson_id, changes=changes)
    except Invalid as error:
        return await _editor(request, lesson_id, actor, platform, error=error)
    return redirect(f"/teach/lessons/{lesson_id}", flash=Flash(text="Saved."))


async def _uploaded(platform: Platform, actor: Actor, form: Form) -> list[dict[str, Any]]:
    """The block of a file that came with the form; none when none was chosen. Raises Invalid for what is not taken."""
    file = form.file("new_file")
    if not isinstance(file, UploadFile):
        return []
    alt = form.text("new_file_text")
    asset = await keep_upload(platform, actor, file, alt=alt)
    if not asset.is_ready:
        raise Invalid(fields={"new_file": "Files of this kind are not taken."})
    source = f"asset:{asset.id}"
    if asset.kind is media.AssetKind.IMAGE:
        return [{"type": "image", "source": source, "alt": alt}]
    if asset.kind is media.AssetKind.VIDEO:
        return [{"type": "video", "source": source, "title": alt or asset.filename}]
    return [{"type": "file", "source": source, "name": asset.filename, "size_bytes": asset.size}]


@page_get("/teach/lessons/{lesson_id:uuid}/changes")
async def changes_fragment(
    request: PageRequest, lesson_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """The publish bar alone: the editor fetches it after it has saved."""
    require(actor, catalog.SEE_DRAFTS)
    async with platform.db.read(actor.tenant_id) as rx:
        desk = await _desk(platform, rx, actor, lesson_id)
    return show(
        request,
        "teach/lesson_changes.html",
        title=desk.lesson.title,
        area="teach",
        desk=desk,
        lesson=desk.lesson,
        course=desk.course,
        changes=change_lines(desk.pending),
        may_edit=may(actor, catalog.EDIT_COURSES),
    )


@page_get("/teach/lessons/{lesson_id:uuid}/preview")
async def preview(
    request: PageRequest,
    lesson_id: FromPath[UUID],
    actor: TheActor,
    platform: ThePlatform,
    width: FromQuery[str] = "desk",
) -> Response[Any]:
    """The lesson as learners will see it, on a desk or as narrow as a phone."""
    require(actor, catalog.SEE_DRAFTS)
    async with platform.db.read(actor.tenant_id) as rx:
        lesson = await catalog.require_lesson_draft(rx, lesson_id)
        course = await catalog.require_draft(rx, lesson.course_id)
        blocks = await prepare_blocks(platform, rx, lesson.blocks)
    return show(
        request,
        "teach/lesson_preview.html",
        title=lesson.title,
        area="teach",
        crumbs=(Crumb(label=course.title, href=f"{COURSES}/{course.id}"), Crumb(label=lesson.title)),
        lesson=lesson,
        course=course,
        blocks=blocks,
        phone=width == "phone",
    )


ROUTES: tuple[Any, ...] = (lesson_editor, save_lesson, save_settings, changes_fragment, preview)
