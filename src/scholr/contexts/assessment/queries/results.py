"""What came of an attempt, part by part, and how the questions of an assessment did."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from scholr.contexts.assessment.errors import AttemptNotFound
from scholr.contexts.assessment.freezing import Content
from scholr.contexts.assessment.grading import QuestionResult
from scholr.contexts.assessment.model import AssessmentPolicy
from scholr.contexts.assessment.presenting import CHOICE_TYPES, choice_index
from scholr.contexts.assessment.questions import ChoiceKey, Question
from scholr.contexts.assessment.repository.attempts import results_from_json
from scholr.contexts.assessment.repository.versions import load_version
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class OverrideLine:
    """One judgement in an attempt's history, the first one first."""

    id: UUID
    question_id: UUID
    earned_micro: int
    previous_micro: int
    reason: str
    author_id: UUID
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """How one question did over all finished attempts.

    `facility_bp` is the share of the points that were earned. `wrong_option` is the wrong option chosen
    most, of choice questions; None where nobody chose one.
    """

    question: Question
    answered: int
    seen: int
    correct: int
    facility_bp: int
    wrong_option: str | None
    wrong_count: int


# One value by primary key.
_RESULTS = statement(
    "select a.settings::text as settings, t.results::text as results from assessment_attempt t"
    " join assessment_assessment a on a.tenant_id = t.tenant_id and a.id = t.assessment_id"
    " where t.tenant_id = $1 and t.id = $2"
)

# The judgements over one attempt, oldest first; served by ix_assessment_override_attempt.
_OVERRIDES = statement(
    "select id, question_id, earned_micro, previous_micro, reason, author_id, created_at from assessment_override"
    " where tenant_id = $1 and attempt_id = $2 order by created_at, id"
)

# One row for each question ever asked; walks the assessment's attempts by uq_assessment_attempt_number.
_ITEMS = statement(
    """
    select r.question::uuid as question_id, count(*) as seen,
        count(*) filter (where r.outcome <> 'unanswered') as answered,
        count(*) filter (where r.outcome = 'correct') as correct,
        coalesce(sum(r.earned), 0)::bigint as earned, coalesce(sum(r.possible), 0)::bigint as possible,
        (array_agg(t.version_id order by t.started_at desc))[1] as version_id
    from assessment_attempt t
    cross join lateral jsonb_to_recordset(t.results) as r (question text, earned bigint, possible bigint, outcome text)
    where t.tenant_id = $1 and t.assessment_id = $2 and t.status <> 'in_progress'
    group by r.question
    """
)

# How often each answer was given in finished attempts; served as above and by the answers' primary key.
_CHOSEN = statement(
    """
    select w.question_id, w.entries::text as entries, count(*) as many
    from assessment_attempt t
    join assessment_answer w on w.tenant_id = $1 and w.attempt_id = t.id
    where t.tenant_id = $1 and t.assessment_id = $2 and t.status <> 'in_progress' and w.question_id = any($3::uuid[])
    group by w.question_id, w.entries
    """
)


async def attempt_results(rx: ReadUnit, attempt_id: UUID) -> tuple[AssessmentPolicy, tuple[QuestionResult, ...]]:
    """The settings as they are now, and the parts of a finished attempt's grade in the order of its questions.

    No parts while it runs. Raises AttemptNotFound.
    """
    row = await rx.fetch_row(_RESULTS, attempt_id)
    if row is None:
        raise AttemptNotFound
    policy = msgspec.json.decode(row["settings"], type=AssessmentPolicy)
    return policy, results_from_json(row["results"]) if row["results"] else ()


async def overrides_of(rx: ReadUnit, attempt_id: UUID) -> list[OverrideLine]:
    return [OverrideLine(*row) for row in await rx.fetch(_OVERRIDES, attempt_id)]


async def item_statistics(rx: ReadUnit, assessment_id: UUID) -> list[ItemStatistics]:
    """Every question that was asked, in the definition that was asked last; the hardest first."""
    rows = await rx.fetch(_ITEMS, assessment_id)
    versions: dict[UUID, Content] = {}
    for version_id in {row["version_id"] for row in rows}:
        versions[version_id] = await load_version(rx, version_id)
    asked = {row["question_id"]: versions[row["version_id"]].questions[str(row["question_id"])] for row in rows}
    choices = [key for key, question in asked.items() if question.type in CHOICE_TYPES]
    wrong = await _wrong_choices(rx, assessment_id, {key: asked[key] for key in choices})
    found = [
        ItemStatistics(
            asked[row["question_id"]],
            row["answered"],
            row["seen"],
            row["correct"],
            row["earned"] * 10_000 // row["possible"] if row["possible"] else 0,
            *wrong.get(row["question_id"], (None, 0)),
        )
        for row in rows
    ]
    return sorted(found, key=lambda item: (item.facility_bp, item.question.id))


async def _wrong_choices(
    rx: ReadUnit, assessment_id: UUID, asked: Mapping[UUID, Question]
) -> dict[UUID, tuple[str | None, int]]:
    """The wrong option that was chosen most, and how often."""
    tallies: dict[UUID, Counter[int]] = {key: Counter() for key in asked}
    for row in await rx.fetch(_CHOSEN, assessment_id, list(asked)):
        question = asked[row["question_id"]]
        right = question.key.correct if isinstance(question.key, ChoiceKey) else frozenset[int]()
        for entry in msgspec.json.decode(row["entries"], type=list[str]):
            index = choice_index(question, entry)
            if index is not None and index not in right:
                tallies[row["question_id"]][index] += row["many"]
    return {
        key: (asked[key].options[tally.most_common(1)[0][0]], tally.most_common(1)[0][1])
        for key, tally in tallies.items()
        if tally
    }
