"""The JSON routes of making assessments."""

from uuid import UUID

from litestar import Response
from litestar.params import FromPath, FromQuery, JSONBody

from scholr.contexts.assessment.model import AssessmentPolicy
from scholr.contexts.assessment.schemas.authoring import (
    AssessmentOut,
    AssessmentPage,
    CreateAssessment,
    KeyList,
    QuestionIn,
    QuestionList,
    QuestionOut,
    Settings,
    assessment_out,
    keyed_question_out,
    question_out,
)
from scholr.contexts.assessment.service import authoring, reading
from scholr.kernel.pagination import DEFAULT_LIMIT
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform

TAGS = ["assessments"]


@api.post("/api/assessments", tags=TAGS, summary="Make an assessment for a course")
async def create_assessment(data: JSONBody[CreateAssessment], actor: TheActor, platform: ThePlatform) -> AssessmentOut:
    assessment_id = await authoring.create_assessment(
        platform,
        actor,
        course_id=data.course_id,
        title=data.title,
        policy=data.policy_over(AssessmentPolicy()),
        hidden=data.hidden is True,
    )
    return assessment_out(await reading.access_assessment(platform, actor, assessment_id))


@api.get("/api/courses/{course_id:uuid}/assessments", tags=TAGS, summary="A course's assessments")
async def list_assessments(
    course_id: FromPath[UUID],
    actor: TheActor,
    platform: ThePlatform,
    limit: FromQuery[int] = DEFAULT_LIMIT,
    cursor: FromQuery[UUID | None] = None,
) -> AssessmentPage:
    page = await reading.list_assessments(platform, actor, course_id=course_id, after=cursor, limit=limit)
    return AssessmentPage([assessment_out(view) for view in page.items], page.next_cursor)


@api.get("/api/assessments/{assessment_id:uuid}", tags=TAGS, summary="One assessment")
async def get_assessment(assessment_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> AssessmentOut:
    return assessment_out(await reading.access_assessment(platform, actor, assessment_id))


@api.patch("/api/assessments/{assessment_id:uuid}", tags=TAGS, summary="Change an assessment's settings")
async def update_assessment(
    assessment_id: FromPath[UUID], data: JSONBody[Settings], actor: TheActor, platform: ThePlatform
) -> AssessmentOut:
    await authoring.update_assessment(
        platform,
        actor,
        assessment_id=assessment_id,
        title=data.title if isinstance(data.title, str) else None,
        hidden=data.hidden if isinstance(data.hidden, bool) else None,
        settings=data.policy_over,
    )
    return assessment_out(await reading.access_assessment(platform, actor, assessment_id))


@api.post("/api/assessments/{assessment_id:uuid}/questions", tags=TAGS, summary="Add a question")
async def add_question(
    assessment_id: FromPath[UUID], data: JSONBody[QuestionIn], actor: TheActor, platform: ThePlatform
) -> QuestionOut:
    draft = data.draft()
    return question_out(await authoring.add_question(platform, actor, assessment_id=assessment_id, draft=draft))


@api.get("/api/assessments/{assessment_id:uuid}/questions", tags=TAGS, summary="Questions for authors, without keys")
async def list_questions(assessment_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> QuestionList:
    found = await reading.author_questions(platform, actor, assessment_id=assessment_id)
    return QuestionList([question_out(question) for question in found])


@api.get("/api/assessments/{assessment_id:uuid}/answer-keys", tags=TAGS, summary="Questions with their keys")
async def list_answer_keys(assessment_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[KeyList]:
    found = await reading.keyed_questions(platform, actor, assessment_id=assessment_id)
    keys = KeyList([keyed_question_out(question) for question in found])
    return Response(keys, headers={"cache-control": "no-store"})


@api.put(
    "/api/assessments/{assessment_id:uuid}/questions/{question_id:uuid}",
    tags=TAGS,
    summary="Replace a question for the next attempts",
)
async def change_question(
    assessment_id: FromPath[UUID],
    question_id: FromPath[UUID],
    data: JSONBody[QuestionIn],
    actor: TheActor,
    platform: ThePlatform,
) -> QuestionOut:
    changed = await authoring.change_question(
        platform, actor, assessment_id=assessment_id, question_id=question_id, draft=data.draft()
    )
    return question_out(changed)


@api.delete(
    "/api/assessments/{assessment_id:uuid}/questions/{question_id:uuid}",
    tags=TAGS,
    summary="Take a question out of the next attempts",
)
async def remove_question(
    assessment_id: FromPath[UUID], question_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> None:
    await authoring.remove_question(platform, actor, assessment_id=assessment_id, question_id=question_id)


ROUTES = (
    create_assessment,
    list_assessments,
    get_assessment,
    update_assessment,
    add_question,
    list_questions,
    list_answer_keys,
    change_question,
    remove_question,
)
