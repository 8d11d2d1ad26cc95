"""Handing an attempt in."""

from collections.abc import Mapping
from uuid import UUID

from scholr.contexts.assessment.model import Arriving, FeedbackLevel, decide_submit, visible_feedback
from scholr.contexts.assessment.policy import ACT_FOR
from scholr.contexts.assessment.queries.listing import live_policy
from scholr.contexts.assessment.repository.attempts import StoredAttempt
from scholr.contexts.assessment.repository.versions import version_content
from scholr.contexts.assessment.service.access import access_attempt, sees_results, tenant_of
from scholr.contexts.assessment.service.finishing import finish_attempt
from scholr.contexts.assessment.service.sealing import opened_attempt
from scholr.contexts.assessment.service.taking import validate_answers
from scholr.contexts.assessment.service.views import SubmitView
from scholr.kernel.actor import Actor
from scholr.platform.db.retry import retried
from scholr.platform.runtime import Platform


@retried
async def submit_attempt(
    platform: Platform, actor: Actor, *, attempt_id: UUID, answers: Mapping[str, object] | None = None
) -> SubmitView:
    """Grade and finish the attempt, exactly once; every later or simultaneous call gets the same answer.

    Answers that come along are kept first when they are in time; after the deadline the late policy
    decides, and what was saved is graded in any case. Raises InvalidAnswer, and changes nothing then.
    """
    tenant_id = tenant_of(actor)
    found = await access_attempt(platform, actor, attempt_id, ACT_FOR, answers=True)
    attempt = await opened_attempt(platform, tenant_id, found)
    content = await version_content(platform, tenant_id, attempt.version_id)
    now = platform.clock.now()
    arriving = decide_submit(attempt.state, content.policy, attempt.accommodation, now).arriving
    counted = validate_answers(attempt, content, answers or {}) if arriving is not Arriving.IGNORE else {}
    finished = await finish_attempt(platform, tenant_id, attempt, content, counted, now)
    return await _shown(platform, actor, finished)


async def _shown(platform: Platform, actor: Actor, attempt: StoredAttempt) -> SubmitView:
    """What the actor may know of the grade: the feedback policy, as it is now, binds learners only."""
    if not sees_results(actor):
        policy = await live_policy(platform, tenant_of(actor), attempt.assessment_id)
        level = visible_feedback(policy, attempt.accommodation, attempt.state.status, platform.clock.now())
        if not level.includes(FeedbackLevel.SCORE):
            return SubmitView(attempt.state.status, None, None)
    return SubmitView(attempt.state.status, attempt.score_micro, attempt.max_micro)
