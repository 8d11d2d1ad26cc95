"""Loads and saves of what authors make: assessments, questions, banks, draws."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update

from scholr.contexts.assessment.errors import AssessmentNotFound, BankNotFound, QuestionNotFound
from scholr.contexts.assessment.freezing import Content, decode_policy, entries_in_order, question_from_json
from scholr.contexts.assessment.presenting import BankDraw
from scholr.contexts.assessment.questions import MICRO, Question, key_as_json
from scholr.contexts.assessment.tables import AssessmentRow, BankRow, DrawRow, QuestionRow
from scholr.kernel.pagination import check_limit
from scholr.platform.db.unit import ReadUnit, WriteUnit


async def assessment_row(rx: ReadUnit, assessment_id: UUID, *, lock: bool = False) -> AssessmentRow:
    """One row by primary key, or AssessmentNotFound. With `lock`, edits and freezing wait for each other.

    The lock leaves the key shareable: attempts refer to the row and begin meanwhile.
    """
    query = select(AssessmentRow).where(AssessmentRow.id == assessment_id)
    row = await rx.session.scalar(query.with_for_update(key_share=True) if lock else query)
    if row is None:
        raise AssessmentNotFound
    return row


async def bank_row(rx: ReadUnit, bank_id: UUID, *, lock: bool = False) -> BankRow:
    """One row by primary key, or BankNotFound."""
    query = select(BankRow).where(BankRow.id == bank_id)
    row = await rx.session.scalar(query.with_for_update(key_share=True) if lock else query)
    if row is None:
        raise BankNotFound
    return row


async def question_row(
    rx: ReadUnit, question_id: UUID, *, assessment_id: UUID | None = None, bank_id: UUID | None = None
) -> QuestionRow:
    """A question in its own home, by primary key; QuestionNotFound when it lives elsewhere."""
    row = await rx.session.scalar(select(QuestionRow).where(QuestionRow.id == question_id))
    if row is None or (row.assessment_id, row.bank_id) != (assessment_id, bank_id):
        raise QuestionNotFound
    return row


async def touch_assessments_of_bank(tx: WriteUnit, bank_id: UUID) -> None:
    """Every assessment that draws from the bank gets a new revision; served by ix_assessment_draw_bank."""
    drawing = select(DrawRow.assessment_id).where(DrawRow.bank_id == bank_id)
    await tx.session.execute(
        update(AssessmentRow)
        .where(AssessmentRow.id.in_(drawing))
        .values(revision=AssessmentRow.revision + 1)
        .execution_options(synchronize_session=False)
    )


async def next_position(rx: ReadUnit, *, assessment_id: UUID | None = None, bank_id: UUID | None = None) -> int:
    """One after the last question or draw; served by the position indexes."""
    home = QuestionRow.assessment_id == assessment_id if assessment_id else QuestionRow.bank_id == bank_id
    last = await rx.session.scalar(select(func.max(QuestionRow.position)).where(home))
    if assessment_id is not None:
        drawn = await rx.session.scalar(
            select(func.max(DrawRow.position)).where(DrawRow.assessment_id == assessment_id)
        )
        last = max((place for place in (last, drawn) if place is not None), default=None)
    return 0 if last is None else last + 1


async def delete_question(
    tx: WriteUnit, question_id: UUID, *, assessment_id: UUID | None = None, bank_id: UUID | None = None
) -> bool:
    """Only from its own home; by primary key. False when it is not there."""
    home = QuestionRow.assessment_id == assessment_id if assessment_id else QuestionRow.bank_id == bank_id
    gone = delete(QuestionRow).where(QuestionRow.id == question_id, home).returning(QuestionRow.id)
    return await tx.session.scalar(gone) is not None


async def questions_of(
    rx: ReadUnit, *, assessment_id: UUID | None = None, bank_id: UUID | None = None
) -> Sequence[QuestionRow]:
    """In order of position; served by the position indexes."""
    home = QuestionRow.assessment_id == assessment_id if assessment_id else QuestionRow.bank_id == bank_id
    found = await rx.session.scalars(select(QuestionRow).where(home).order_by(QuestionRow.position, QuestionRow.id))
    return found.all()


async def draws_of(rx: ReadUnit, assessment_id: UUID) -> Sequence[DrawRow]:
    """In order of position; served by ix_assessment_draw_assessment."""
    query = select(DrawRow).where(DrawRow.assessment_id == assessment_id).order_by(DrawRow.position, DrawRow.id)
    return (await rx.session.scalars(query)).all()


async def load_content(rx: ReadUnit, row: AssessmentRow) -> Content:
    """The assessment as it would be frozen now, banks included."""
    own = await questions_of(rx, assessment_id=row.id)
    draws = await draws_of(rx, row.id)
    banked = await _questions_of_banks(rx, {draw.bank_id for draw in draws})
    pools = {draw.bank_id: frozenset(str(q.id) for q in banked if q.bank_id == draw.bank_id) for draw in draws}
    entries = entries_in_order(
        [(question.position, str(question.id)) for question in own],
        [(draw.position, BankDraw(pools[draw.bank_id], draw.count)) for draw in draws],
    )
    questions = {str(question.id): as_question(question) for question in [*own, *banked]}
    return Content(row.course_id, row.title, decode_policy(row.settings), entries, questions)


async def _questions_of_banks(rx: ReadUnit, bank_ids: set[UUID]) -> Sequence[QuestionRow]:
    if not bank_ids:
        return []
    found = await rx.session.scalars(select(QuestionRow).where(QuestionRow.bank_id.in_(bank_ids)))
    return found.all()


def as_question(row: QuestionRow) -> Question:
    return question_from_json(
        str(row.id),
        {
            "type": row.type,
            "prompt": row.prompt,
            "points": _points_text(row.points_micro),
            "options": row.options,
            "answer_key": row.answer_key,
            "explanation": row.explanation,
        },
    )


def _points_text(micro: int) -> str:
    return f"{micro // MICRO}.{micro % MICRO:06d}"


def question_columns(question: Question) -> dict[str, Any]:
    """The columns of a QuestionRow that hold its definition."""
    return {
        "type": question.type.value,
        "prompt": question.prompt,
        "points_micro": question.points_micro,
        "options": list(question.options),
        "answer_key": key_as_json(question.key),
        "explanation": question.explanation,
    }


async def bank_page(rx: ReadUnit, *, after: UUID | None, limit: int) -> Sequence[tuple[BankRow, int]]:
    """`limit + 1` banks in the order of making with their number of questions; by primary key."""
    many = select(func.count()).where(QuestionRow.bank_id == BankRow.id).correlate(BankRow).scalar_subquery()
    query = select(BankRow, many).order_by(BankRow.id).limit(check_limit(limit) + 1)
    found = await rx.session.execute(query if after is None else query.where(BankRow.id > after))
    return [(row, count) for row, count in found.all()]


async def bank_is_drawn_from(rx: ReadUnit, bank_id: UUID) -> bool:
    """Served by ix_assessment_draw_bank."""
    return await rx.session.scalar(select(DrawRow.id).where(DrawRow.bank_id == bank_id).limit(1)) is not None


async def delete_questions_of_bank(tx: WriteUnit, bank_id: UUID) -> None:
    await tx.session.execute(delete(QuestionRow).where(QuestionRow.bank_id == bank_id))


async def delete_draw(tx: WriteUnit, assessment_id: UUID, draw_id: UUID) -> bool:
    """By primary key. False when it is not there."""
    gone = delete(DrawRow).where(DrawRow.id == draw_id, DrawRow.assessment_id == assessment_id).returning(DrawRow.id)
    return await tx.session.scalar(gone) is not None


async def bank_titles(rx: ReadUnit, bank_ids: set[UUID]) -> dict[UUID, str]:
    """By primary key; nothing is asked for no ids."""
    if not bank_ids:
        return {}
    found = await rx.session.execute(select(BankRow.id, BankRow.title).where(BankRow.id.in_(bank_ids)))
    return {row.id: row.title for row in found}
