"""Folding facts into progress, and what follows from it."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.learning import model, repository
from scholr.contexts.learning.events import CourseCompleted
from scholr.contexts.learning.model import CourseLesson, CourseShape, Progress, Record
from scholr.contexts.learning.policy import SET_RULES
from scholr.contexts.learning.queries import progress as queries
from scholr.contexts.learning.queries.rules import CourseRule, course_rule
from scholr.contexts.learning.service.certificates import ensure_certificate
from scholr.kernel.actor import Actor
from scholr.kernel.ids import MembershipId
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import ReadUnit, WriteUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require


@dataclass(frozen=True, slots=True)
class Standing:
    """A learner's place in a course as it is published now, with the record it was measured from.

    `finished_now` is set where the course was completed by what was just done.
    """

    course_id: UUID
    outline: catalog.Outline
    record: Record
    progress: Progress
    rule: CourseRule
    finished_now: bool = False


async def fold_progress(
    tx: WriteUnit,
    learner_id: MembershipId,
    course_id: UUID,
    outline: catalog.Outline,
    now: datetime,
    *,
    here: UUID | None = None,
) -> Standing:
    """Fold the facts anew, keep the result, and announce the course's completion once.

    The caller holds the learner's lock, so that of two last lessons one certainly sees the other.
    """
    record = await queries.record(tx, learner_id, course_id)
    if here is not None:
        record = model.fold([model.PositionRecorded(here, now)], record)
    rule = await course_rule(tx, course_id)
    found = model.progress(_shape(outline, rule), record, rule.rule)
    finished_now = found.complete and record.completed_at is None
    if finished_now:
        record = replace(record, completed_at=now)
        await tx.emit(
            CourseCompleted(
                tenant_id=tx.require_tenant(), aggregate_id=learner_id, occurred_at=now, course_id=course_id
            )
        )
        if rule.certificate:
            await ensure_certificate(tx, learner_id, course_id, rule, now)
    await repository.save_progress(tx, learner_id, course_id, record, found, now)
    return Standing(course_id, outline, record, found, rule, finished_now)


async def standing(
    rx: ReadUnit, learner_id: MembershipId, course_id: UUID, *, outline: catalog.Outline | None = None
) -> Standing:
    """Where the learner stands, measured against the course as it is published now; writes nothing.

    `outline` is the published one, where the caller has it already.
    """
    outline = outline or await catalog.outline(rx, course_id)
    record, rule = await queries.record_with_rule(rx, learner_id, course_id)
    return Standing(course_id, outline, record, model.progress(_shape(outline, rule), record, rule.rule), rule)


@retried
async def rebuild_progress(platform: Platform, actor: Actor, *, course_id: UUID) -> int:
    """Fold every learner's facts in the course anew, such as after it was published again; returns how many."""
    require(actor, SET_RULES)
    async with platform.db.write(actor.tenant_id) as tx:
        await catalog.access_course(tx, actor, course_id)
        return await refold_course(tx, course_id, platform.clock.now())


async def refold_course(tx: WriteUnit, course_id: UUID, now: datetime) -> int:
    outline = await catalog.outline(tx, course_id)
    learners = await queries.learners_with_facts(tx, course_id)
    for learner_id in learners:
        await repository.lock_learner(tx, learner_id, course_id)
        await fold_progress(tx, learner_id, course_id, outline, now)
    return len(learners)


def _shape(outline: catalog.Outline, rule: CourseRule) -> CourseShape:
    lessons = tuple(CourseLesson(lesson.id, lesson.required) for lesson in outline.lessons)
    return CourseShape(lessons, rule.assessment_ids)
