"""The JSON routes of results, grades and accommodations."""

from uuid import UUID

from litestar import Response
from litestar.params import FromPath, FromQuery, JSONBody

from scholr.contexts.assessment.schemas.results import (
    AccommodationIn,
    AccommodationList,
    GradebookOut,
    OverrideIn,
    OverrideList,
    ReceiptCheck,
    ReceiptVerdict,
    ResultOut,
    StatisticsOut,
    accommodation_out,
    grade_row_out,
    override_out,
    result_out,
    statistics_out,
)
from scholr.contexts.assessment.service import accommodating, exporting, marking, reporting, reviewing
from scholr.contexts.assessment.service.views import Receipt
from scholr.kernel.ids import MembershipId
from scholr.kernel.pagination import DEFAULT_LIMIT
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.ratelimit.quotas import EXPENSIVE

TAGS = ["results"]


@api.get("/api/attempts/{attempt_id:uuid}/result", tags=TAGS, summary="An attempt's result, as far as it is shown")
async def get_result(attempt_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> ResultOut:
    return result_out(await reporting.attempt_result(platform, actor, attempt_id=attempt_id))


@api.post(
    "/api/attempts/{attempt_id:uuid}/receipts/verify",
    tags=TAGS,
    summary="Whether a receipt is genuine",
    status_code=200,
)
async def verify_receipt(
    attempt_id: FromPath[UUID], data: JSONBody[ReceiptCheck], actor: TheActor, platform: ThePlatform
) -> ReceiptVerdict:
    shown = Receipt(str(data.question_id), data.sequence, data.saved_at, tuple(data.answer), data.code)
    verdict = await reviewing.verify_receipt(platform, actor, attempt_id=attempt_id, shown=shown)
    return ReceiptVerdict(verdict.valid, verdict.standing)


@api.get("/api/assessments/{assessment_id:uuid}/results", tags=TAGS, summary="The gradebook of an assessment")
async def get_gradebook(
    assessment_id: FromPath[UUID],
    actor: TheActor,
    platform: ThePlatform,
    limit: FromQuery[int] = DEFAULT_LIMIT,
    cursor: FromQuery[UUID | None] = None,
) -> GradebookOut:
    _, page = await reporting.gradebook_page(platform, actor, assessment_id=assessment_id, after=cursor, limit=limit)
    return GradebookOut([grade_row_out(row) for row in page.items], page.next_cursor)


@api.get(
    "/api/assessments/{assessment_id:uuid}/results.csv",
    cost=EXPENSIVE,
    tags=TAGS,
    summary="The gradebook as CSV",
    media_type="text/csv",
)
async def get_gradebook_csv(assessment_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[str]:
    text = await exporting.results_csv(platform, actor, assessment_id=assessment_id)
    headers = {"content-disposition": 'attachment; filename="results.csv"', "cache-control": "no-store"}
    return Response(text, headers=headers, media_type="text/csv")


@api.get("/api/assessments/{assessment_id:uuid}/statistics", tags=TAGS, summary="How each question did")
async def get_statistics(assessment_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> StatisticsOut:
    _, items = await reporting.statistics(platform, actor, assessment_id=assessment_id)
    return StatisticsOut([statistics_out(item) for item in items])


@api.put(
    "/api/attempts/{attempt_id:uuid}/grades/{question_id:uuid}", tags=TAGS, summary="Judge one question's points anew"
)
async def override_grade(
    attempt_id: FromPath[UUID],
    question_id: FromPath[UUID],
    data: JSONBody[OverrideIn],
    actor: TheActor,
    platform: ThePlatform,
) -> ResultOut:
    await marking.override_grade(platform, actor, attempt_id=attempt_id, judgement=data.judgement(question_id))
    return result_out(await reporting.attempt_result(platform, actor, attempt_id=attempt_id))


@api.get("/api/attempts/{attempt_id:uuid}/overrides", tags=TAGS, summary="Who changed a grade, when and why")
async def list_overrides(attempt_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> OverrideList:
    found = await reporting.override_history(platform, actor, attempt_id=attempt_id)
    return OverrideList([override_out(line) for line in found])


@api.get("/api/assessments/{assessment_id:uuid}/accommodations", tags=TAGS, summary="What single learners are given")
async def list_accommodations(
    assessment_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> AccommodationList:
    _, found = await accommodating.list_accommodations(platform, actor, assessment_id=assessment_id)
    return AccommodationList([accommodation_out(view) for view in found])


@api.put(
    "/api/assessments/{assessment_id:uuid}/accommodations/{learner_id:uuid}",
    tags=TAGS,
    summary="Give a learner extra time or attempts",
    status_code=204,
)
async def set_accommodation(
    assessment_id: FromPath[UUID],
    learner_id: FromPath[UUID],
    data: JSONBody[AccommodationIn],
    actor: TheActor,
    platform: ThePlatform,
) -> None:
    await accommodating.set_accommodation(
        platform,
        actor,
        assessment_id=assessment_id,
        learner_id=MembershipId(learner_id),
        given=data.given(),
        note=data.note,
    )


@api.delete(
    "/api/assessments/{assessment_id:uuid}/accommodations/{learner_id:uuid}",
    tags=TAGS,
    summary="Take an accommodation back",
)
async def clear_accommodation(
    assessment_id: FromPath[UUID], learner_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> None:
    await accommodating.clear_accommodation(
        platform, actor, assessment_id=assessment_id, learner_id=MembershipId(learner_id)
    )


ROUTES = (
    get_result,
    verify_receipt,
    get_gradebook,
    get_gradebook_csv,
    get_statistics,
    override_grade,
    list_overrides,
    list_accommodations,
    set_accommodation,
    clear_accommodation,
)
