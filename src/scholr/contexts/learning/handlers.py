"""What learning does when others announce something."""

from collections.abc import Mapping
from uuid import UUID

from scholr.contexts.assessment.events import AttemptSubmitted, GradeOverridden
from scholr.contexts.catalog.events import CoursePublished
from scholr.contexts.learning import repository
from scholr.contexts.learning.service import facts, progress
from scholr.contexts.sync.events import LessonsSynced
from scholr.kernel.ids import MembershipId
from scholr.platform.db.unit import WriteUnit


async def on_attempt_submitted(tx: WriteUnit, event: AttemptSubmitted) -> None:
    learner_id = MembershipId(event.learner_id)
    await facts.record_score(tx, learner_id, event.course_id, event.assessment_id, event.standing_bp, event.occurred_at)


async def on_grade_overridden(tx: WriteUnit, event: GradeOverridden) -> None:
    learner_id = MembershipId(event.learner_id)
    await facts.record_score(tx, learner_id, event.course_id, event.assessment_id, event.standing_bp, event.occurred_at)


async def on_course_published(tx: WriteUnit, event: CoursePublished) -> None:
    """The course has a new shape: everybody's progress is measured against it."""
    await progress.refold_course(tx, event.aggregate_id, event.occurred_at)


async def on_lessons_synced(tx: WriteUnit, event: LessonsSynced) -> None:
    """A device that was offline tells what was completed on it."""
    await facts.record_completions(
        tx,
        MembershipId(event.learner_id),
        event.course_id,
        event.lesson_ids,
        at=event.occurred_at,
        now=event.occurred_at,
    )


async def forget_learner(tx: WriteUnit, member_id: UUID) -> Mapping[str, int]:
    """The member is being forgotten."""
    return await repository.forget_learner(tx, member_id)
