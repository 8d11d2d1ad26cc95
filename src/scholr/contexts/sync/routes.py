"""The JSON routes of sync."""

from uuid import UUID

from litestar.params import FromQuery, JSONBody

from scholr.contexts.sync import model, service
from scholr.contexts.sync.schemas import SyncBatch, SyncOut
from scholr.kernel.ids import MembershipId
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform

TAGS = ["sync"]


@api.post("/api/sync", tags=TAGS, summary="Merge what a device kept while it was offline", status_code=200)
async def post_sync(data: JSONBody[SyncBatch], actor: TheActor, platform: ThePlatform) -> SyncOut:
    batch = model.read_batch(data.completed_lessons, data.last_position_lesson, data.last_position_at)
    state = await service.merge_batch(
        platform, actor, learner_id=MembershipId(data.learner_id), course_id=data.course_id, batch=batch
    )
    return _out(state)


@api.get("/api/sync", tags=TAGS, summary="The merged state of a learner in a course")
async def get_sync(
    learner_id: FromQuery[UUID], course_id: FromQuery[UUID], actor: TheActor, platform: ThePlatform
) -> SyncOut:
    state = await service.current_state(platform, actor, learner_id=MembershipId(learner_id), course_id=course_id)
    return _out(state)


def _out(state: model.SyncState) -> SyncOut:
    position = state.position
    return SyncOut(
        completed_lessons=list(model.sorted_lessons(state)),
        completed_count=len(state.completed),
        last_position_lesson=position.lesson if position else None,
        last_position_at=position.at if position else None,
        version=state.version,
    )


ROUTES = (post_sync, get_sync)
