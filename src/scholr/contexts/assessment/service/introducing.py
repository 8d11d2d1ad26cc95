"""What a learner is told before starting: how long, how often, until when, and what was before."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from scholr.contexts.assessment.errors import AssessmentClosed, AssessmentNotOpen, AttemptsExhausted
from scholr.contexts.assessment.model import (
    Accommodation,
    AttemptState,
    AttemptStatus,
    FeedbackLevel,
    attempts_allowed,
    closing_time,
    decide_start,
    visible_feedback,
)
from scholr.contexts.assessment.policy import SEE_OWN
from scholr.contexts.assessment.queries import gradebook
from scholr.contexts.assessment.queries.gradebook import AttemptLine, LearnerLine
from scholr.contexts.assessment.queries.listing import AssessmentView
from scholr.contexts.assessment.repository import marking as repository
from scholr.contexts.assessment.service.access import own_id
from scholr.contexts.assessment.service.reading import access_in
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Conflict
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require


@dataclass(frozen=True, slots=True)
class IntroView:
    """`refusal` says why no attempt can be begun now; None when one can be begun or resumed.

    `attempts_allowed` None means unlimited; `time_limit_seconds` includes the learner's own extra time,
    0 means none. `shows_scores` is false while the feedback policy keeps scores back.
    """

    assessment: AssessmentView
    attempts: tuple[AttemptLine, ...]
    running: AttemptLine | None
    attempts_allowed: int | None
    time_limit_seconds: int
    has_extra: bool
    closes_at: datetime | None
    refusal: Conflict | None
    standing_bp: int | None
    passed: bool | None
    shows_scores: bool

    @property
    def attempts_left(self) -> int | None:
        return None if self.attempts_allowed is None else max(0, self.attempts_allowed - len(self.attempts))


async def introduction(platform: Platform, actor: Actor, *, assessment_id: UUID) -> IntroView:
    """The assessment for the actor as its learner. Raises AssessmentNotFound."""
    require(actor, SEE_OWN)
    learner_id = own_id(actor)
    async with platform.db.read(actor.tenant_id) as rx:
        view = await access_in(rx, actor, assessment_id)
        line = await gradebook.lines_of_learner(rx, assessment_id, learner_id)
        row = await repository.accommodation_row(rx, assessment_id, learner_id)
    given = (
        Accommodation()
        if row is None
        else _given(row.extra_time_percent, row.extra_time_seconds, row.extra_attempts, row.closes_at)
    )
    return _intro(view, line, given, platform.clock.now())


def _given(percent: int, seconds: int, attempts: int, closes_at: datetime | None) -> Accommodation:
    return Accommodation(
        extra_time_percent=percent, extra_time_seconds=seconds, extra_attempts=attempts, closes_at=closes_at
    )


def _intro(view: AssessmentView, line: LearnerLine, given: Accommodation, now: datetime) -> IntroView:
    policy = view.policy
    limit = policy.time_limit_seconds
    extra = limit * given.extra_time_percent // 100 + given.extra_time_seconds if limit else 0
    feedback = visible_feedback(policy, given, AttemptStatus.SUBMITTED, now)
    shows = feedback.includes(FeedbackLevel.SCORE)
    return IntroView(
        assessment=view,
        attempts=line.attempts,
        running=next((each for each in line.attempts if each.status is AttemptStatus.IN_PROGRESS), None),
        attempts_allowed=attempts_allowed(policy, given),
        time_limit_seconds=limit + extra,
        has_extra=given != Accommodation(),
        closes_at=closing_time(policy, given),
        refusal=_refusal(view, line, given, now),
        standing_bp=line.standing.percentage_bp if line.standing and shows else None,
        passed=line.standing.passed if line.standing and shows else None,
        shows_scores=shows,
    )


def _refusal(view: AssessmentView, line: LearnerLine, given: Accommodation, now: datetime) -> Conflict | None:
    states = [AttemptState(each.attempt_no, each.status, each.started_at) for each in line.attempts]
    try:
        decide_start(view.policy, given, states, now)
    except (AssessmentNotOpen, AssessmentClosed, AttemptsExhausted) as refusal:
        return refusal
    return None
