"""JSON shapes of assessments, questions and banks, as their authors send and see them."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from scholr.contexts.assessment.grading import points_number
from scholr.contexts.assessment.model import (
    AssessmentPolicy,
    FeedbackLevel,
    FeedbackPolicy,
    FeedbackTime,
    LatePolicy,
    ScoringPolicy,
)
from scholr.contexts.assessment.queries.listing import AssessmentView
from scholr.contexts.assessment.questions import Question, QuestionType, key_as_json
from scholr.contexts.assessment.service.authoring import QuestionDraft

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2_147_483_647)]
Text = Annotated[str, msgspec.Meta(max_length=20_000)]
Options = Annotated[list[Annotated[str, msgspec.Meta(max_length=2_000)]], msgspec.Meta(max_length=50)]
AnswerKey = Annotated[
    Any,
    msgspec.Meta(
        description=(
            'By type. single, multiple: indexes of the correct options as strings, such as ["1"] (or one alone). '
            'true_false: true, false, "true", "false" or an index. short_text: accepted texts, or '
            "{accepted, ignore_punctuation}. numeric: a number, [value, tolerance], or {value, tolerance, relative}. "
            "matching: right texts in the order of the options, or {pairs, distractors}. ordering: indexes from first "
            "to last. cloze: for each gap [[1]], [[2]]… of the prompt a key of short_text or {value, tolerance}."
        ),
        examples=[["1"]],
    ),
]


class Settings(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What is left out keeps its value. Times are RFC 3339; counts and seconds of 0 mean no limit."""

    max_attempts: Count | UnsetType = UNSET
    time_limit_seconds: Count | UnsetType = UNSET
    opens_at: datetime | UnsetType | None = UNSET
    closes_at: datetime | UnsetType | None = UNSET
    grace_seconds: Count | UnsetType = UNSET
    late_policy: LatePolicy | UnsetType = UNSET
    late_penalty_percent: Count | UnsetType = UNSET
    late_window_seconds: Count | UnsetType = UNSET
    scoring: ScoringPolicy | UnsetType = UNSET
    feedback_when: FeedbackTime | UnsetType = UNSET
    feedback_level: FeedbackLevel | UnsetType = UNSET
    shuffle_questions: bool | UnsetType = UNSET
    shuffle_options: bool | UnsetType = UNSET
    pass_percentage: Annotated[float, msgspec.Meta(ge=0, le=100)] | UnsetType = UNSET
    title: Title | UnsetType = UNSET
    hidden: bool | UnsetType = UNSET

    def policy_over(self, policy: AssessmentPolicy) -> AssessmentPolicy:
        """The settings with what was sent put over them; unchecked."""
        given = {name: value for name in self.__struct_fields__ if (value := getattr(self, name)) is not UNSET}
        for name in ("title", "hidden", "course_id"):
            given.pop(name, None)
        when = given.pop("feedback_when", policy.feedback.when)
        level = given.pop("feedback_level", policy.feedback.level)
        if (share := given.pop("pass_percentage", None)) is not None:
            given["pass_bp"] = round(share * 100)
        return replace(policy, feedback=FeedbackPolicy(when, level), **given)


class CreateAssessment(Settings, kw_only=True):
    course_id: UUID
    title: Title


class QuestionIn(msgspec.Struct, forbid_unknown_fields=True):
    """`points` with at most six decimals. `explanation` is shown with results, as the feedback policy allows."""

    type: QuestionType
    prompt: Text
    answer_key: AnswerKey
    points: float = 1
    options: Options | None = None
    explanation: Text = ""

    def draft(self) -> QuestionDraft:
        return QuestionDraft(self.type, self.prompt, self.points, self.options, self.answer_key, self.explanation)


class QuestionOut(msgspec.Struct):
    """A question without its key."""

    id: UUID
    type: QuestionType
    prompt: str
    points: float
    options: list[str]


class KeyedQuestionOut(QuestionOut):
    answer_key: Any
    explanation: str


class AssessmentOut(msgspec.Struct):
    """`max_score` is null while it depends on which questions a bank gives."""

    id: UUID
    course_id: UUID
    title: str
    hidden: bool
    question_count: int
    max_score: float | None
    max_attempts: int
    time_limit_seconds: int
    opens_at: datetime | None
    closes_at: datetime | None
    grace_seconds: int
    late_policy: LatePolicy
    late_penalty_percent: int
    late_window_seconds: int
    scoring: ScoringPolicy
    feedback_when: FeedbackTime
    feedback_level: FeedbackLevel
    shuffle_questions: bool
    shuffle_options: bool
    pass_percentage: float


class AssessmentPage(msgspec.Struct):
    items: list[AssessmentOut]
    next_cursor: str | None


class QuestionList(msgspec.Struct):
    items: list[QuestionOut]


class KeyList(msgspec.Struct):
    items: list[KeyedQuestionOut]


def assessment_out(view: AssessmentView) -> AssessmentOut:
    policy = view.policy
    return AssessmentOut(
        id=view.id,
        course_id=view.course_id,
        title=view.title,
        hidden=view.hidden,
        question_count=view.question_count,
        max_score=None if view.possible_micro is None else points_number(view.possible_micro),
        max_attempts=policy.max_attempts,
        time_limit_seconds=policy.time_limit_seconds,
        opens_at=policy.opens_at,
        closes_at=policy.closes_at,
        grace_seconds=policy.grace_seconds,
        late_policy=policy.late_policy,
        late_penalty_percent=policy.late_penalty_percent,
        late_window_seconds=policy.late_window_seconds,
        scoring=policy.scoring,
        feedback_when=policy.feedback.when,
        feedback_level=policy.feedback.level,
        shuffle_questions=policy.shuffle_questions,
        shuffle_options=policy.shuffle_options,
        pass_percentage=policy.pass_bp / 100,
    )


def question_out(question: Question) -> QuestionOut:
    return QuestionOut(
        UUID(question.id), question.type, question.prompt, points_number(question.points_micro), shown_options(question)
    )


def shown_options(question: Question) -> list[str]:
    """Options as they may be shown without a key: the order of an ordering question would be one."""
    ordered = question.type is QuestionType.ORDERING
    return sorted(question.options) if ordered else list(question.options)


def keyed_question_out(question: Question) -> KeyedQuestionOut:
    return KeyedQuestionOut(
        id=UUID(question.id),
        type=question.type,
        prompt=question.prompt,
        points=points_number(question.points_micro),
        options=list(question.options),
        answer_key=key_as_json(question.key),
        explanation=question.explanation,
    )
