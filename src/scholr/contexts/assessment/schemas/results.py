"""JSON shapes of results, grades, accommodations and banks."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from scholr.contexts.assessment.grading import Outcome, percentage_bp, points_number
from scholr.contexts.assessment.model import Accommodation, AttemptStatus, FeedbackLevel
from scholr.contexts.assessment.queries.gradebook import AttemptLine
from scholr.contexts.assessment.queries.results import ItemStatistics, OverrideLine
from scholr.contexts.assessment.questions import MICRO, QuestionType
from scholr.contexts.assessment.schemas.authoring import Count, KeyedQuestionOut, QuestionOut, Title
from scholr.contexts.assessment.service.accommodating import AccommodationView
from scholr.contexts.assessment.service.banks import BankView
from scholr.contexts.assessment.service.marking import Judgement
from scholr.contexts.assessment.service.reporting import GradeRow, ResultItem, ResultView


class ResultItemOut(msgspec.Struct):
    question_id: UUID
    number: int
    type: QuestionType
    prompt: str
    possible: float
    earned: float | None
    outcome: Outcome | None
    answer: list[str]
    explanation: str | None
    correct_answer: list[str] | None


class ResultOut(msgspec.Struct):
    """`feedback` says how much of the result the caller may see; what is kept back is null or left out."""

    attempt_id: UUID
    assessment_id: UUID
    learner_id: UUID
    attempt_no: int
    status: AttemptStatus
    title: str
    feedback: FeedbackLevel
    score: float | None
    max_score: float | None
    percentage: float | None
    passed: bool | None
    items: list[ResultItemOut]


class AttemptLineOut(msgspec.Struct):
    id: UUID
    attempt_no: int
    status: AttemptStatus
    started_at: datetime
    finished_at: datetime | None
    score: float | None
    max_score: float | None
    overridden: bool


class GradeRowOut(msgspec.Struct):
    """`percentage` is the score that stands by the scoring policy."""

    learner_id: UUID
    name: str
    percentage: float | None
    passed: bool | None
    attempts: list[AttemptLineOut]


class GradebookOut(msgspec.Struct):
    items: list[GradeRowOut]
    next_cursor: str | None


class ItemStatisticsOut(msgspec.Struct):
    """`facility` is the share of the points that were earned, in per cent."""

    question_id: UUID
    type: QuestionType
    prompt: str
    seen: int
    answered: int
    correct: int
    facility: float
    most_chosen_wrong_option: str | None
    most_chosen_wrong_count: int


class StatisticsOut(msgspec.Struct):
    items: list[ItemStatisticsOut]


class OverrideIn(msgspec.Struct, forbid_unknown_fields=True):
    """`points` that the question earns from now on, and why."""

    points: Annotated[float, msgspec.Meta(ge=0, le=1000)]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]

    def judgement(self, question_id: UUID) -> Judgement:
        return Judgement(str(question_id), round(self.points * MICRO), self.reason)


class OverrideOut(msgspec.Struct):
    id: UUID
    question_id: UUID
    points: float
    previous_points: float
    reason: str
    author_id: UUID
    created_at: datetime


class OverrideList(msgspec.Struct):
    items: list[OverrideOut]


class AccommodationIn(msgspec.Struct, forbid_unknown_fields=True):
    """`extra_time_percent` lengthens the time limit; `closes_at` replaces the assessment's own close."""

    extra_time_percent: Count = 0
    extra_time_seconds: Count = 0
    extra_attempts: Count = 0
    closes_at: datetime | None = None
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""

    def given(self) -> Accommodation:
        return Accommodation(
            extra_time_percent=self.extra_time_percent,
            extra_time_seconds=self.extra_time_seconds,
            extra_attempts=self.extra_attempts,
            closes_at=self.closes_at,
        )


class AccommodationOut(AccommodationIn, kw_only=True):
    learner_id: UUID
    name: str


class AccommodationList(msgspec.Struct):
    items: list[AccommodationOut]


class ReceiptCheck(msgspec.Struct, forbid_unknown_fields=True):
    """A receipt as the learner shows it."""

    question_id: UUID
    sequence: Annotated[int, msgspec.Meta(ge=1, le=2_147_483_647)]
    saved_at: datetime
    answer: Annotated[list[Annotated[str, msgspec.Meta(max_length=2_000)]], msgspec.Meta(max_length=50)]
    code: Annotated[str, msgspec.Meta(max_length=32)]


class ReceiptVerdict(msgspec.Struct):
    """`valid`: this server kept this answer then. `standing`: nothing newer replaced it."""

    valid: bool
    standing: bool


class BankIn(msgspec.Struct, forbid_unknown_fields=True):
    title: Title


class BankOut(msgspec.Struct):
    id: UUID
    title: str
    question_count: int


class BankPage(msgspec.Struct):
    items: list[BankOut]
    next_cursor: str | None


class BankQuestions(msgspec.Struct):
    id: UUID
    title: str
    items: list[QuestionOut]


class BankKeys(msgspec.Struct):
    id: UUID
    title: str
    items: list[KeyedQuestionOut]


class DrawIn(msgspec.Struct, forbid_unknown_fields=True):
    bank_id: UUID
    count: Annotated[int, msgspec.Meta(ge=1, le=500)]


class DrawOut(msgspec.Struct):
    id: UUID
    bank_id: UUID
    count: int


class OrderIn(msgspec.Struct, forbid_unknown_fields=True):
    """Ids of all questions and draws of the assessment, in their new order."""

    order: Annotated[list[UUID], msgspec.Meta(max_length=2_000)]


def bank_out(view: BankView) -> BankOut:
    return BankOut(view.id, view.title, view.question_count)


def _points(micro: int | None) -> float | None:
    return None if micro is None else points_number(micro)


def _item_out(item: ResultItem) -> ResultItemOut:
    return ResultItemOut(
        question_id=UUID(item.question_id),
        number=item.number,
        type=item.type,
        prompt=item.prompt,
        possible=points_number(item.possible_micro),
        earned=_points(item.earned_micro),
        outcome=item.outcome,
        answer=list(item.answer),
        explanation=item.explanation,
        correct_answer=None if item.correct is None else list(item.correct),
    )


def result_out(view: ResultView) -> ResultOut:
    known = view.score_micro is not None and view.max_micro is not None
    return ResultOut(
        attempt_id=view.attempt.id,
        assessment_id=view.attempt.assessment_id,
        learner_id=view.attempt.learner_id,
        attempt_no=view.attempt.attempt_no,
        status=view.attempt.status,
        title=view.title,
        feedback=view.level,
        score=_points(view.score_micro),
        max_score=_points(view.max_micro),
        percentage=percentage_bp(view.score_micro or 0, view.max_micro or 0) / 100 if known else None,
        passed=view.passed,
        items=[_item_out(item) for item in view.items],
    )


def _line_out(line: AttemptLine) -> AttemptLineOut:
    return AttemptLineOut(
        line.id,
        line.attempt_no,
        line.status,
        line.started_at,
        line.finished_at,
        line.score,
        line.max_score,
        line.overridden,
    )


def grade_row_out(row: GradeRow) -> GradeRowOut:
    return GradeRowOut(
        row.learner_id,
        row.name,
        row.standing.percentage_bp / 100 if row.standing else None,
        row.standing.passed if row.standing else None,
        [_line_out(line) for line in row.attempts],
    )


def statistics_out(item: ItemStatistics) -> ItemStatisticsOut:
    return ItemStatisticsOut(
        question_id=UUID(item.question.id),
        type=item.question.type,
        prompt=item.question.prompt,
        seen=item.seen,
        answered=item.answered,
        correct=item.correct,
        facility=item.facility_bp / 100,
        most_chosen_wrong_option=item.wrong_option,
        most_chosen_wrong_count=item.wrong_count,
    )


def override_out(line: OverrideLine) -> OverrideOut:
    return OverrideOut(
        line.id,
        line.question_id,
        points_number(line.earned_micro),
        points_number(line.previous_micro),
        line.reason,
        line.author_id,
        line.created_at,
    )


def accommodation_out(view: AccommodationView) -> AccommodationOut:
    given = view.given
    return AccommodationOut(
        learner_id=view.learner_id,
        name=view.name,
        extra_time_percent=given.extra_time_percent,
        extra_time_seconds=given.extra_time_seconds,
        extra_attempts=given.extra_attempts,
        closes_at=given.closes_at,
        note=view.note,
    )
