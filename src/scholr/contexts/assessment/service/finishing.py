"""Finishing an attempt exactly once: by its learner, or by its deadline."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from scholr.contexts.assessment.errors import AttemptNotFound
from scholr.contexts.assessment.events import AttemptSubmitted
from scholr.contexts.assessment.freezing import Content
from scholr.contexts.assessment.grading import Grade, grade_attempt, with_penalty
from scholr.contexts.assessment.model import (
    Arriving,
    AttemptScore,
    AttemptStatus,
    SubmitDecision,
    decide_submit,
    is_overdue,
    standing,
)
from scholr.contexts.assessment.queries.gradebook import attempt_scores
from scholr.contexts.assessment.queries.listing import policy_in
from scholr.contexts.assessment.repository import attempts as repository
from scholr.contexts.assessment.repository.attempts import Answers, StoredAttempt
from scholr.contexts.assessment.repository.versions import version_content
from scholr.contexts.assessment.service.sealing import LATE_ANSWER, opened_attempt, sealed_answers
from scholr.kernel.errors import Unavailable
from scholr.kernel.ids import TenantId
from scholr.platform.runtime import Platform

_ROUNDS = 20


class SubmitContended(Unavailable):
    code = "submit_contended"
    message = "Answers kept arriving while the attempt was being handed in. Please submit again."


async def finish_attempt(
    platform: Platform, tenant_id: TenantId, attempt: StoredAttempt, content: Content, arriving: Answers, now: datetime
) -> StoredAttempt:
    """Finish and grade the attempt unless it is finished; the same stored result to every caller.

    `attempt` holds its answers. `arriving` are valid answers that came with the submission at `now`.
    The grade is made outside any lock and stored only if no answer came in between.
    """
    for _ in range(_ROUNDS):
        decision = decide_submit(attempt.state, content.policy, attempt.accommodation, now)
        if decision.already:
            return attempt
        finished = await _finish_once(platform, tenant_id, attempt, content, decision, arriving, now)
        if finished is not None:
            return finished
        attempt = await _look_again(platform, tenant_id, attempt.id)
    raise SubmitContended(retry_after=1)


async def expire_attempt(platform: Platform, tenant_id: TenantId, attempt_id: UUID) -> bool:
    """Grade an overdue attempt on what was saved; True when this call did it. Safe beside a submission."""
    attempt = await _look_again(platform, tenant_id, attempt_id)
    content = await version_content(platform, tenant_id, attempt.version_id)
    now = platform.clock.now()
    if not is_overdue(attempt.state, content.policy, attempt.accommodation, now):
        return False
    decision = decide_submit(attempt.state, content.policy, attempt.accommodation, now)
    return await _finish_once(platform, tenant_id, attempt, content, decision, {}, now) is not None


async def _look_again(platform: Platform, tenant_id: TenantId, attempt_id: UUID) -> StoredAttempt:
    found = await repository.stored_attempt(platform, tenant_id, attempt_id, answers=True)
    if found is None:
        raise AttemptNotFound
    return await opened_attempt(platform, tenant_id, found)


async def _finish_once(
    platform: Platform,
    tenant_id: TenantId,
    attempt: StoredAttempt,
    content: Content,
    decision: SubmitDecision,
    arriving: Answers,
    now: datetime,
) -> StoredAttempt | None:
    """None when the attempt changed since it was loaded."""
    in_time = arriving if decision.arriving is Arriving.COUNT else {}
    late = arriving if decision.arriving is Arriving.COUNT_LATE else {}
    grade = graded(attempt, content, {**attempt.answers, **in_time}, late, decision.penalty_percent)
    standing_bp = await _standing_after(platform, tenant_id, attempt, grade)
    event = _submitted(tenant_id, attempt, content, grade, standing_bp, decision.status, now)
    done = await repository.finish(
        platform,
        event,
        grade,
        seen=attempt.sequence,
        arriving=await sealed_answers(platform, tenant_id, attempt, content, in_time),
        late=await sealed_answers(platform, tenant_id, attempt, content, late, LATE_ANSWER),
        penalty_percent=decision.penalty_percent,
    )
    if not done:
        return None
    return replace(
        attempt,
        state=replace(attempt.state, status=decision.status),
        finished_at=now,
        score_micro=grade.score_micro,
        max_micro=grade.max_micro,
    )


async def _standing_after(platform: Platform, tenant_id: TenantId, attempt: StoredAttempt, grade: Grade) -> int:
    """The learner's score for the assessment once this grade counts. Nothing is read for a first attempt."""
    own = AttemptScore(attempt.state.attempt_no, grade.score_micro, grade.max_micro)
    if own.attempt_no == 1:
        return grade.percentage_bp
    async with platform.db.read(tenant_id) as rx:
        policy = await policy_in(rx, attempt.assessment_id)
        earlier = await attempt_scores(rx, attempt.assessment_id, attempt.learner_id)
    stands = standing(policy, [*(score for score in earlier if score.attempt_no != own.attempt_no), own])
    return stands.percentage_bp if stands else grade.percentage_bp


def graded(attempt: StoredAttempt, content: Content, answers: Answers, late: Answers, penalty_percent: int) -> Grade:
    """The grade of one attempt: on the answers in time, and on late ones as far as they are better."""
    questions = [content.questions[key] for key in attempt.question_ids]
    saved = grade_attempt(questions, answers, attempt.seed)
    if not late:
        return saved
    return with_penalty(saved, grade_attempt(questions, {**answers, **late}, attempt.seed), penalty_percent)


def _submitted(
    tenant_id: TenantId,
    attempt: StoredAttempt,
    content: Content,
    grade: Grade,
    standing_bp: int,
    status: AttemptStatus,
    now: datetime,
) -> AttemptSubmitted:
    return AttemptSubmitted(
        tenant_id=tenant_id,
        aggregate_id=attempt.id,
        occurred_at=now,
        assessment_id=attempt.assessment_id,
        course_id=content.course_id,
        learner_id=attempt.learner_id,
        attempt_no=attempt.state.attempt_no,
        score_micro=grade.score_micro,
        max_micro=grade.max_micro,
        percentage_bp=grade.percentage_bp,
        standing_bp=standing_bp,
        status=status.value,
    )
