"""A person's judgement over a grade: recorded with its reason, never silently."""

from dataclasses import dataclass, replace
from uuid import UUID

from scholr.contexts.assessment.errors import AttemptNotFound, AttemptRunning, InvalidGrade
from scholr.contexts.assessment.events import GradeOverridden
from scholr.contexts.assessment.grading import Grade, override, total
from scholr.contexts.assessment.model import AttemptStatus
from scholr.contexts.assessment.policy import GRADE
from scholr.contexts.assessment.queries.gradebook import best_score
from scholr.contexts.assessment.repository import marking as repository
from scholr.contexts.assessment.repository.attempts import StoredAttempt, attempt_in, results_from_json
from scholr.contexts.assessment.repository.versions import load_version
from scholr.contexts.assessment.service.access import own_id
from scholr.contexts.assessment.service.sealing import sealed_reason
from scholr.contexts.assessment.tables import OverrideRow
from scholr.kernel.actor import Actor
from scholr.kernel.ids import new_id
from scholr.kernel.text import text_problem
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import WriteUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require

MAX_REASON_CHARS = 1_000


@dataclass(frozen=True, slots=True)
class Judgement:
    """`earned_micro` replaces the points that the question earned."""

    question_id: str
    earned_micro: int
    reason: str

    def checked(self) -> "Judgement":
        if problem := text_problem(self.reason, most=MAX_REASON_CHARS, multiline=True):
            raise InvalidGrade(fields={"reason": problem})
        return Judgement(self.question_id.lower(), self.earned_micro, self.reason.strip())


@retried
async def override_grade(platform: Platform, actor: Actor, *, attempt_id: UUID, judgement: Judgement) -> Grade:
    """Replace one question's points in a finished attempt; the same judgement again changes nothing.

    Raises AttemptNotFound, AttemptRunning, QuestionNotFound or InvalidGrade.
    """
    require(actor, GRADE)
    judged = judgement.checked()
    async with platform.db.write(actor.tenant_id) as tx:
        results = await repository.lock_results(tx, attempt_id)
        attempt = await attempt_in(tx, attempt_id)
        if attempt is None:
            raise AttemptNotFound
        if attempt.state.status is AttemptStatus.IN_PROGRESS or results is None:
            raise AttemptRunning
        before = total(results_from_json(results))
        after = override(before, judged.question_id, judged.earned_micro)
        previous = next(r.earned_micro for r in before.results if r.question_id == judged.question_id)
        if previous == judged.earned_micro:
            return before
        sealed = await sealed_reason(platform, tx, attempt, judged.reason)
        row = OverrideRow(
            id=new_id(),
            attempt_id=attempt_id,
            question_id=UUID(judged.question_id),
            earned_micro=judged.earned_micro,
            previous_micro=previous,
            reason=sealed,
            author_id=own_id(actor),
            created_at=platform.clock.now(),
        )
        await repository.store_judgement(tx, row, after)
        await tx.emit(await _overridden(platform, tx, actor, attempt, after, replace(judged, reason=sealed), previous))
    return after


async def _overridden(
    platform: Platform,
    tx: WriteUnit,
    actor: Actor,
    attempt: StoredAttempt,
    after: Grade,
    judged: Judgement,
    previous: int,
) -> GradeOverridden:
    content = await load_version(tx, attempt.version_id)
    stands = await best_score(tx, attempt.learner_id, attempt.assessment_id)
    return GradeOverridden(
        tenant_id=tx.require_tenant(),
        aggregate_id=attempt.id,
        occurred_at=platform.clock.now(),
        assessment_id=attempt.assessment_id,
        course_id=content.course_id,
        learner_id=attempt.learner_id,
        question_id=UUID(judged.question_id),
        previous_micro=previous,
        earned_micro=judged.earned_micro,
        score_micro=after.score_micro,
        max_micro=after.max_micro,
        percentage_bp=after.percentage_bp,
        standing_bp=stands.percentage_bp if stands else after.percentage_bp,
        reason=judged.reason,
        author_id=own_id(actor),
    )
