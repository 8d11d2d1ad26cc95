"""A course's outline: sections and lessons, and what the next publishing would change. Works by buttons alone."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.catalog import facade as catalog
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Invalid
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require
from scholr.web.forms import Form, errors_of, read_form
from scholr.web.learn.course import section_lines
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash
from scholr.web.teach.course_changes import change_lines
from scholr.web.teach.courses import COURSES

STEPS = {"up": -1, "down": 1}


def course_crumbs(course: catalog.CourseDraft, *more: Crumb) -> tuple[Crumb, ...]:
    here = Crumb(label=course.title, href=f"{COURSES}/{course.id}" if more else None)
    return (Crumb(label="Courses", href=COURSES), here, *more)


def course_tabs(course_id: UUID) -> list[tuple[str, str]]:
    base = f"{COURSES}/{course_id}"
    return [
        ("Outline", base),
        ("Assessments", f"{base}/assessments"),
        ("Completion", f"{base}/completion"),
        ("About", f"{base}/about"),
    ]


@page_get("/teach/courses/{course_id:uuid}")
async def outline_page(
    request: PageRequest, course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    return await _outline_page(request, course_id, actor, platform)


async def _outline_page(
    request: PageRequest,
    course_id: UUID,
    actor: Actor,
    platform: Platform,
    *,
    form: Form | None = None,
    error: Invalid | None = None,
    where: str = "",
) -> Response[Any]:
    """`where` is the form that `error` belongs to: the section's id, or `section` for a new one."""
    require(actor, catalog.SEE_DRAFTS)
    async with platform.db.read(actor.tenant_id) as rx:
        course = await catalog.require_draft(rx, course_id)
        outline = await catalog.draft_outline(rx, course_id)
        pending = await catalog.pending_changes(rx, course, outline)
    return show(
        request,
        "teach/course_outline.html",
        title=course.title,
        area="teach",
        crumbs=course_crumbs(course),
        status_code=422 if error else 200,
        course=course,
        outline=outline,
        pending=pending,
        changes=change_lines(pending),
        tabs=course_tabs(course_id),
        may_edit=may(actor, catalog.EDIT_COURSES) and course.status is not catalog.CourseStatus.ARCHIVED,
        may_restore=may(actor, catalog.EDIT_COURSES),
        where=where,
        title_value=form.text("title") if form else "",
        errors=errors_of(error, "title") if error else {},
    )


@page_post("/teach/courses/{course_id:uuid}/publish")
async def publish(course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    done = await catalog.publish_course(platform, actor, course_id=course_id)
    text = f"Published. Learners now see version {done.version}." if done.created else "Nothing had changed."
    return redirect(f"{COURSES}/{course_id}", flash=Flash(text=text))


@page_post("/teach/courses/{course_id:uuid}/sections")
async def add_section(
    request: PageRequest, course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    form = await read_form(request)
    try:
        section_id = await catalog.add_section(platform, actor, course_id=course_id, title=form.text("title"))
    except Invalid as error:
        return await _outline_page(request, course_id, actor, platform, form=form, error=error, where="section")
    return redirect(f"{COURSES}/{course_id}#section-{section_id}")


@page_post("/teach/sections/{section_id:uuid}/lessons")
async def add_lesson(
    request: PageRequest, section_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """Opens the new lesson, since it is to be written next."""
    form = await read_form(request)
    try:
        lesson_id = await catalog.add_lesson(platform, actor, section_id=section_id, title=form.text("title"))
    except Invalid as error:
        async with platform.db.read(actor.tenant_id) as rx:
            course_id = await catalog.course_of_section(rx, section_id)
        where = str(section_id)
        return await _outline_page(request, course_id, actor, platform, form=form, error=error, where=where)
    return redirect(f"/teach/lessons/{lesson_id}")


@page_post("/teach/sections/{section_id:uuid}")
async def change_section(
    request: PageRequest, section_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """One of the section's buttons: `do` is rename, up, down or remove."""
    form = await read_form(request)
    what = form.text("do", "rename")
    if what in STEPS:
        course_id = await catalog.nudge_section(platform, actor, section_id=section_id, step=STEPS[what])
        return redirect(f"{COURSES}/{course_id}#section-{section_id}")
    if what == "remove":
        course_id = await catalog.remove_section(platform, actor, section_id=section_id)
        undo = f"/teach/sections/{section_id}/restore"
        return redirect(f"{COURSES}/{course_id}", flash=Flash(text="The section is gone.", undo_url=undo))
    try:
        course_id = await catalog.rename_section(platform, actor, section_id=section_id, title=form.text("title"))
    except Invalid as error:
        async with platform.db.read(actor.tenant_id) as rx:
            course_id = await catalog.course_of_section(rx, section_id)
        where = f"name-{section_id}"
        return await _outline_page(request, course_id, actor, platform, form=form, error=error, where=where)
    return redirect(f"{COURSES}/{course_id}#section-{section_id}")


@page_post("/teach/sections/{section_id:uuid}/restore")
async def restore_section(section_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    course_id = await catalog.restore_section(platform, actor, section_id=section_id)
    return redirect(f"{COURSES}/{course_id}#section-{section_id}", flash=Flash(text="The section is back."))


@page_post("/teach/lessons/{lesson_id:uuid}/place")
async def change_lesson(
    request: PageRequest, lesson_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """One of the lesson's buttons: `do` is up, down, duplicate or remove."""
    what = (await read_form(request)).text("do")
    if what in STEPS:
        course_id = await catalog.nudge_lesson(platform, actor, lesson_id=lesson_id, step=STEPS[what])
        return redirect(f"{COURSES}/{course_id}#lesson-{lesson_id}")
    if what == "duplicate":
        copy = await catalog.duplicate_lesson(platform, actor, lesson_id=lesson_id)
        return redirect(f"/teach/lessons/{copy}", flash=Flash(text="This is the copy."))
    if what == "remove":
        course_id = await catalog.remove_lesson(platform, actor, lesson_id=lesson_id)
        undo = f"/teach/lessons/{lesson_id}/restore"
        return redirect(f"{COURSES}/{course_id}", flash=Flash(text="The lesson is gone.", undo_url=undo))
    raise Invalid(fields={"do": "must be up, down, duplicate or remove"})


@page_post("/teach/lessons/{lesson_id:uuid}/restore")
async def restore_lesson(lesson_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    course_id = await catalog.restore_lesson(platform, actor, lesson_id=lesson_id)
    return redirect(f"{COURSES}/{course_id}#lesson-{lesson_id}", flash=Flash(text="The lesson is back."))


@page_get("/teach/courses/{course_id:uuid}/preview")
async def preview_course(
    request: PageRequest, course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """The contents as learners will see them after publishing; lessons open their own preview."""
    require(actor, catalog.SEE_DRAFTS)
    async with platform.db.read(actor.tenant_id) as rx:
        course = await catalog.require_draft(rx, course_id)
        outline = await catalog.draft_outline(rx, course_id)
    return show(
        request,
        "teach/course_preview.html",
        title=course.title,
        area="teach",
        crumbs=course_crumbs(course, Crumb(label="Preview")),
        course=course,
        outline=outline,
        sections=section_lines(course_id, outline, None, may_open=True),
    )


ROUTES: tuple[Any, ...] = (
    outline_page,
    publish,
    add_section,
    add_lesson,
    change_section,
    restore_section,
    change_lesson,
    restore_lesson,
    preview_course,
)
