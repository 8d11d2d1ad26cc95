"""Question banks."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.assessment.errors import BankInUse, InvalidAssessment
from scholr.contexts.assessment.facade import QuestionType
from scholr.kernel.actor import Actor
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.web.forms import errors_of, read_form
from scholr.web.learn.quiz_view import first_line, in_words
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash
from scholr.web.teach.assessments_fields import HINTS, NAMES


@page_get("/teach/banks")
async def banks(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    return await _banks(request, actor, platform)


async def _banks(
    request: PageRequest, actor: Actor, platform: Platform, error: InvalidAssessment | None = None
) -> Response[Any]:
    page = await assessment.list_banks(platform, actor, limit=200)
    return show(
        request,
        "teach/banks.html",
        title="Question banks",
        area="teach",
        crumbs=(Crumb(label="Question banks"),),
        status_code=200 if error is None else 422,
        banks=page.items,
        headline=in_words(len(page.items), "question bank", "question banks")
        if page.items
        else "No question banks yet",
        errors=errors_of(error, "title") if error else {},
    )


@page_post("/teach/banks")
async def create_bank(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    form = await read_form(request)
    try:
        bank = await assessment.create_bank(platform, actor, title=form.text("title"))
    except InvalidAssessment as error:
        return await _banks(request, actor, platform, error)
    return redirect(f"/teach/banks/{bank.id}")


@page_get("/teach/banks/{bank_id:uuid}")
async def bank(request: PageRequest, bank_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    view, questions = await assessment.bank_questions(platform, actor, bank_id=bank_id, keyed=True)
    return show(
        request,
        "teach/bank.html",
        title=view.title,
        area="teach",
        crumbs=(Crumb(label="Question banks", href="/teach/banks"), Crumb(label=view.title)),
        bank=view,
        questions=questions,
        names=NAMES,
        hints=HINTS,
        types=list(QuestionType),
        answer=assessment.correct_texts,
        first_line=first_line,
    )


@page_post("/teach/banks/{bank_id:uuid}/delete")
async def delete_bank(bank_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    try:
        await assessment.delete_bank(platform, actor, bank_id=bank_id)
    except BankInUse as refusal:
        return redirect(f"/teach/banks/{bank_id}", flash=Flash(text=refusal.message))
    return redirect("/teach/banks", flash=Flash(text="The bank was deleted."))


ROUTES: tuple[Any, ...] = (banks, create_bank, bank, delete_bank)
