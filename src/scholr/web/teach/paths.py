"""Learning paths for those who write them: list, begin, order, publish. Works by buttons alone."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.catalog.errors import PathPublished
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Invalid
from scholr.kernel.ids import parse_id
from scholr.kernel.text import whole_number
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require
from scholr.web.forms import Form, errors_of, read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash

PATHS = "/teach/paths"
STEPS = {"up": -1, "down": 1}
COURSES_OFFERED = 200
_REASONS = {"courses": "A course stands after those that it requires, and a published path holds at least one."}


@page_get(PATHS)
async def paths(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    return await _paths(request, actor, platform)


async def _paths(
    request: PageRequest, actor: Actor, platform: Platform, *, title: str = "", error: Invalid | None = None
) -> Response[Any]:
    require(actor, catalog.SEE_DRAFTS)
    async with platform.db.read(actor.tenant_id) as rx:
        found = await catalog.list_paths(rx, actor)
    return show(
        request,
        "teach/paths.html",
        title="Learning paths",
        area="teach",
        crumbs=(Crumb(label="Learning paths"),),
        status_code=422 if error else 200,
        paths=found,
        published=sum(path.is_published for path in found),
        may_edit=may(actor, catalog.EDIT_COURSES),
        title_value=title,
        errors=errors_of(error, "title") if error else {},
    )


@page_post(PATHS)
async def create(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    title = (await read_form(request)).text("title")
    try:
        path_id = await catalog.create_path(platform, actor, title=title)
    except Invalid as error:
        return await _paths(request, actor, platform, title=title, error=error)
    return redirect(f"{PATHS}/{path_id}")


@page_get("/teach/paths/{path_id:uuid}")
async def path_page(
    request: PageRequest, path_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    return await _path_page(request, path_id, actor, platform)


async def _path_page(
    request: PageRequest,
    path_id: UUID,
    actor: Actor,
    platform: Platform,
    form: Form | None = None,
    error: Invalid | None = None,
) -> Response[Any]:
    require(actor, catalog.SEE_DRAFTS)
    async with platform.db.read(actor.tenant_id) as rx:
        path = await catalog.access_path(rx, actor, path_id)
        shelf = (await catalog.shelf(rx, status=None, limit=COURSES_OFFERED)).items
    held = {course.id for course in path.courses}
    errors = dict(errors_of(error, "title")) if error else {}
    return show(
        request,
        "teach/path.html",
        title=path.title,
        area="teach",
        crumbs=(Crumb(label="Learning paths", href=PATHS), Crumb(label=path.title)),
        status_code=422 if error else 200,
        path=path,
        closed=[course for course in path.courses if not course.is_published],
        offered=[(str(line.id), line.title) for line in shelf if line.id not in held],
        values={"title": form.text("title"), "summary": form.text("summary")} if form else None,
        may_edit=may(actor, catalog.EDIT_COURSES),
        refusal=_REASONS["courses"] if "courses" in errors else None,
        errors=errors,
    )


@page_post("/teach/paths/{path_id:uuid}/about")
async def save_about(
    request: PageRequest, path_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    form = await read_form(request)
    changes = catalog.PathChanges(title=form.text("title"), summary=form.text("summary"))
    try:
        await catalog.change_path(platform, actor, path_id=path_id, changes=changes)
    except Invalid as error:
        return await _path_page(request, path_id, actor, platform, form, error)
    return redirect(f"{PATHS}/{path_id}", flash=Flash(text="Saved."))


@page_post("/teach/paths/{path_id:uuid}/publish")
async def publish(
    request: PageRequest, path_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    return await _set_published(request, path_id, actor, platform, published=True)


@page_post("/teach/paths/{path_id:uuid}/unpublish")
async def unpublish(
    request: PageRequest, path_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    return await _set_published(request, path_id, actor, platform, published=False)


async def _set_published(
    request: PageRequest, path_id: UUID, actor: Actor, platform: Platform, *, published: bool
) -> Response[Any]:
    changes = catalog.PathChanges(published=published)
    try:
        await catalog.change_path(platform, actor, path_id=path_id, changes=changes)
    except Invalid as error:
        return await _path_page(request, path_id, actor, platform, error=error)
    here = f"{PATHS}/{path_id}"
    if published:
        return redirect(here, flash=Flash(text="Published. It stands in the catalogue.", undo_url=f"{here}/unpublish"))
    return redirect(here, flash=Flash(text="Out of the catalogue. Nobody lost a seat.", undo_url=f"{here}/publish"))


@page_post("/teach/paths/{path_id:uuid}/delete")
async def delete(path_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    try:
        await catalog.delete_path(platform, actor, path_id=path_id)
    except PathPublished as refused:
        return redirect(f"{PATHS}/{path_id}", flash=Flash(text=refused.message))
    return redirect(PATHS, flash=Flash(text="The path is deleted. Its courses are where they were."))


@page_post("/teach/paths/{path_id:uuid}/courses")
async def add_course(
    request: PageRequest, path_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    course_id = parse_id((await read_form(request)).text("course_id"))
    try:
        if course_id is None:
            raise Invalid(fields={"course_id": "must be one of the courses"})
        await catalog.add_to_path(platform, actor, path_id=path_id, course_id=course_id)
    except Invalid as error:
        return await _path_page(request, path_id, actor, platform, error=error)
    return redirect(f"{PATHS}/{path_id}#course-{course_id}")


@page_post("/teach/paths/{path_id:uuid}/courses/{course_id:uuid}")
async def change_course(
    request: PageRequest, path_id: FromPath[UUID], course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """One of the course's buttons: `do` is up, down or remove."""
    what = (await read_form(request)).text("do")
    try:
        if what in STEPS:
            await catalog.move_in_path(platform, actor, path_id=path_id, course_id=course_id, step=STEPS[what])
            return redirect(f"{PATHS}/{path_id}#course-{course_id}")
        if what == "remove":
            return await _remove(path_id, course_id, actor, platform)
    except Invalid as error:
        return await _path_page(request, path_id, actor, platform, error=error)
    raise Invalid(fields={"do": "must be up, down or remove"})


async def _remove(path_id: UUID, course_id: UUID, actor: Actor, platform: Platform) -> Response[Any]:
    async with platform.db.read(actor.tenant_id) as rx:
        path = await catalog.access_path(rx, actor, path_id)
    place = next((at for at, course in enumerate(path.courses) if course.id == course_id), 0)
    await catalog.remove_from_path(platform, actor, path_id=path_id, course_id=course_id)
    undo = f"{PATHS}/{path_id}/courses/{course_id}/restore?place={place}"
    return redirect(f"{PATHS}/{path_id}", flash=Flash(text="The course is off the path.", undo_url=undo))


@page_post("/teach/paths/{path_id:uuid}/courses/{course_id:uuid}/restore")
async def restore_course(
    request: PageRequest, path_id: FromPath[UUID], course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """Back to where it stood, which the address says."""
    at = whole_number(request.query_params.get("place", ""), digits=3)
    await catalog.add_to_path(platform, actor, path_id=path_id, course_id=course_id, place=at)
    return redirect(f"{PATHS}/{path_id}#course-{course_id}", flash=Flash(text="The course is back."))


ROUTES: tuple[Any, ...] = (
    paths,
    create,
    path_page,
    save_about,
    publish,
    unpublish,
    delete,
    add_course,
    change_course,
    restore_course,
)
