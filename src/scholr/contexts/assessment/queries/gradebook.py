"""Grades: finished attempts, folded to the score that stands by the scoring policy as it is now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

import asyncpg
import msgspec

from scholr.contexts.assessment.grading import points_number
from scholr.contexts.assessment.model import AssessmentPolicy, AttemptScore, AttemptStatus, Standing, standing
from scholr.contexts.assessment.queries.listing import policy_in
from scholr.kernel.ids import MembershipId
from scholr.kernel.pagination import Page, check_limit, page_of
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class ScoreView:
    """A learner's score for one assessment. `attempt_no` is None for an average."""

    assessment_id: UUID
    percentage_bp: int
    passed: bool
    attempt_no: int | None
    attempts: int

    @property
    def percentage(self) -> float:
        """0 to 100, in steps of a hundredth."""
        return self.percentage_bp / 100


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One attempt in a list; points are None while it runs."""

    id: UUID
    attempt_no: int
    status: AttemptStatus
    started_at: datetime
    finished_at: datetime | None
    score_micro: int | None
    max_micro: int | None
    overridden: bool

    @property
    def score(self) -> int | float | None:
        return None if self.score_micro is None else points_number(self.score_micro)

    @property
    def max_score(self) -> int | float | None:
        return None if self.max_micro is None else points_number(self.max_micro)


@dataclass(frozen=True, slots=True)
class LearnerLine:
    """One learner's attempts at an assessment, by number, and what stands; None before the first is finished."""

    learner_id: MembershipId
    attempts: tuple[AttemptLine, ...]
    standing: Standing | None


# Finished attempts of one learner at one assessment; served by uq_assessment_attempt_number.
_SCORES = statement(
    "select attempt_no, score_micro, max_micro from assessment_attempt"
    " where tenant_id = $1 and assessment_id = $2 and learner_id = $3 and status <> 'in_progress' order by attempt_no"
)

# Finished attempts of one learner in one course, with each assessment's settings;
# served by ix_assessment_assessment_course and uq_assessment_attempt_number.
_SCORES_OF_COURSE = statement(
    """
    select a.id as assessment_id, a.settings::text as settings, t.attempt_no, t.score_micro, t.max_micro
    from assessment_assessment a
    join assessment_attempt t on t.tenant_id = $1 and t.assessment_id = a.id and t.learner_id = $3
    where a.tenant_id = $1 and a.course_id = $2 and t.status <> 'in_progress'
    order by a.id, t.attempt_no
    """
)

# The same for many learners at once; served by the attempts' unique number for each of them.
_SCORES_IN_COURSE = statement(
    """
    select t.learner_id, a.id as assessment_id, a.settings::text as settings, t.attempt_no, t.score_micro, t.max_micro
    from assessment_assessment a
    join assessment_attempt t on t.tenant_id = $1 and t.assessment_id = a.id and t.learner_id = any($3::uuid[])
    where a.tenant_id = $1 and a.course_id = $2 and t.status <> 'in_progress'
    order by t.learner_id, a.id, t.attempt_no
    """
)

_LINE = """
    t.learner_id, t.id, t.attempt_no, t.status, t.started_at, t.finished_at, t.score_micro, t.max_micro,
    exists (select from assessment_override o where o.tenant_id = $1 and o.attempt_id = t.id) as overridden
"""

# All attempts of a page of learners, in the order of their ids; served by uq_assessment_attempt_number.
_LINES = statement(
    f"""
    select {_LINE} from assessment_attempt t
    where t.tenant_id = $1 and t.assessment_id = $2 and t.learner_id in (
        select distinct n.learner_id from assessment_attempt n
        where n.tenant_id = $1 and n.assessment_id = $2 and ($3::uuid is null or n.learner_id > $3)
        order by n.learner_id limit $4)
    order by t.learner_id, t.attempt_no
    """
)

# All attempts of one learner at one assessment; served by uq_assessment_attempt_number.
_LINES_OF_LEARNER = statement(
    f"select {_LINE} from assessment_attempt t"
    " where t.tenant_id = $1 and t.assessment_id = $2 and t.learner_id = $3 order by t.attempt_no"
)


async def attempt_scores(rx: ReadUnit, assessment_id: UUID, learner_id: UUID) -> list[AttemptScore]:
    return [AttemptScore(*row) for row in await rx.fetch(_SCORES, assessment_id, learner_id)]


async def best_score(rx: ReadUnit, learner_id: MembershipId, assessment_id: UUID) -> ScoreView | None:
    """The score that stands; None before the first attempt is finished. Raises AssessmentNotFound."""
    policy = await policy_in(rx, assessment_id)
    return _score(assessment_id, policy, await attempt_scores(rx, assessment_id, learner_id))


async def scores_of(rx: ReadUnit, learner_id: MembershipId, course_id: UUID) -> dict[UUID, ScoreView]:
    """The scores that stand in one course, by assessment; those without a finished attempt are left out."""
    rows = await rx.fetch(_SCORES_OF_COURSE, course_id, learner_id)
    found: dict[UUID, ScoreView] = {}
    for assessment_id, group in groupby(rows, key=lambda row: row["assessment_id"]):
        own = list(group)
        policy = msgspec.json.decode(own[0]["settings"], type=AssessmentPolicy)
        scores = [AttemptScore(row["attempt_no"], row["score_micro"], row["max_micro"]) for row in own]
        if (score := _score(assessment_id, policy, scores)) is not None:
            found[assessment_id] = score
    return found


async def averages_in(rx: ReadUnit, course_id: UUID, learner_ids: Sequence[MembershipId]) -> dict[MembershipId, float]:
    """By learner, the mean in percent over the scores that stand; who has finished nothing is left out."""
    rows = await rx.fetch(_SCORES_IN_COURSE, course_id, list(learner_ids))
    found: dict[MembershipId, list[float]] = {}
    for (learner_id, assessment_id), group in groupby(rows, key=lambda row: (row["learner_id"], row["assessment_id"])):
        own = list(group)
        policy = msgspec.json.decode(own[0]["settings"], type=AssessmentPolicy)
        scores = [AttemptScore(row["attempt_no"], row["score_micro"], row["max_micro"]) for row in own]
        if (score := _score(assessment_id, policy, scores)) is not None:
            found.setdefault(learner_id, []).append(score.percentage)
    return {learner_id: sum(scores) / len(scores) for learner_id, scores in found.items()}


def _score(assessment_id: UUID, policy: AssessmentPolicy, scores: Sequence[AttemptScore]) -> ScoreView | None:
    found = standing(policy, scores)
    if found is None:
        return None
    return ScoreView(assessment_id, found.percentage_bp, found.passed, found.attempt_no, len(scores))


async def learner_lines(
    rx: ReadUnit, assessment_id: UUID, policy: AssessmentPolicy, *, after: UUID | None = None, limit: int = 50
) -> Page[LearnerLine]:
    """Everybody who began, in the order of their ids; standings by the given settings."""
    rows = await rx.fetch(_LINES, assessment_id, after, check_limit(limit) + 1)
    lines = [
        _line(policy, learner_id, [_attempt_line(row) for row in group])
        for learner_id, group in groupby(rows, key=lambda row: row["learner_id"])
    ]
    return page_of(lines, limit, lambda line: str(line.learner_id))


async def lines_of_learner(rx: ReadUnit, assessment_id: UUID, learner_id: UUID) -> LearnerLine:
    """One learner's attempts, possibly none. Raises AssessmentNotFound."""
    policy = await policy_in(rx, assessment_id)
    rows = await rx.fetch(_LINES_OF_LEARNER, assessment_id, learner_id)
    return _line(policy, MembershipId(learner_id), [_attempt_line(row) for row in rows])


def _attempt_line(row: asyncpg.Record) -> AttemptLine:
    return AttemptLine(
        row["id"],
        row["attempt_no"],
        AttemptStatus(row["status"]),
        row["started_at"],
        row["finished_at"],
        row["score_micro"],
        row["max_micro"],
        row["overridden"],
    )


def _line(policy: AssessmentPolicy, learner_id: MembershipId, attempts: list[AttemptLine]) -> LearnerLine:
    scores = [
        AttemptScore(line.attempt_no, line.score_micro, line.max_micro)
        for line in attempts
        if line.score_micro is not None and line.max_micro is not None
    ]
    return LearnerLine(learner_id, tuple(attempts), standing(policy, scores))


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """One assessment in a list of results. `average_bp` is over finished attempts, None before the first."""

    id: UUID
    course_id: UUID
    title: str
    hidden: bool
    learners: int
    running: int
    finished: int
    average_bp: int | None


# A page of assessments, the newest first, of one course or all, with what happened in each;
# by primary key backwards, and uq_assessment_attempt_number for the counts.
_ACTIVITY = statement(
    """
    select a.id, a.course_id, a.title, a.hidden, s.learners, s.running, s.finished, s.average_bp
    from assessment_assessment a
    cross join lateral (
        select count(distinct t.learner_id) as learners,
            count(*) filter (where t.status = 'in_progress') as running,
            count(*) filter (where t.status <> 'in_progress') as finished,
            avg(10000.0 * t.score_micro / nullif(t.max_micro, 0))::integer as average_bp
        from assessment_attempt t where t.tenant_id = $1 and t.assessment_id = a.id) s
    where a.tenant_id = $1 and ($2::uuid is null or a.course_id = $2) and ($3::uuid is null or a.id < $3)
    order by a.id desc limit $4
    """
)


async def activity_page(
    rx: ReadUnit, *, course_id: UUID | None = None, before: UUID | None = None, limit: int = 50
) -> Page[ActivityLine]:
    rows = await rx.fetch(_ACTIVITY, course_id, before, check_limit(limit) + 1)
    return page_of([ActivityLine(*row) for row in rows], limit, lambda line: str(line.id))
