"""The JSON routes of question banks and of drawing from them."""

from uuid import UUID

from litestar import Response
from litestar.params import FromPath, FromQuery, JSONBody

from scholr.contexts.assessment.schemas.authoring import QuestionIn, QuestionOut, keyed_question_out, question_out
from scholr.contexts.assessment.schemas.results import (
    BankIn,
    BankKeys,
    BankOut,
    BankPage,
    BankQuestions,
    DrawIn,
    DrawOut,
    OrderIn,
    bank_out,
)
from scholr.contexts.assessment.service import banks
from scholr.kernel.pagination import DEFAULT_LIMIT
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform

TAGS = ["question banks"]


@api.post("/api/question-banks", tags=TAGS, summary="Make a question bank")
async def create_bank(data: JSONBody[BankIn], actor: TheActor, platform: ThePlatform) -> BankOut:
    return bank_out(await banks.create_bank(platform, actor, title=data.title))


@api.get("/api/question-banks", tags=TAGS, summary="The organisation's question banks")
async def list_banks(
    actor: TheActor,
    platform: ThePlatform,
    limit: FromQuery[int] = DEFAULT_LIMIT,
    cursor: FromQuery[UUID | None] = None,
) -> BankPage:
    page = await banks.list_banks(platform, actor, after=cursor, limit=limit)
    return BankPage([bank_out(view) for view in page.items], page.next_cursor)


@api.get("/api/question-banks/{bank_id:uuid}", tags=TAGS, summary="A bank's questions, without keys")
async def get_bank(bank_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> BankQuestions:
    bank, questions = await banks.bank_questions(platform, actor, bank_id=bank_id)
    return BankQuestions(bank.id, bank.title, [question_out(question) for question in questions])


@api.get("/api/question-banks/{bank_id:uuid}/answer-keys", tags=TAGS, summary="A bank's questions with their keys")
async def get_bank_keys(bank_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[BankKeys]:
    bank, questions = await banks.bank_questions(platform, actor, bank_id=bank_id, keyed=True)
    keys = BankKeys(bank.id, bank.title, [keyed_question_out(question) for question in questions])
    return Response(keys, headers={"cache-control": "no-store"})


@api.patch("/api/question-banks/{bank_id:uuid}", tags=TAGS, summary="Rename a bank")
async def rename_bank(
    bank_id: FromPath[UUID], data: JSONBody[BankIn], actor: TheActor, platform: ThePlatform
) -> BankOut:
    await banks.rename_bank(platform, actor, bank_id=bank_id, title=data.title)
    bank, _ = await banks.bank_questions(platform, actor, bank_id=bank_id)
    return bank_out(bank)


@api.delete("/api/question-banks/{bank_id:uuid}", tags=TAGS, summary="Delete a bank that nothing draws from")
async def delete_bank(bank_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> None:
    await banks.delete_bank(platform, actor, bank_id=bank_id)


@api.post("/api/question-banks/{bank_id:uuid}/questions", tags=TAGS, summary="Add a question to a bank")
async def add_bank_question(
    bank_id: FromPath[UUID], data: JSONBody[QuestionIn], actor: TheActor, platform: ThePlatform
) -> QuestionOut:
    return question_out(await banks.add_bank_question(platform, actor, bank_id=bank_id, draft=data.draft()))


@api.put(
    "/api/question-banks/{bank_id:uuid}/questions/{question_id:uuid}", tags=TAGS, summary="Replace a bank's question"
)
async def change_bank_question(
    bank_id: FromPath[UUID],
    question_id: FromPath[UUID],
    data: JSONBody[QuestionIn],
    actor: TheActor,
    platform: ThePlatform,
) -> QuestionOut:
    changed = await banks.change_bank_question(
        platform, actor, bank_id=bank_id, question_id=question_id, draft=data.draft()
    )
    return question_out(changed)


@api.delete(
    "/api/question-banks/{bank_id:uuid}/questions/{question_id:uuid}",
    tags=TAGS,
    summary="Take a question out of a bank",
)
async def remove_bank_question(
    bank_id: FromPath[UUID], question_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> None:
    await banks.remove_bank_question(platform, actor, bank_id=bank_id, question_id=question_id)


@api.post("/api/assessments/{assessment_id:uuid}/draws", tags=TAGS, summary="Draw questions from a bank")
async def add_draw(
    assessment_id: FromPath[UUID], data: JSONBody[DrawIn], actor: TheActor, platform: ThePlatform
) -> DrawOut:
    draw_id = await banks.add_draw(platform, actor, assessment_id=assessment_id, bank_id=data.bank_id, count=data.count)
    return DrawOut(draw_id, data.bank_id, data.count)


@api.delete("/api/assessments/{assessment_id:uuid}/draws/{draw_id:uuid}", tags=TAGS, summary="Stop drawing from a bank")
async def remove_draw(
    assessment_id: FromPath[UUID], draw_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> None:
    await banks.remove_draw(platform, actor, assessment_id=assessment_id, draw_id=draw_id)


@api.put(
    "/api/assessments/{assessment_id:uuid}/order",
    tags=TAGS,
    summary="Arrange questions and draws",
    status_code=204,
)
async def arrange_entries(
    assessment_id: FromPath[UUID], data: JSONBody[OrderIn], actor: TheActor, platform: ThePlatform
) -> None:
    await banks.arrange_entries(platform, actor, assessment_id=assessment_id, order=data.order)


ROUTES = (
    create_bank,
    list_banks,
    get_bank,
    get_bank_keys,
    rename_bank,
    delete_bank,
    add_bank_question,
    change_bank_question,
    remove_bank_question,
    add_draw,
    remove_draw,
    arrange_entries,
)
