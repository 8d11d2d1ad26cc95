"""Facts come in: lessons completed, sittings, scores; from the page, another device, or assessment."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.identity import facade as identity
from scholr.contexts.learning import model, repository
from scholr.contexts.learning.errors import CourseNotFound, LessonNotFound
from scholr.contexts.learning.events import LessonCompleted
from scholr.contexts.learning.policy import ACT_FOR, LEARN
from scholr.contexts.learning.service.progress import Standing, fold_progress
from scholr.kernel.actor import Actor
from scholr.kernel.ids import MembershipId
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import ReadUnit, WriteUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require


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


async def access_lesson(rx: ReadUnit, actor: Actor, course_id: UUID, lesson_id: UUID) -> MembershipId:
    """The actor, who has a seat in the course that has this lesson; raises CourseNotFound or LessonNotFound."""
    learner = await _learner(rx, actor, course_id, None)
    _require_lesson(await catalog.outline(rx, course_id), lesson_id)
    return learner


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
