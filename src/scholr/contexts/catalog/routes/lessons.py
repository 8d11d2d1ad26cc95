"""A lesson's draft: read, write, look back. Learners read lessons through learning, which checks their enrolment."""

from uuid import UUID

from litestar.params import FromPath, JSONBody

from scholr.contexts.catalog.policy import SEE_DRAFTS
from scholr.contexts.catalog.queries import drafts
from scholr.contexts.catalog.schemas import (
    HistoryOut,
    LessonOut,
    PutBlocks,
    UpdateLesson,
    lesson_out,
    revision_out,
)
from scholr.contexts.catalog.service import lessons
from scholr.contexts.catalog.service.lessons import LessonChanges
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.security.permissions import require

TAGS = ["lessons"]


@api.get("/api/lessons/{lesson_id:uuid}", tags=TAGS, summary="Show a lesson's draft")
async def show_lesson(lesson_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> LessonOut:
    require(actor, SEE_DRAFTS)
    async with platform.db.read(actor.tenant_id) as rx:
        return lesson_out(await drafts.require_lesson_draft(rx, lesson_id))


@api.patch("/api/lessons/{lesson_id:uuid}", tags=TAGS, summary="Describe a lesson")
async def update_lesson(
    lesson_id: FromPath[UUID], data: JSONBody[UpdateLesson], actor: TheActor, platform: ThePlatform
) -> LessonOut:
    wanted = LessonChanges(title=data.title, minutes=data.minutes, required=data.required)
    return lesson_out(
        await lessons.save_lesson(platform, actor, lesson_id=lesson_id, changes=wanted, expected=data.version)
    )


@api.put("/api/lessons/{lesson_id:uuid}/blocks", tags=TAGS, summary="Write a lesson")
async def put_blocks(
    lesson_id: FromPath[UUID], data: JSONBody[PutBlocks], actor: TheActor, platform: ThePlatform
) -> LessonOut:
    """Sanitised on the way in. 409 `lesson_changed` carries the newer state when `version` is not the newest."""
    wanted = LessonChanges(title=data.title, blocks=data.blocks, own_state=data.own_state)
    return lesson_out(
        await lessons.save_lesson(platform, actor, lesson_id=lesson_id, changes=wanted, expected=data.version)
    )


@api.get("/api/lessons/{lesson_id:uuid}/revisions", tags=TAGS, summary="List a lesson's earlier states")
async def list_revisions(lesson_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> HistoryOut:
    """Newest first, all that are kept."""
    require(actor, SEE_DRAFTS)
    async with platform.db.read(actor.tenant_id) as rx:
        await drafts.require_lesson_draft(rx, lesson_id)
        return HistoryOut([revision_out(line) for line in await drafts.lesson_history(rx, lesson_id)])


@api.post(
    "/api/lessons/{lesson_id:uuid}/revisions/{revision_id:uuid}/restore",
    tags=TAGS,
    summary="Take a lesson back to an earlier state",
    status_code=200,
)
async def restore_revision(
    lesson_id: FromPath[UUID], revision_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> LessonOut:
    return lesson_out(await lessons.restore_revision(platform, actor, lesson_id=lesson_id, revision_id=revision_id))


ROUTES = (show_lesson, update_lesson, put_blocks, list_revisions, restore_revision)
