"""The use cases of learning."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.identity import facade as identity
from scholr.contexts.learning import model, queries, repository
from scholr.contexts.learning.certificates import ensure_certificate
from scholr.contexts.learning.errors import CourseNotFound, InvalidRule, LessonNotFound
from scholr.contexts.learning.events import CourseCompleted, LessonCompleted
from scholr.contexts.learning.model import CourseLesson, CourseShape, Progress, Record
from scholr.contexts.learning.policy import ACT_FOR, LEARN, SET_RULES
from scholr.contexts.learning.queries import CourseRule
from scholr.kernel.actor import Actor
from scholr.kernel.ids import MembershipId
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import ReadUnit, WriteUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require

MAX_VALID_MONTHS = 120


@dataclass(frozen=True, slots=True)
class Standing:
    """A learner's place in a course as it is published now, with the record it was measured from."""

    course_id: UUID
    outline: catalog.Outline
    record: Record
    progress: Progress
    rule: CourseRule


@retried
async def complete_lesson(
    platform: Platform, actor: Actor, *, course_id: UUID, lesson_id: UUID, learner_id: MembershipId | None = None
) -> Standing:
    """Record that the lesson was completed; the same again changes nothing.

    Raises LessonNotFound for a lesson that the published course does not have, CourseNotFound for who has no seat.
    """
    require(actor, LEARN)
    now = platform.clock.now()
    async with platform.db.write(actor.tenant_id) as tx:
        learner = await _learner(tx, actor, course_id, learner_id)
        outline = await catalog.outline(tx, course_id)
        _require_lesson(outline, lesson_id)
        await repository.lock_learner(tx, learner, course_id)
        fresh = await repository.add_completion(tx, learner, course_id, lesson_id, now)
        if fresh:
            await _announce_lessons(tx, learner, course_id, [lesson_id], now, now)
        return await fold_progress(tx, learner, course_id, outline, now, here=lesson_id)


@retried
async def report_view(
    platform: Platform, actor: Actor, *, course_id: UUID, lesson_id: UUID, view_id: UUID, seconds: int
) -> None:
    """Record that a sitting in the lesson lasted `seconds` so far, and that the learner is there now."""
    require(actor, LEARN)
    checked, now = model.checked_view_seconds(seconds), platform.clock.now()
    async with platform.db.write(actor.tenant_id) as tx:
        learner = await _learner(tx, actor, course_id, None)
        outline = await catalog.outline(tx, course_id)
        _require_lesson(outline, lesson_id)
        await repository.lock_learner(tx, learner, course_id)
        await repository.add_view(tx, learner, course_id, lesson_id, view_id, checked)
        await fold_progress(tx, learner, course_id, outline, now, here=lesson_id)


async def record_completions(
    tx: WriteUnit, learner_id: MembershipId, course_id: UUID, lessons: Iterable[UUID], *, at: datetime, now: datetime
) -> None:
    """Record what another device had seen completed; lessons that the course does not have are left out."""
    outline = await catalog.outline(tx, course_id)
    known = {lesson.id for lesson in outline.lessons}
    await repository.lock_learner(tx, learner_id, course_id)
    wanted = [each for each in lessons if each in known]
    fresh = await repository.add_completions(tx, learner_id, course_id, wanted, min(at, now))
    if fresh:
        await _announce_lessons(tx, learner_id, course_id, fresh, min(at, now), now)
    await fold_progress(tx, learner_id, course_id, outline, now)


async def record_score(
    tx: WriteUnit, learner_id: MembershipId, course_id: UUID, assessment_id: UUID, percentage_bp: int, at: datetime
) -> None:
    """Take over what assessment announced; it may complete the course."""
    await repository.lock_learner(tx, learner_id, course_id)
    await repository.record_score(tx, learner_id, course_id, assessment_id, percentage_bp, at)
    await fold_progress(tx, learner_id, course_id, await catalog.outline(tx, course_id), at)


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
    rule = await queries.course_rule(tx, course_id)
    found = model.progress(_shape(outline, rule), record, rule.rule)
    if found.complete and record.completed_at is None:
        record = replace(record, completed_at=now)
        await tx.emit(
            CourseCompleted(
                tenant_id=tx.require_tenant(), aggregate_id=learner_id, occurred_at=now, course_id=course_id
            )
        )
        if rule.certificate:
            await ensure_certificate(tx, learner_id, course_id, rule, now)
    await repository.save_progress(tx, learner_id, course_id, record, found, now)
    return Standing(course_id, outline, record, found, rule)


async def standing(rx: ReadUnit, learner_id: MembershipId, course_id: UUID) -> Standing:
    """Where the learner stands, measured against the course as it is published now; writes nothing."""
    outline = await catalog.outline(rx, course_id)
    record = await queries.record(rx, learner_id, course_id)
    rule = await queries.course_rule(rx, course_id)
    return Standing(course_id, outline, record, model.progress(_shape(outline, rule), record, rule.rule), rule)


@retried
async def set_rule(
    platform: Platform,
    actor: Actor,
    *,
    course_id: UUID,
    rule: CourseRule,
) -> CourseRule:
    """Say what completes a course from now on; who completed it already stays so.

    A minimum score names the assessments that it holds for: learning does not know which there are.
    """
    require(actor, SET_RULES)
    model.validate_rule(rule.rule)
    if rule.valid_months is not None and not 1 <= rule.valid_months <= MAX_VALID_MONTHS:
        raise InvalidRule(fields={"valid_months": f"between 1 and {MAX_VALID_MONTHS}, or nothing"})
    if rule.rule.min_score_bp and not rule.assessment_ids:
        raise InvalidRule(fields={"assessment_ids": "at least one, where there is a minimum score"})
    async with platform.db.write(actor.tenant_id) as tx:
        await catalog.access_course(tx, actor, course_id)
        await repository.save_rule(tx, course_id, rule)
        await refold_course(tx, course_id, platform.clock.now())
    return rule


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


async def _learner(tx: ReadUnit, actor: Actor, course_id: UUID, learner_id: MembershipId | None) -> MembershipId:
    """Whose facts these are: the actor's own, who must have a seat; or a member's, for staff."""
    if learner_id is None or learner_id == actor.membership_id:
        if await enrollment.active_enrollment(tx, _own(actor), course_id) is None:
            raise CourseNotFound
        return _own(actor)
    if not may(actor, ACT_FOR) or await identity.member(tx, learner_id) is None:
        raise CourseNotFound
    if await enrollment.active_enrollment(tx, learner_id, course_id) is None:
        raise CourseNotFound
    return learner_id


def _own(actor: Actor) -> MembershipId:
    if actor.membership_id is None:
        raise CourseNotFound
    return actor.membership_id


def _require_lesson(outline: catalog.Outline, lesson_id: UUID) -> None:
    if all(lesson.id != lesson_id for lesson in outline.lessons):
        raise LessonNotFound


def _shape(outline: catalog.Outline, rule: CourseRule) -> CourseShape:
    lessons = tuple(CourseLesson(lesson.id, lesson.required) for lesson in outline.lessons)
    return CourseShape(lessons, rule.assessment_ids)


async def _announce_lessons(
    tx: WriteUnit, learner_id: MembershipId, course_id: UUID, lessons: Iterable[UUID], at: datetime, now: datetime
) -> None:
    await tx.emit(
        *(
            LessonCompleted(
                tenant_id=tx.require_tenant(),
                aggregate_id=learner_id,
                occurred_at=now,
                course_id=course_id,
                lesson_id=lesson_id,
                completed_at=at,
            )
            for lesson_id in lessons
        )
    )
