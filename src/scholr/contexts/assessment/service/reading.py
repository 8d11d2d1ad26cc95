"""Assessments and their questions for one actor: what may not be seen is not found."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from scholr.contexts.assessment.errors import AssessmentNotFound
from scholr.contexts.assessment.policy import AUTHOR, KEYS_READ, SEE, SEE_HIDDEN, SEE_KEYS
from scholr.contexts.assessment.queries import listing
from scholr.contexts.assessment.queries.listing import AssessmentView
from scholr.contexts.assessment.questions import Question
from scholr.contexts.assessment.repository import authoring as repository
from scholr.contexts.catalog import facade as catalog
from scholr.kernel.actor import Actor
from scholr.kernel.pagination import Page
from scholr.platform.audit import note
from scholr.platform.db.unit import ReadUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require


async def access_assessment(platform: Platform, actor: Actor, assessment_id: UUID) -> AssessmentView:
    """One assessment of a course that the actor may see; hidden ones only for staff."""
    require(actor, SEE)
    async with platform.db.read(actor.tenant_id) as rx:
        return await access_in(rx, actor, assessment_id)


async def access_in(rx: ReadUnit, actor: Actor, assessment_id: UUID) -> AssessmentView:
    found = await listing.assessment(rx, assessment_id)
    if found is None or (found.hidden and not may(actor, SEE_HIDDEN)):
        raise AssessmentNotFound
    course = await catalog.access_course(rx, actor, found.course_id)
    return replace(found, course_title=course.title)


async def list_assessments(
    platform: Platform, actor: Actor, *, course_id: UUID, after: UUID | None = None, limit: int = 50
) -> Page[AssessmentView]:
    """In the order of making. Raises CourseNotFound."""
    require(actor, SEE)
    async with platform.db.read(actor.tenant_id) as rx:
        await catalog.access_course(rx, actor, course_id)
        hidden = may(actor, SEE_HIDDEN)
        return await listing.assessments_of_course(rx, course_id, hidden=hidden, after=after, limit=limit)


async def author_questions(platform: Platform, actor: Actor, *, assessment_id: UUID) -> Sequence[Question]:
    """The assessment's own questions in order, for its authors; whoever answers leaves the keys out."""
    require(actor, AUTHOR)
    return await _questions(platform, actor, assessment_id)


async def keyed_questions(platform: Platform, actor: Actor, *, assessment_id: UUID) -> Sequence[Question]:
    """The same for those who may see the keys: a permission and a token scope of its own."""
    require(actor, SEE_KEYS)
    found = await _questions(platform, actor, assessment_id)
    await note(platform, actor, KEYS_READ, assessment_id)
    return found


async def _questions(platform: Platform, actor: Actor, assessment_id: UUID) -> Sequence[Question]:
    async with platform.db.read(actor.tenant_id) as rx:
        await access_in(rx, actor, assessment_id)
        rows = await repository.questions_of(rx, assessment_id=assessment_id)
        return [repository.as_question(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of an assessment as its authors see it: a question with its key, or a draw from a bank."""

    id: UUID
    question: Question | None = None
    bank_id: UUID | None = None
    bank_title: str = ""
    count: int = 1


async def authored_question(platform: Platform, actor: Actor, *, assessment_id: UUID, question_id: UUID) -> Question:
    """One question of the assessment with its key, for those who may see the keys. Raises QuestionNotFound."""
    require(actor, SEE_KEYS)
    async with platform.db.read(actor.tenant_id) as rx:
        await access_in(rx, actor, assessment_id)
        row = await repository.question_row(rx, question_id, assessment_id=assessment_id)
        return repository.as_question(row)


async def authored_entries(
    platform: Platform, actor: Actor, *, assessment_id: UUID
) -> tuple[AssessmentView, list[Entry]]:
    """The assessment with its questions, keys and draws in order, for those who may see the keys."""
    require(actor, SEE_KEYS)
    async with platform.db.read(actor.tenant_id) as rx:
        view = await access_in(rx, actor, assessment_id)
        questions = await repository.questions_of(rx, assessment_id=assessment_id)
        draws = await repository.draws_of(rx, assessment_id)
        titles = await repository.bank_titles(rx, {draw.bank_id for draw in draws})
    placed = [(row.position, 0, Entry(row.id, question=repository.as_question(row))) for row in questions]
    placed += [
        (row.position, 1, Entry(row.id, bank_id=row.bank_id, bank_title=titles[row.bank_id], count=row.count))
        for row in draws
    ]
    return view, [entry for _, _, entry in sorted(placed, key=lambda item: item[:2])]
