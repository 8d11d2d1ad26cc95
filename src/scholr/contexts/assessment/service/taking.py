"""Taking an assessment: start, save, submit. The hot paths; each write is one statement."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from scholr.contexts.assessment.errors import AttemptFinished, AttemptNotFound, InvalidAnswer
from scholr.contexts.assessment.events import AttemptStarted
from scholr.contexts.assessment.freezing import Content, draw_questions
from scholr.contexts.assessment.model import (
    AttemptStatus,
    StartKind,
    accepts_until,
    deadline,
    decide_start,
    expires_at,
    receipt_code,
    require_saving,
)
from scholr.contexts.assessment.presenting import validate_answer
from scholr.contexts.assessment.repository import attempts as repository
from scholr.contexts.assessment.repository import marking
from scholr.contexts.assessment.repository.attempts import Answers, AttemptFacts, Kept, StartState, StoredAttempt
from scholr.contexts.assessment.repository.versions import freeze, load_version, version_content
from scholr.contexts.assessment.service.access import access_facts, may_start_for, tenant_of
from scholr.contexts.assessment.service.admission import door_of
from scholr.contexts.assessment.service.finishing import expire_attempt
from scholr.contexts.assessment.service.sealing import sealed_answers
from scholr.contexts.assessment.service.views import AttemptView, Receipt, SavedView
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Unavailable
from scholr.kernel.ids import MembershipId, TenantId, new_id
from scholr.platform.db.retry import retried
from scholr.platform.runtime import Platform

_ROUNDS = 8


class StartContended(Unavailable):
    code = "start_contended"
    message = "Others are starting for the same learner. Please try again."


@retried
async def start_attempt(
    platform: Platform, actor: Actor, *, assessment_id: UUID, learner_id: MembershipId
) -> AttemptView:
    """Resume the learner's open attempt, or begin the next one. Repeating it changes nothing.

    Raises AssessmentNotOpen, AssessmentClosed, AttemptsExhausted, AssessmentEmpty or BankTooSmall, and
    ExamCrowded when more people start at once than can be let in.
    """
    tenant_id = tenant_of(actor)
    async with door_of(platform).pass_through():
        return await _started(platform, actor, tenant_id, assessment_id, learner_id)


async def _started(
    platform: Platform, actor: Actor, tenant_id: TenantId, assessment_id: UUID, learner_id: MembershipId
) -> AttemptView:
    for _ in range(_ROUNDS):
        now = platform.clock.now()
        async with platform.db.read(tenant_id) as rx:
            found = await repository.start_state(rx, assessment_id, learner_id)
            state = await may_start_for(rx, actor, learner_id, found)
            pinned = await load_version(rx, state.running_version_id) if state.running_version_id else None
        decision = decide_start(pinned.policy if pinned else state.policy, state.accommodation, state.attempts, now)
        if decision.kind is StartKind.RESUME and state.running_id is not None:
            return await _resumed(platform, tenant_id, state.running_id)
        if decision.kind is StartKind.EXPIRE_FIRST and state.running_id is not None:
            await expire_attempt(platform, tenant_id, state.running_id)
            continue
        begun = await _begin(platform, tenant_id, state, learner_id, decision.attempt_no, now)
        if begun is not None:
            return begun
    raise StartContended(retry_after=1)


async def _resumed(platform: Platform, tenant_id: TenantId, attempt_id: UUID) -> AttemptView:
    attempt = await repository.stored_attempt(platform, tenant_id, attempt_id)
    if attempt is None:
        raise AttemptNotFound
    content = await version_content(platform, tenant_id, attempt.version_id)
    return view_of(attempt, content)


async def _begin(
    platform: Platform,
    tenant_id: TenantId,
    state: StartState,
    learner_id: MembershipId,
    attempt_no: int,
    now: datetime,
) -> AttemptView | None:
    """None when another request for the same learner was first: look again."""
    version_id = state.version_id or await _freeze(platform, tenant_id, state.assessment_id)
    content = await version_content(platform, tenant_id, version_id)
    seed, event = secrets.token_hex(16), _beginning(tenant_id, state, learner_id, attempt_no, now)
    made = await repository.begin(
        platform,
        event,
        version_id=version_id,
        seed=seed,
        question_ids=draw_questions(content, seed),
        saves_until=accepts_until(now, content.policy, state.accommodation),
        sweep_at=expires_at(now, content.policy, state.accommodation),
    )
    if not made:
        return None
    return AttemptView(
        event.aggregate_id,
        state.assessment_id,
        learner_id,
        attempt_no,
        AttemptStatus.IN_PROGRESS,
        now,
        deadline(now, content.policy, state.accommodation),
        None,
        created=True,
    )


def _beginning(
    tenant_id: TenantId, state: StartState, learner_id: MembershipId, attempt_no: int, now: datetime
) -> AttemptStarted:
    return AttemptStarted(
        tenant_id=tenant_id,
        aggregate_id=new_id(),
        occurred_at=now,
        assessment_id=state.assessment_id,
        course_id=state.course_id,
        learner_id=learner_id,
        attempt_no=attempt_no,
    )


async def _freeze(platform: Platform, tenant_id: TenantId, assessment_id: UUID) -> UUID:
    async with platform.db.write(tenant_id) as tx:
        return await freeze(tx, assessment_id)


def view_of(attempt: StoredAttempt, content: Content) -> AttemptView:
    state = attempt.state
    return AttemptView(
        attempt.id,
        attempt.assessment_id,
        attempt.learner_id,
        state.attempt_no,
        state.status,
        state.started_at,
        deadline(state.started_at, content.policy, attempt.accommodation),
        attempt.finished_at,
    )


@retried
async def save_answers(
    platform: Platform, actor: Actor, *, attempt_id: UUID, answers: Mapping[str, object]
) -> SavedView:
    """Keep answers to some questions of a running attempt; other questions are left as they are.

    Of two answers to one question the one with the higher sequence number stands. Raises
    InvalidAnswer, AttemptFinished or DeadlinePassed; nothing is kept then.
    """
    tenant_id = tenant_of(actor)
    attempt = await access_facts(platform, actor, attempt_id)
    content = await version_content(platform, tenant_id, attempt.version_id)
    valid = validate_answers(attempt, content, answers)
    now = platform.clock.now()
    sealed = await sealed_answers(platform, tenant_id, attempt, content, valid)
    kept = await repository.save_answers(platform, tenant_id, attempt_id, now, sealed) if valid else None
    if kept is None:
        await _explain_refusal(platform, tenant_id, attempt_id, content, now)
        kept = await repository.save_answers(platform, tenant_id, attempt_id, now, sealed) if valid else None
    if kept is None and valid:
        raise AttemptFinished
    return await _saved(platform, tenant_id, attempt, content, kept, valid, now)


async def _explain_refusal(
    platform: Platform, tenant_id: TenantId, attempt_id: UUID, content: Content, now: datetime
) -> None:
    """Raise what the rules say; where they would allow it, the stored end was behind: bring it up to date."""
    async with platform.db.write(tenant_id) as tx:
        attempt = await repository.attempt_in(tx, attempt_id)
        if attempt is None:
            raise AttemptNotFound
        require_saving(attempt.state, content.policy, attempt.accommodation, now)
        await marking.reschedule(tx, attempt, content.policy)


async def _saved(
    platform: Platform,
    tenant_id: TenantId,
    attempt: AttemptFacts,
    content: Content,
    kept: Kept | None,
    valid: Answers,
    now: datetime,
) -> SavedView:
    if kept is None:
        return SavedView((), now, (await _resumed(platform, tenant_id, attempt.id)).deadline_at)
    order = sorted(kept.sequences, key=kept.sequences.__getitem__)
    receipts = tuple(receipt_of(attempt, key, kept.sequences[key], now, valid[key]) for key in order)
    grace = timedelta(seconds=content.policy.grace_seconds)
    return SavedView(receipts, now, None if kept.saves_until is None else kept.saves_until - grace)


def validate_answers(attempt: AttemptFacts, content: Content, answers: Mapping[str, object]) -> Answers:
    """Each answer as it is kept; raises InvalidAnswer naming every question that is wrong."""
    mine = set(attempt.question_ids)
    valid: dict[str, tuple[str, ...]] = {}
    wrong: dict[str, str] = {}
    for key, answer in answers.items():
        question_id = key.lower()
        if question_id not in mine:
            wrong[key[:64]] = "is not a question of this attempt"
            continue
        try:
            valid[question_id] = validate_answer(content.questions[question_id], answer)
        except InvalidAnswer as error:
            wrong.update(error.fields)
    if wrong:
        raise InvalidAnswer(fields=wrong)
    return valid


def receipt_of(
    attempt: AttemptFacts, question_id: str, sequence: int, saved_at: datetime, entries: tuple[str, ...]
) -> Receipt:
    code = receipt_code(receipt_secret(attempt.seed), str(attempt.id), question_id, sequence, saved_at, entries)
    return Receipt(question_id, sequence, saved_at, entries, code)


def receipt_secret(seed: str) -> bytes:
    """Receipts are proven with the attempt's own secret; nothing of the seed can be read from a code."""
    return f"receipt/{seed}".encode()
