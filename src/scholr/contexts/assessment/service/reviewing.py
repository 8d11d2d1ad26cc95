"""Looking at an attempt: its questions, its saved answers and their receipts."""

import hmac
from dataclasses import dataclass
from datetime import UTC
from uuid import UUID

from scholr.contexts.assessment.freezing import Content
from scholr.contexts.assessment.model import is_overdue
from scholr.contexts.assessment.policy import ATTEMPT_READ, SEE_OWN, SEE_RESULTS
from scholr.contexts.assessment.presenting import present
from scholr.contexts.assessment.queries.answers import SavedAnswer, saved_answers
from scholr.contexts.assessment.repository.attempts import AttemptFacts, StoredAttempt, attempt_in
from scholr.contexts.assessment.repository.versions import load_version
from scholr.contexts.assessment.service.access import proven, tenant_of
from scholr.contexts.assessment.service.finishing import expire_attempt
from scholr.contexts.assessment.service.sealing import opened_answers
from scholr.contexts.assessment.service.taking import receipt_of, view_of
from scholr.contexts.assessment.service.views import Receipt, TakingView
from scholr.kernel.actor import Actor
from scholr.platform.audit import note
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require


async def taking_view(platform: Platform, actor: Actor, *, attempt_id: UUID) -> TakingView:
    """The attempt as its learner sees it, expired first when its time is long over. Raises AttemptNotFound."""
    require(actor, SEE_OWN)
    tenant_id = tenant_of(actor)
    for _ in range(2):
        async with platform.db.read(tenant_id) as rx:
            attempt = proven(actor, await attempt_in(rx, attempt_id), SEE_RESULTS)
            content = await load_version(rx, attempt.version_id)
            answers = await opened_answers(platform, rx, attempt, await saved_answers(rx, attempt_id))
        if not is_overdue(attempt.state, content.policy, attempt.accommodation, platform.clock.now()):
            break
        await expire_attempt(platform, tenant_id, attempt_id)
    await note(platform, actor, ATTEMPT_READ, attempt_id, owner=attempt.learner_id)
    return _view(attempt, content, answers)


def _view(attempt: StoredAttempt, content: Content, answers: list[SavedAnswer]) -> TakingView:
    shuffle = content.policy.shuffle_options
    return TakingView(
        view_of(attempt, content),
        content.course_id,
        content.title,
        tuple(present(content.questions[key], attempt.seed, shuffle_options=shuffle) for key in attempt.question_ids),
        tuple(stored_receipt(attempt, answer) for answer in answers),
    )


def stored_receipt(attempt: AttemptFacts, answer: SavedAnswer) -> Receipt:
    return receipt_of(attempt, answer.question_id, answer.sequence, answer.saved_at, answer.entries)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`valid`: this server kept this answer then. `standing`: no later answer replaced it."""

    valid: bool
    standing: bool


async def verify_receipt(platform: Platform, actor: Actor, *, attempt_id: UUID, shown: Receipt) -> Verdict:
    """Check a receipt that its learner shows, of an answer that may have been replaced since."""
    require(actor, SEE_OWN)
    async with platform.db.read(tenant_of(actor)) as rx:
        attempt = proven(actor, await attempt_in(rx, attempt_id), SEE_RESULTS)
        answers = await opened_answers(platform, rx, attempt, await saved_answers(rx, attempt_id))
    try:
        saved_at = shown.saved_at.astimezone(UTC)
    except OverflowError:  # at the ends of the calendar, where this server never kept anything
        return Verdict(valid=False, standing=False)
    code = receipt_of(attempt, shown.question_id, shown.sequence, saved_at, shown.entries).code
    valid = hmac.compare_digest(code.encode(), shown.code.strip().upper().encode())
    last = any(answer.question_id == shown.question_id and answer.sequence == shown.sequence for answer in answers)
    return Verdict(valid, valid and last)
