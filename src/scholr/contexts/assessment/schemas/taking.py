"""JSON shapes of attempts."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from scholr.contexts.assessment.grading import points_number
from scholr.contexts.assessment.model import AttemptStatus
from scholr.contexts.assessment.presenting import PresentedQuestion
from scholr.contexts.assessment.questions import QuestionType
from scholr.contexts.assessment.service.views import AttemptView, Receipt, SubmitView, TakingView

AnswerMap = Annotated[
    dict[str, Any],
    msgspec.Meta(
        description=(
            "Question id to answer: a list of option values as strings (choices), of the chosen partner for each "
            "option (matching), of items from first to last (ordering), of texts for the gaps (cloze), or one text. "
            "An empty list takes an answer back."
        ),
        examples=[{"0197c1a2-0000-7000-8000-000000000001": ["1"]}],
    ),
]


class StartAttempt(msgspec.Struct, forbid_unknown_fields=True):
    """Without `learner_id` the caller starts for themselves."""

    learner_id: UUID | None = None


class SaveAnswers(msgspec.Struct, forbid_unknown_fields=True):
    answers: AnswerMap


class SubmitAttempt(msgspec.Struct, forbid_unknown_fields=True):
    answers: AnswerMap | None = None


class AttemptOut(msgspec.Struct):
    """`deadline_at` null means no limit; it moves when extra time is given."""

    id: UUID
    assessment_id: UUID
    learner_id: UUID
    attempt_no: int
    status: AttemptStatus
    started_at: datetime
    deadline_at: datetime | None
    finished_at: datetime | None


class ReceiptOut(msgspec.Struct):
    """What was kept, when by the server's clock, and a code that proves it."""

    question_id: UUID
    sequence: int
    saved_at: datetime
    answer: list[str]
    code: str


class ReceiptsOut(msgspec.Struct):
    """`deadline_at` is the end of the attempt as it is now; null means no limit."""

    server_time: datetime
    deadline_at: datetime | None
    receipts: list[ReceiptOut]


class OptionOut(msgspec.Struct):
    value: str
    text: str


class TakenQuestionOut(msgspec.Struct):
    """`options` choose or are ordered by `value`; `choices` are the partners of a matching question;
    `pieces` are the texts around the gaps of a cloze."""

    id: UUID
    type: QuestionType
    prompt: str
    points: float
    options: list[OptionOut]
    choices: list[OptionOut]
    pieces: list[str]


class TakingOut(AttemptOut):
    title: str
    server_time: datetime
    questions: list[TakenQuestionOut]
    answers: dict[str, list[str]]
    receipts: list[ReceiptOut]


class SubmitOut(msgspec.Struct):
    """Null where the assessment's feedback policy keeps the score from the learner."""

    score: float | None
    max_score: float | None
    percentage: float | None
    status: AttemptStatus


def attempt_out(view: AttemptView) -> AttemptOut:
    return AttemptOut(**_attempt_fields(view))


def _attempt_fields(view: AttemptView) -> dict[str, Any]:
    return {
        "id": view.id,
        "assessment_id": view.assessment_id,
        "learner_id": view.learner_id,
        "attempt_no": view.attempt_no,
        "status": view.status,
        "started_at": view.started_at,
        "deadline_at": view.deadline_at,
        "finished_at": view.finished_at,
    }


def receipt_out(receipt: Receipt) -> ReceiptOut:
    return ReceiptOut(
        UUID(receipt.question_id), receipt.sequence, receipt.saved_at, list(receipt.entries), receipt.code
    )


def _question_out(question: PresentedQuestion) -> TakenQuestionOut:
    return TakenQuestionOut(
        UUID(question.id),
        question.type,
        question.prompt,
        points_number(question.points_micro),
        [OptionOut(option.value, option.text) for option in question.options],
        [OptionOut(choice.value, choice.text) for choice in question.choices],
        list(question.pieces),
    )


def taking_out(view: TakingView, server_time: datetime) -> TakingOut:
    return TakingOut(
        **_attempt_fields(view.attempt),
        title=view.title,
        server_time=server_time,
        questions=[_question_out(question) for question in view.questions],
        answers={key: list(entries) for key, entries in view.answers.items()},
        receipts=[receipt_out(receipt) for receipt in view.receipts],
    )


def submit_out(view: SubmitView) -> SubmitOut:
    return SubmitOut(view.score, view.max_score, view.percentage, view.status)
