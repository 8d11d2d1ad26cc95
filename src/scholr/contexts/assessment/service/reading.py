"""Assessments and their questions for one actor: what may not be seen is not found."""

from collections.abc import Sequence
from uuid import UUID

from scholr.contexts.assessment.errors import AssessmentNotFound
from scholr.contexts.assessment.policy import AUTHOR, SEE, SEE_HIDDEN, SEE_KEYS
from scholr.contexts.assessment.queries import listing
from scholr.contexts.assessment.queries.listing import AssessmentView
from scholr.contexts.assessment.questions import Question
from scholr.contexts.assessment.repository import authoring as repository
from scholr.contexts.catalog import facade as catalog
from scholr.kernel.actor import Actor
from scholr.kernel.pagination import Page
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
    await catalog.access_course(rx, actor, found.course_id)
    return found


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
    return await _questions(platform, actor, assessment_id)


async def _questions(platform: Platform, actor: Actor, assessment_id: UUID) -> Sequence[Question]:
    async with platform.db.read(actor.tenant_id) as rx:
        await access_in(rx, actor, assessment_id)
        rows = await repository.questions_of(rx, assessment_id=assessment_id)
        return [repository.as_question(row) for row in rows]
