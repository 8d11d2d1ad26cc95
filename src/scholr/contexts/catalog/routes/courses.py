"""Courses: list, make, describe, publish, archive, copy."""

from typing import Any
from uuid import UUID

from litestar import Request, Response
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import UNSET, UnsetType

from scholr.contexts.catalog.model import CourseStatus
from scholr.contexts.catalog.policy import SEE_CATALOGUE, SEE_DRAFTS
from scholr.contexts.catalog.queries import changes, drafts, kept, listing
from scholr.contexts.catalog.schemas import (
    ChangesOut,
    CourseList,
    CourseOut,
    CreateCourse,
    OutlineOut,
    PublishedOut,
    UpdateCourse,
    changes_out,
    course_out,
    draft_out,
    list_item,
    outline_out,
)
from scholr.contexts.catalog.service import courses, publishing
from scholr.contexts.catalog.service.courses import CourseChanges
from scholr.kernel.pagination import DEFAULT_LIMIT
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.http.validators import validated
from scholr.platform.security.permissions import may, require

AnyRequest = Request[Any, Any, Any]

TAGS = ["courses"]


@api.post("/api/courses", tags=TAGS, summary="Begin a course")
async def create_course(data: JSONBody[CreateCourse], actor: TheActor, platform: ThePlatform) -> CourseOut:
    return draft_out(await courses.create_course(platform, actor, title=data.title, summary=data.summary))


@api.get("/api/courses", tags=TAGS, summary="List courses")
async def list_courses(
    request: AnyRequest,
    actor: TheActor,
    platform: ThePlatform,
    limit: FromQuery[int] = DEFAULT_LIMIT,
    cursor: FromQuery[str | None] = None,
) -> Response[CourseList]:
    """Newest first. Learners get published courses; those who may see drafts get all."""
    if may(actor, SEE_DRAFTS):
        page = await listing.courses_page(platform, actor, cursor=cursor, limit=limit)
        items, next_cursor = page.items, page.next_cursor
    else:
        lines = (await kept.course_lines(platform, actor, cursor=cursor, limit=limit)).sure
        items, next_cursor = lines.items, lines.next_cursor
    return validated(request.scope, CourseList([list_item(line) for line in items], next_cursor))


@api.get("/api/courses/{course_id:uuid}", tags=TAGS, summary="Show a course")
async def show_course(
    request: AnyRequest, course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[CourseOut]:
    """The draft to those who may see drafts, otherwise what is published."""
    require(actor, SEE_CATALOGUE)
    if may(actor, SEE_DRAFTS):
        async with platform.db.read(actor.tenant_id) as rx:
            answer = draft_out(await drafts.require_draft(rx, course_id))
    else:
        answer = course_out((await kept.visible_face(platform, actor, course_id)).sure.front.course)
    return validated(request.scope, answer)


@api.patch("/api/courses/{course_id:uuid}", tags=TAGS, summary="Describe a course")
async def update_course(
    course_id: FromPath[UUID], data: JSONBody[UpdateCourse], actor: TheActor, platform: ThePlatform
) -> CourseOut:
    """Changes the draft; learners see it after the next publishing."""
    wanted = CourseChanges(
        title=_given(data.title),
        summary=_given(data.summary),
        subject=_given(data.subject),
        language=_given(data.language),
        outcomes=None if isinstance(data.outcomes, UnsetType) else tuple(data.outcomes),
        cover_asset_id=None if isinstance(data.cover_asset_id, UnsetType) else data.cover_asset_id,
        no_cover=data.cover_asset_id is None,
    )
    return draft_out(
        await courses.update_course(platform, actor, course_id=course_id, changes=wanted, expected=data.revision)
    )


def _given(value: str | UnsetType) -> str | None:
    return None if value is UNSET else str(value)


@api.post("/api/courses/{course_id:uuid}/publish", tags=TAGS, summary="Publish a course", status_code=200)
async def publish_course(course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> PublishedOut:
    """Makes the draft what learners see. Publishing the same draft again changes nothing."""
    done = await publishing.publish_course(platform, actor, course_id=course_id)
    return PublishedOut(id=done.course_id, status=CourseStatus.PUBLISHED, version=done.version)


@api.post("/api/courses/{course_id:uuid}/archive", tags=TAGS, summary="Archive a course", status_code=200)
async def archive_course(course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> CourseOut:
    """Takes it out of the catalogue; those who are enrolled keep it."""
    return draft_out(await courses.archive_course(platform, actor, course_id=course_id))


@api.post("/api/courses/{course_id:uuid}/restore", tags=TAGS, summary="Restore a course", status_code=200)
async def restore_course(course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> CourseOut:
    return draft_out(await courses.restore_course(platform, actor, course_id=course_id))


@api.post("/api/courses/{course_id:uuid}/duplicate", tags=TAGS, summary="Copy a course")
async def duplicate_course(course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> CourseOut:
    """A new draft with the same sections and lessons, under ids of their own."""
    return draft_out(await courses.duplicate_course(platform, actor, course_id=course_id))


@api.get("/api/courses/{course_id:uuid}/changes", tags=TAGS, summary="Show what publishing would change")
async def show_changes(course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> ChangesOut:
    require(actor, SEE_DRAFTS)
    async with platform.db.read(actor.tenant_id) as rx:
        draft = await drafts.require_draft(rx, course_id)
        return changes_out(await changes.pending_changes(rx, draft))


@api.get("/api/courses/{course_id:uuid}/outline", tags=TAGS, summary="Show a course's outline")
async def show_outline(
    request: AnyRequest,
    course_id: FromPath[UUID],
    actor: TheActor,
    platform: ThePlatform,
    draft: FromQuery[bool] = False,
) -> Response[OutlineOut]:
    """What is published; with `draft=true` what authors edit, for those who may see drafts."""
    require(actor, SEE_CATALOGUE)
    if draft:
        require(actor, SEE_DRAFTS)
        async with platform.db.read(actor.tenant_id) as rx:
            await drafts.require_draft(rx, course_id)
            answer = outline_out(await drafts.draft_outline(rx, course_id))
    else:
        answer = outline_out((await kept.visible_face(platform, actor, course_id)).sure.front.outline)
    return validated(request.scope, answer)


ROUTES = (
    create_course,
    list_courses,
    show_course,
    update_course,
    publish_course,
    archive_course,
    restore_course,
    duplicate_course,
    show_changes,
    show_outline,
)
