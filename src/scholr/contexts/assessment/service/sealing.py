"""Words in answers are kept sealed under the learner's key; choices and numbers are kept as they are."""

from collections.abc import Sequence
from dataclasses import replace

from scholr.contexts.assessment.freezing import Content
from scholr.contexts.assessment.queries.answers import SavedAnswer
from scholr.contexts.assessment.queries.results import OverrideLine
from scholr.contexts.assessment.questions.definition import WORDED_TYPES
from scholr.contexts.assessment.repository.attempts import Answers, AttemptFacts, StoredAttempt
from scholr.kernel.ids import TenantId
from scholr.platform.db.unit import ReadUnit, WriteUnit
from scholr.platform.runtime import Platform

ANSWER = "assessment_answer.entries"
LATE_ANSWER = "assessment_attempt.late_answers"
REASON = "assessment_override.reason"
ACCOMMODATION = "assessment_accommodation.note"


async def sealed_answers(
    platform: Platform,
    tenant_id: TenantId,
    attempt: AttemptFacts,
    content: Content,
    answers: Answers,
    place: str = ANSWER,
) -> Answers:
    """As they are kept. No round trip where nothing was written in words, or the learner's key is remembered."""
    worded = {key for key, said in answers.items() if any(said) and content.questions[key].type in WORDED_TYPES}
    if not worded:
        return answers
    own = await platform.personal.of_member(platform.db, tenant_id, attempt.learner_id)
    return {
        key: tuple(own.seal(place, each) for each in said) if key in worded else said for key, said in answers.items()
    }


async def opened_attempt(platform: Platform, tenant_id: TenantId, attempt: StoredAttempt) -> StoredAttempt:
    """The attempt with its answers as they were given."""
    texts = [(attempt.learner_id, each) for said in attempt.answers.values() for each in said]
    own = (await platform.personal.for_reading_in(platform.db, tenant_id, texts)).get(attempt.learner_id)
    if own is None:
        return attempt
    opened = {key: tuple(own.open(ANSWER, each) for each in said) for key, said in attempt.answers.items()}
    return replace(attempt, answers=opened)


async def opened_answers(
    platform: Platform, rx: ReadUnit, attempt: AttemptFacts, answers: Sequence[SavedAnswer]
) -> list[SavedAnswer]:
    texts = [(attempt.learner_id, each) for answer in answers for each in answer.entries]
    keys = await platform.personal.for_reading(rx, texts)
    return [
        replace(
            answer,
            entries=tuple(keys[attempt.learner_id].open(ANSWER, each) for each in answer.entries),
        )
        for answer in answers
    ]


async def sealed_reason(platform: Platform, tx: WriteUnit, attempt: AttemptFacts, reason: str) -> str:
    """Why a grade was changed speaks of the learner, so it is the learner's."""
    own = await platform.personal.for_writing(tx, attempt.learner_id)
    return own.seal(REASON, reason)


async def opened_overrides(
    platform: Platform, rx: ReadUnit, attempt: AttemptFacts, lines: Sequence[OverrideLine]
) -> list[OverrideLine]:
    keys = await platform.personal.for_reading(rx, [(attempt.learner_id, line.reason) for line in lines])
    return [replace(line, reason=keys[attempt.learner_id].open(REASON, line.reason)) for line in lines]
