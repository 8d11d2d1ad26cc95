"""The lesson: what a learner opens most. Few statements, text rendered once for each version."""

from functools import lru_cache
from typing import Any
from uuid import UUID

from babel import UnknownLocaleError
from litestar import Response
from litestar.params import FromPath

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.catalog.errors import LessonNotFound
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.learning import facade as learning
from scholr.kernel.actor import Actor
from scholr.kernel.errors import DomainError, Unauthenticated
from scholr.kernel.ids import TenantId, new_id
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.context import RequestContext
from scholr.platform.http.given import TheActor, TheContext, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require
from scholr.web.forms import Form, errors_of, read_form
from scholr.web.learn.home import own_id
from scholr.web.learn.lesson_text import LessonText, lesson_text
from scholr.web.learn.lesson_view import after, lesson_page
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Direction, Flash, direction_of
from scholr.web.validators import page_validator

NOBODY = learning.LessonRoom(frozenset(), None, ())
LESSON = "/learn/courses/{course_id:uuid}/lessons/{lesson_id:uuid}"


@page_get(LESSON)
async def lesson(
    request: PageRequest,
    course_id: FromPath[UUID],
    lesson_id: FromPath[UUID],
    actor: TheActor,
    context: TheContext,
    platform: ThePlatform,
) -> Response[Any]:
    require(actor, catalog.SEE_CATALOGUE)
    return await _lesson(request, actor, context, platform, course_id, lesson_id)


async def _lesson(
    request: PageRequest,
    actor: Actor,
    context: RequestContext,
    platform: Platform,
    course_id: UUID,
    lesson_id: UUID,
    form: Form | None = None,
    error: DomainError | None = None,
) -> Response[Any]:
    now = platform.clock.now()
    locale = context.viewer.locale if context.viewer else "en"
    async with platform.db.read(actor.tenant_id) as rx:
        seat = await enrollment.active_enrollment(rx, own_id(actor), course_id)
        if seat is None and not may(actor, catalog.SEE_DRAFTS):
            raise LessonNotFound
        course = await catalog.require_course(rx, course_id)
        text = await lesson_text(platform, rx, course, lesson_id, locale, now)
    room = NOBODY
    if seat is not None:
        room = await learning.open_lesson(
            platform,
            _tenant(actor),
            own_id(actor),
            course_id=course_id,
            lesson_id=lesson_id,
            lesson_count=len(text.outline.lessons),
            now=None if _prefetched(request) else now,
        )
    # Notes say how long ago they were written, to the minute.
    minute = now.replace(second=0, microsecond=0) if room.notes else None
    validator = page_validator(request, course, text.lesson.id, text.good_until, room, seat is not None, minute)
    if validator.is_current and error is None:
        return validator.unchanged()
    page = _show(request, actor, course, text, room, enrolled=seat is not None, form=form, error=error)
    return page if error else validator.on(page)


def _show(
    request: PageRequest,
    actor: Actor,
    course: catalog.CourseInfo,
    text: LessonText,
    room: learning.LessonRoom,
    *,
    enrolled: bool,
    form: Form | None,
    error: DomainError | None,
) -> Response[Any]:
    base = f"/learn/courses/{course.id}"
    view = lesson_page(text, room, base)
    return show(
        request,
        "learn/lesson.html",
        title=text.lesson.title,
        crumbs=_crumbs(course, text, view.number, view.module.title, base),
        status_code=422 if error else 200,
        course=course,
        direction=_direction(course.language),
        lesson=text.lesson,
        headings=text.headings,
        view=view,
        base=base,
        path=f"{base}/lessons/{text.lesson.id}",
        enrolled=enrolled,
        learner_id=own_id(actor),
        sitting=new_id(),
        draft=form.text("text") if form else "",
        errors=errors_of(error, "text") if error else {},
        back_href=base,
        back_label=f"Back to {course.title}",
    )


def _crumbs(course: catalog.CourseInfo, text: LessonText, number: str, module: str, base: str) -> tuple[Crumb, ...]:
    first = number.split(".")[0]
    return (
        Crumb(label=course.title, href=base),
        Crumb(label=f"{first} {module}", href=base),
        Crumb(label=f"{number} {text.lesson.title}"),
    )


@lru_cache(maxsize=64)
def _direction(language: str) -> Direction:
    """Which way the course is written; languages that are not known here count as left to right."""
    try:
        return direction_of(language)
    except (UnknownLocaleError, ValueError):
        return "ltr"


def _prefetched(request: PageRequest) -> bool:
    """A page that was fetched ahead was not opened: the position stays where it is."""
    return "prefetch" in (request.headers.get("sec-purpose") or request.headers.get("purpose") or "")


def _tenant(actor: Actor) -> TenantId:
    if actor.tenant_id is None:
        raise Unauthenticated
    return actor.tenant_id


@page_post(f"{LESSON}/complete")
async def complete(
    course_id: FromPath[UUID], lesson_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """Record it, and lead on: to the next lesson, or to the page that says it is done."""
    found = await learning.complete_lesson(platform, actor, course_id=course_id, lesson_id=lesson_id)
    base = f"/learn/courses/{course_id}"
    onward = after(
        [each.id for each in found.outline.lessons], lesson_id, frozenset(found.record.completed) | {lesson_id}
    )
    if found.finished_now or onward is None:
        return redirect(f"{base}/finished")
    return redirect(f"{base}/lessons/{onward}")


@page_post(f"{LESSON}/notes")
async def add_note(
    request: PageRequest,
    course_id: FromPath[UUID],
    lesson_id: FromPath[UUID],
    actor: TheActor,
    context: TheContext,
    platform: ThePlatform,
) -> Response[Any]:
    form = await read_form(request)
    try:
        note = await learning.add_note(
            platform,
            actor,
            course_id=course_id,
            lesson_id=lesson_id,
            text=form.text("text"),
            block_id=form.text("block_id"),
            quote=form.text("quote"),
        )
    except (learning.InvalidNote, learning.TooManyNotes) as error:
        return await _lesson(request, actor, context, platform, course_id, lesson_id, form, error)
    return redirect(
        f"/learn/courses/{course_id}/lessons/{lesson_id}#note-{note.id}", flash=Flash(text="Your note is kept.")
    )


ROUTES: tuple[Any, ...] = (lesson, complete, add_note)
