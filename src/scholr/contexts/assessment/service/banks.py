"""Question banks, and the places of an assessment that draw from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from scholr.contexts.assessment.errors import BankInUse, DrawNotFound, InvalidAssessment, QuestionNotFound
from scholr.contexts.assessment.model import validate_title
from scholr.contexts.assessment.policy import AUTHOR, BANK_KEYS_READ, SEE_KEYS
from scholr.contexts.assessment.questions import Question
from scholr.contexts.assessment.repository import authoring as repository
from scholr.contexts.assessment.service.access import own_id
from scholr.contexts.assessment.service.authoring import QuestionDraft, edited
from scholr.contexts.assessment.tables import BankRow, DrawRow, QuestionRow
from scholr.kernel.actor import Actor
from scholr.kernel.ids import new_id
from scholr.kernel.pagination import Page, page_of
from scholr.platform.audit import note
from scholr.platform.db.retry import retried
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require

MAX_DRAWN = 500


@dataclass(frozen=True, slots=True)
class BankView:
    id: UUID
    title: str
    question_count: int
    updated_at: datetime


@retried
async def create_bank(platform: Platform, actor: Actor, *, title: str) -> BankView:
    require(actor, AUTHOR)
    checked = validate_title(title)
    async with platform.db.write(actor.tenant_id) as tx:
        row = BankRow(id=new_id(), title=checked, author_id=own_id(actor))
        tx.session.add(row)
    return BankView(row.id, checked, 0, platform.clock.now())


async def list_banks(platform: Platform, actor: Actor, *, after: UUID | None = None, limit: int = 50) -> Page[BankView]:
    """Every bank of the organisation, in the order of making."""
    require(actor, AUTHOR)
    async with platform.db.read(actor.tenant_id) as rx:
        rows = await repository.bank_page(rx, after=after, limit=limit)
    views = [BankView(row.id, row.title, many, row.updated_at) for row, many in rows]
    return page_of(views, limit, lambda view: str(view.id))


async def bank_questions(
    platform: Platform, actor: Actor, *, bank_id: UUID, keyed: bool = False
) -> tuple[BankView, Sequence[Question]]:
    """A bank and its questions in order. With `keyed` the caller means to show the keys. Raises BankNotFound."""
    require(actor, SEE_KEYS if keyed else AUTHOR)
    async with platform.db.read(actor.tenant_id) as rx:
        row = await repository.bank_row(rx, bank_id)
        questions = [repository.as_question(each) for each in await repository.questions_of(rx, bank_id=bank_id)]
    if keyed:
        await note(platform, actor, BANK_KEYS_READ, bank_id)
    return BankView(row.id, row.title, len(questions), row.updated_at), questions


@retried
async def rename_bank(platform: Platform, actor: Actor, *, bank_id: UUID, title: str) -> None:
    require(actor, AUTHOR)
    checked = validate_title(title)
    async with platform.db.write(actor.tenant_id) as tx:
        (await repository.bank_row(tx, bank_id, lock=True)).title = checked


@retried
async def delete_bank(platform: Platform, actor: Actor, *, bank_id: UUID) -> None:
    """Delete a bank from which nothing is drawn; attempts that drew from it keep their questions. Raises BankInUse."""
    require(actor, AUTHOR)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await repository.bank_row(tx, bank_id, lock=True)
        if await repository.bank_is_drawn_from(tx, bank_id):
            raise BankInUse
        await repository.delete_questions_of_bank(tx, bank_id)
        await tx.session.delete(row)


@retried
async def add_bank_question(platform: Platform, actor: Actor, *, bank_id: UUID, draft: QuestionDraft) -> Question:
    """Append a question to a bank; every assessment that draws from it gets a new revision."""
    require(actor, AUTHOR)
    question_id = new_id()
    async with platform.db.write(actor.tenant_id) as tx:
        await repository.touch_assessments_of_bank(tx, bank_id)
        await repository.bank_row(tx, bank_id, lock=True)
        question = draft.validated(question_id)
        position = await repository.next_position(tx, bank_id=bank_id)
        columns = repository.question_columns(question)
        tx.session.add(QuestionRow(id=question_id, bank_id=bank_id, position=position, **columns))
    return question


@retried
async def change_bank_question(
    platform: Platform, actor: Actor, *, bank_id: UUID, question_id: UUID, draft: QuestionDraft
) -> Question:
    require(actor, AUTHOR)
    async with platform.db.write(actor.tenant_id) as tx:
        await repository.touch_assessments_of_bank(tx, bank_id)
        await repository.bank_row(tx, bank_id, lock=True)
        row = await repository.question_row(tx, question_id, bank_id=bank_id)
        question = draft.validated(question_id)
        for name, value in repository.question_columns(question).items():
            setattr(row, name, value)
    return question


@retried
async def remove_bank_question(platform: Platform, actor: Actor, *, bank_id: UUID, question_id: UUID) -> None:
    """Take a question out of a bank. Raises QuestionNotFound, also when it was taken out before."""
    require(actor, AUTHOR)
    async with platform.db.write(actor.tenant_id) as tx:
        await repository.touch_assessments_of_bank(tx, bank_id)
        await repository.bank_row(tx, bank_id, lock=True)
        if not await repository.delete_question(tx, question_id, bank_id=bank_id):
            raise QuestionNotFound


@retried
async def add_draw(platform: Platform, actor: Actor, *, assessment_id: UUID, bank_id: UUID, count: int) -> UUID:
    """Append a place that is filled by `count` questions drawn from a bank. Raises BankNotFound."""
    require(actor, AUTHOR)
    if not 1 <= count <= MAX_DRAWN:
        raise InvalidAssessment(fields={"count": f"must be between 1 and {MAX_DRAWN}"})
    async with platform.db.write(actor.tenant_id) as tx:
        await edited(tx, actor, assessment_id)
        await repository.bank_row(tx, bank_id)
        position = await repository.next_position(tx, assessment_id=assessment_id)
        row = DrawRow(id=new_id(), assessment_id=assessment_id, bank_id=bank_id, position=position, count=count)
        tx.session.add(row)
    return row.id


@retried
async def remove_draw(platform: Platform, actor: Actor, *, assessment_id: UUID, draw_id: UUID) -> None:
    require(actor, AUTHOR)
    async with platform.db.write(actor.tenant_id) as tx:
        await edited(tx, actor, assessment_id)
        if not await repository.delete_draw(tx, assessment_id, draw_id):
            raise DrawNotFound


@retried
async def arrange_entries(platform: Platform, actor: Actor, *, assessment_id: UUID, order: Sequence[UUID]) -> None:
    """Put questions and draws in this order; `order` names each of them exactly once."""
    require(actor, AUTHOR)
    async with platform.db.write(actor.tenant_id) as tx:
        await edited(tx, actor, assessment_id)
        rows = {row.id: row for row in await repository.questions_of(tx, assessment_id=assessment_id)}
        draws = {row.id: row for row in await repository.draws_of(tx, assessment_id)}
        if sorted(order) != sorted([*rows, *draws]):
            raise InvalidAssessment(fields={"order": "must name every question and every draw once"})
        for place, entry_id in enumerate(order):
            if entry_id in rows:
                rows[entry_id].position = place
            else:
                draws[entry_id].position = place
