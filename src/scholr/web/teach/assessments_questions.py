"""Writing questions, in an assessment or in a bank, with what is wrong beside the field that it is about."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath, FromQuery

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.assessment.errors import InvalidQuestion, QuestionNotFound
from scholr.contexts.assessment.facade import Question, QuestionDraft, QuestionType
from scholr.kernel.actor import Actor
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.web.forms import read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash
from scholr.web.teach.assessments import crumbs_for
from scholr.web.teach.assessments_fields import (
    HINTS,
    MORE_ROWS,
    NAMES,
    QuestionFields,
    fields_from_form,
    fields_from_question,
    form_errors,
)


@dataclass(frozen=True, slots=True)
class Home:
    """Where a question lives: the page it belongs to and the way there."""

    path: str
    title: str
    crumbs: tuple[Crumb, ...]


def _kind(text: str) -> QuestionType:
    try:
        return QuestionType(text)
    except ValueError:
        return QuestionType.SINGLE


def _form_page(
    request: PageRequest,
    home: Home,
    fields: QuestionFields,
    action: str,
    *,
    errors: dict[str, str] | None = None,
    is_new: bool = True,
    more: int = 0,
) -> Response[Any]:
    name = "New question" if is_new else "Question"
    return show(
        request,
        "teach/question.html",
        title=f"{name}: {home.title}",
        area="teach",
        crumbs=(*home.crumbs, Crumb(label=name)),
        status_code=422 if errors else 200,
        fields=fields,
        rows=[*fields.shown_rows, *[("", "")] * more],
        kind=fields.type.value,
        names=NAMES,
        hints=HINTS,
        action=action,
        back=home.path,
        errors=errors or {},
        is_new=is_new,
    )


async def _take(
    request: PageRequest,
    home: Home,
    action: str,
    save: Callable[[QuestionDraft], Awaitable[Question]],
    *,
    is_new: bool,
) -> Response[Any]:
    """Save the sent question, or show the form again with what is wrong, or with more lines to write on."""
    form = await read_form(request)
    fields = fields_from_form(_kind(form.text("type")), form)
    if form.checked("more"):
        return _form_page(request, home, fields, action, is_new=is_new, more=MORE_ROWS)
    try:
        await save(fields.draft())
    except InvalidQuestion as error:
        problems = form_errors(fields.type, error.fields)
        return _form_page(request, home, fields, action, errors=problems, is_new=is_new)
    if form.checked("another"):
        again = f"{action}?type={fields.type.value}"
        return redirect(again, flash=Flash(text="Saved. Here is room for the next one."))
    return redirect(home.path, flash=Flash(text="The question is saved."))


async def _quiz_home(platform: Platform, actor: Actor, assessment_id: UUID) -> Home:
    view = await assessment.access_assessment(platform, actor, assessment_id)
    path = f"/teach/assessments/{assessment_id}"
    crumbs = await crumbs_for(platform, actor, view.course_id, Crumb(label=view.title, href=path))
    return Home(path, view.title, crumbs)


async def _bank_home(platform: Platform, actor: Actor, bank_id: UUID) -> Home:
    bank, _ = await assessment.bank_questions(platform, actor, bank_id=bank_id)
    path = f"/teach/banks/{bank_id}"
    crumbs = (Crumb(label="Question banks", href="/teach/banks"), Crumb(label=bank.title, href=path))
    return Home(path, bank.title, crumbs)


async def _quiz_question(platform: Platform, actor: Actor, assessment_id: UUID, question_id: UUID) -> Question:
    """Loaded also before a changed one is looked at: what is not here is not found, whatever was sent."""
    return await assessment.authored_question(platform, actor, assessment_id=assessment_id, question_id=question_id)


async def _bank_question(platform: Platform, actor: Actor, bank_id: UUID, question_id: UUID) -> Question:
    _, questions = await assessment.bank_questions(platform, actor, bank_id=bank_id, keyed=True)
    found = next((each for each in questions if each.id == str(question_id)), None)
    if found is None:
        raise QuestionNotFound
    return found


@page_get("/teach/assessments/{assessment_id:uuid}/questions/new")
async def new_question(
    request: PageRequest,
    assessment_id: FromPath[UUID],
    actor: TheActor,
    platform: ThePlatform,
    type: FromQuery[str] = "single",
) -> Response[Any]:
    home = await _quiz_home(platform, actor, assessment_id)
    return _form_page(request, home, QuestionFields(_kind(type)), f"{home.path}/questions/new")


@page_post("/teach/assessments/{assessment_id:uuid}/questions/new")
async def add_question(
    request: PageRequest, assessment_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    home = await _quiz_home(platform, actor, assessment_id)

    async def save(draft: QuestionDraft) -> Question:
        return await assessment.add_question(platform, actor, assessment_id=assessment_id, draft=draft)

    return await _take(request, home, f"{home.path}/questions/new", save, is_new=True)


@page_get("/teach/assessments/{assessment_id:uuid}/questions/{question_id:uuid}")
async def edit_question(
    request: PageRequest,
    assessment_id: FromPath[UUID],
    question_id: FromPath[UUID],
    actor: TheActor,
    platform: ThePlatform,
) -> Response[Any]:
    home = await _quiz_home(platform, actor, assessment_id)
    fields = fields_from_question(await _quiz_question(platform, actor, assessment_id, question_id))
    return _form_page(request, home, fields, f"{home.path}/questions/{question_id}", is_new=False)


@page_post("/teach/assessments/{assessment_id:uuid}/questions/{question_id:uuid}")
async def change_question(
    request: PageRequest,
    assessment_id: FromPath[UUID],
    question_id: FromPath[UUID],
    actor: TheActor,
    platform: ThePlatform,
) -> Response[Any]:
    home = await _quiz_home(platform, actor, assessment_id)
    await _quiz_question(platform, actor, assessment_id, question_id)

    async def save(draft: QuestionDraft) -> Question:
        return await assessment.change_question(
            platform, actor, assessment_id=assessment_id, question_id=question_id, draft=draft
        )

    return await _take(request, home, f"{home.path}/questions/{question_id}", save, is_new=False)


@page_post("/teach/assessments/{assessment_id:uuid}/questions/{question_id:uuid}/remove")
async def remove_question(
    assessment_id: FromPath[UUID], question_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    await assessment.remove_question(platform, actor, assessment_id=assessment_id, question_id=question_id)
    text = "The question was taken out. Attempts that have it keep it."
    return redirect(f"/teach/assessments/{assessment_id}", flash=Flash(text=text))


@page_get("/teach/banks/{bank_id:uuid}/questions/new")
async def new_bank_question(
    request: PageRequest,
    bank_id: FromPath[UUID],
    actor: TheActor,
    platform: ThePlatform,
    type: FromQuery[str] = "single",
) -> Response[Any]:
    home = await _bank_home(platform, actor, bank_id)
    return _form_page(request, home, QuestionFields(_kind(type)), f"{home.path}/questions/new")


@page_post("/teach/banks/{bank_id:uuid}/questions/new")
async def add_bank_question(
    request: PageRequest, bank_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    home = await _bank_home(platform, actor, bank_id)

    async def save(draft: QuestionDraft) -> Question:
        return await assessment.add_bank_question(platform, actor, bank_id=bank_id, draft=draft)

    return await _take(request, home, f"{home.path}/questions/new", save, is_new=True)


@page_get("/teach/banks/{bank_id:uuid}/questions/{question_id:uuid}")
async def edit_bank_question(
    request: PageRequest,
    bank_id: FromPath[UUID],
    question_id: FromPath[UUID],
    actor: TheActor,
    platform: ThePlatform,
) -> Response[Any]:
    home = await _bank_home(platform, actor, bank_id)
    fields = fields_from_question(await _bank_question(platform, actor, bank_id, question_id))
    return _form_page(request, home, fields, f"{home.path}/questions/{question_id}", is_new=False)


@page_post("/teach/banks/{bank_id:uuid}/questions/{question_id:uuid}")
async def change_bank_question(
    request: PageRequest,
    bank_id: FromPath[UUID],
    question_id: FromPath[UUID],
    actor: TheActor,
    platform: ThePlatform,
) -> Response[Any]:
    home = await _bank_home(platform, actor, bank_id)
    await _bank_question(platform, actor, bank_id, question_id)

    async def save(draft: QuestionDraft) -> Question:
        return await assessment.change_bank_question(
            platform, actor, bank_id=bank_id, question_id=question_id, draft=draft
        )

    return await _take(request, home, f"{home.path}/questions/{question_id}", save, is_new=False)


@page_post("/teach/banks/{bank_id:uuid}/questions/{question_id:uuid}/remove")
async def remove_bank_question(
    bank_id: FromPath[UUID], question_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    await assessment.remove_bank_question(platform, actor, bank_id=bank_id, question_id=question_id)
    return redirect(f"/teach/banks/{bank_id}", flash=Flash(text="The question was taken out of the bank."))


ROUTES: tuple[Any, ...] = (
    new_question,
    add_question,
    edit_question,
    change_question,
    remove_question,
    new_bank_question,
    add_bank_question,
    edit_bank_question,
    change_bank_question,
    remove_bank_question,
)
