"""What a course is about: title, summary, what one will be able to do, cover, what comes before it."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.catalog.errors import CourseChanged, PrerequisiteCycle
from scholr.contexts.identity import facade as identity
from scholr.contexts.media import facade as media
from scholr.kernel.actor import Actor
from scholr.kernel.errors import DomainError, Invalid, LimitReached
from scholr.kernel.ids import parse_id
from scholr.kernel.text import whole_number
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require
from scholr.web.forms import Form, errors_of, read_form
from scholr.web.learn.catalogue import language_name
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash
from scholr.web.teach.course_outline import course_crumbs, course_tabs
from scholr.web.teach.courses import COURSES
from scholr.web.teach.uploads import keep_upload

OTHER_COURSES = 200


@page_get("/teach/courses/{course_id:uuid}/about")
async def about(
    request: PageRequest, course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    return await _about(request, course_id, actor, platform)


async def _about(
    request: PageRequest,
    course_id: UUID,
    actor: Actor,
    platform: Platform,
    form: Form | None = None,
    error: DomainError | None = None,
) -> Response[Any]:
    require(actor, catalog.SEE_DRAFTS)
    async with platform.db.read(actor.tenant_id) as rx:
        course = await catalog.require_draft(rx, course_id)
        required = {each.id for each in await catalog.prerequisites(rx, course_id)}
        others = (await catalog.shelf(rx, status=None, limit=OTHER_COURSES)).items
        links = await media.asset_links(platform, rx, [course.cover_asset_id] if course.cover_asset_id else [])
    return show(
        request,
        "teach/course_about.html",
        title=course.title,
        area="teach",
        crumbs=course_crumbs(course, Crumb(label="About")),
        status_code=422 if error else 200,
        course=course,
        values=_values(course, required, form),
        languages=[(tag, language_name(tag)) for tag in _languages(course.language)],
        others=[(str(line.id), line.title) for line in others if line.id != course_id],
        cover_url=next((link.url for link in links.values()), None),
        tabs=course_tabs(course_id),
        may_edit=may(actor, catalog.EDIT_COURSES) and course.status is not catalog.CourseStatus.ARCHIVED,
        errors=errors_of(error, "title") if error else {},
    )


def _languages(current: str) -> list[str]:
    known = [str(tag) for tag in identity.LANGUAGES]
    return known if current in known else [current, *known]


def _values(course: catalog.CourseDraft, required: set[catalog.CourseId], form: Form | None) -> dict[str, Any]:
    if form is not None:
        names = ("title", "summary", "subject", "language", "outcomes", "revision")
        return {**{name: form.text(name) for name in names}, "requires": [str(key) for key in required]}
    return {
        "title": course.title,
        "summary": course.summary,
        "subject": course.subject,
        "language": course.language,
        "outcomes": "\n".join(course.outcomes),
        "revision": course.revision,
        "requires": [str(key) for key in required],
    }


@page_post("/teach/courses/{course_id:uuid}/about")
async def save_about(
    request: PageRequest, course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    form = await read_form(request)
    try:
        cover = await _cover(platform, actor, form.file("cover"))
        await catalog.update_course(
            platform,
            actor,
            course_id=course_id,
            changes=catalog.CourseChanges(
                title=form.text("title"),
                summary=form.text("summary"),
                subject=form.text("subject"),
                language=form.text("language"),
                outcomes=tuple(form.text("outcomes").splitlines()),
                cover_asset_id=cover,
                no_cover=form.checked("no_cover"),
            ),
            expected=whole_number(form.text("revision"), digits=9),
        )
    except (Invalid, LimitReached, CourseChanged) as error:
        return await _about(request, course_id, actor, platform, form, error)
    return redirect(f"{COURSES}/{course_id}/about", flash=Flash(text="Saved. Learners see it after publishing."))


@page_post("/teach/courses/{course_id:uuid}/prerequisites")
async def save_prerequisites(
    request: PageRequest, course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    form = await read_form(request)
    wanted = [key for key in map(parse_id, form.many("requires")) if key]
    try:
        await catalog.set_prerequisites(platform, actor, course_id=course_id, requires=wanted)
    except PrerequisiteCycle as error:
        return await _about(request, course_id, actor, platform, error=Invalid(fields={"requires": error.message}))
    return redirect(f"{COURSES}/{course_id}/about#after", flash=Flash(text="Saved. This holds from now on."))


async def _cover(platform: Platform, actor: Actor, file: UploadFile | None) -> UUID | None:
    """The uploaded cover's id; raises Invalid with the field's name when it is no picture."""
    if file is None:
        return None
    asset = await keep_upload(platform, actor, file, decorative=True)
    if not asset.is_ready or asset.kind is not media.AssetKind.IMAGE:
        raise Invalid(fields={"cover": "must be a PNG, JPEG, WebP, AVIF or GIF picture"})
    return asset.id


ROUTES: tuple[Any, ...] = (about, save_about, save_prerequisites)
