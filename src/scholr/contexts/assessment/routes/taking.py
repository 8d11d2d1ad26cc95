"""The JSON routes of taking an assessment."""

from uuid import UUID

from litestar import Response
from litestar.params import FromPath, JSONBody

from scholr.contexts.assessment.schemas.taking import (
    AttemptOut,
    ReceiptsOut,
    SaveAnswers,
    StartAttempt,
    SubmitAttempt,
    SubmitOut,
    TakingOut,
    attempt_out,
    receipt_out,
    submit_out,
    taking_out,
)
from scholr.contexts.assessment.service import reviewing, submitting, taking
from scholr.contexts.assessment.service.access import own_id
from scholr.kernel.ids import MembershipId
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform

TAGS = ["attempts"]


@api.post(
    "/api/assessments/{assessment_id:uuid}/attempts",
    tags=TAGS,
    summary="Start an attempt, or resume it",
    responses=api.found(AttemptOut),
)
async def start_attempt(
    assessment_id: FromPath[UUID], actor: TheActor, platform: ThePlatform, data: JSONBody[StartAttempt | None] = None
) -> Response[AttemptOut]:
    learner_id = MembershipId(data.learner_id) if data and data.learner_id else own_id(actor)
    view = await taking.start_attempt(platform, actor, assessment_id=assessment_id, learner_id=learner_id)
    return Response(attempt_out(view), status_code=201 if view.created else 200)


@api.get("/api/attempts/{attempt_id:uuid}", tags=TAGS, summary="An attempt's questions and saved answers")
async def get_attempt(attempt_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> TakingOut:
    view = await reviewing.taking_view(platform, actor, attempt_id=attempt_id)
    return taking_out(view, platform.clock.now())


@api.put("/api/attempts/{attempt_id:uuid}/answers", tags=TAGS, summary="Keep answers while the attempt runs")
async def save_answers(
    attempt_id: FromPath[UUID], data: JSONBody[SaveAnswers], actor: TheActor, platform: ThePlatform
) -> ReceiptsOut:
    saved = await taking.save_answers(platform, actor, attempt_id=attempt_id, answers=data.answers)
    return ReceiptsOut(saved.server_time, saved.deadline_at, [receipt_out(receipt) for receipt in saved.receipts])


@api.post("/api/attempts/{attempt_id:uuid}/submit", tags=TAGS, summary="Hand the attempt in, once", status_code=200)
async def submit_attempt(
    attempt_id: FromPath[UUID], actor: TheActor, platform: ThePlatform, data: JSONBody[SubmitAttempt | None] = None
) -> SubmitOut:
    return submit_out(
        await submitting.submit_attempt(platform, actor, attempt_id=attempt_id, answers=data.answers if data else None)
    )


@api.get("/api/attempts/{attempt_id:uuid}/receipts", tags=TAGS, summary="Receipts for the saved answers")
async def get_receipts(attempt_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> ReceiptsOut:
    view = await reviewing.taking_view(platform, actor, attempt_id=attempt_id)
    receipts = [receipt_out(receipt) for receipt in view.receipts]
    return ReceiptsOut(platform.clock.now(), view.attempt.deadline_at, receipts)


ROUTES = (start_attempt, get_attempt, save_answers, submit_attempt, get_receipts)
