"""An assessment frozen at one revision: what an attempt is drawn from, taken by and graded with.

Frozen content holds everything that an edit could change, so that an attempt never needs the
authors' tables again. Who may see results and which score stands is deliberately not taken from
here: those settings apply as they are now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from scholr.contexts.assessment.errors import AssessmentEmpty
from scholr.contexts.assessment.model import AssessmentPolicy
from scholr.contexts.assessment.presenting import BankDraw, assemble
from scholr.contexts.assessment.questions import MICRO, Question, key_as_json, validate_question


@dataclass(frozen=True, slots=True)
class Content:
    """`entries` in the authors' order; `questions` holds every question that `entries` can name."""

    course_id: UUID
    title: str
    policy: AssessmentPolicy
    entries: tuple[str | BankDraw, ...]
    questions: Mapping[str, Question]


def draw_questions(content: Content, seed: str) -> tuple[str, ...]:
    """The ids of one attempt's questions, in order. Raises AssessmentEmpty or BankTooSmall."""
    drawn = assemble(content.entries, seed, shuffle=content.policy.shuffle_questions)
    if not drawn:
        raise AssessmentEmpty
    return drawn


def possible_micro(content: Content) -> int:
    """The points that an attempt can earn; of a draw, as many as its first questions give."""
    total = 0
    for entry in content.entries:
        ids = [entry] if isinstance(entry, str) else sorted(entry.bank)[: entry.count]
        total += sum(content.questions[question_id].points_micro for question_id in ids)
    return total


def question_as_json(question: Question) -> dict[str, object]:
    """The question in the shape that `validate_question` reads back to the same question."""
    return {
        "type": question.type.value,
        "prompt": question.prompt,
        "points": str(Decimal(question.points_micro) / MICRO),
        "options": list(question.options),
        "answer_key": key_as_json(question.key),
        "explanation": question.explanation,
    }


def question_from_json(question_id: str, raw: Mapping[str, Any]) -> Question:
    kind = raw["type"]
    options = raw["options"]
    return validate_question(
        kind,
        raw["prompt"],
        raw["points"],
        options,
        raw["answer_key"],
        explanation=raw["explanation"],
        question_id=question_id,
    )


def encode_content(content: Content) -> str:
    return msgspec.json.encode(
        {
            "course_id": content.course_id,
            "title": content.title,
            "policy": content.policy,
            "entries": [_entry_as_json(entry) for entry in content.entries],
            "questions": {key: question_as_json(question) for key, question in content.questions.items()},
        }
    ).decode()


def decode_content(text: str | bytes) -> Content:
    raw = msgspec.json.decode(text)
    return Content(
        course_id=UUID(raw["course_id"]),
        title=raw["title"],
        policy=decode_policy(raw["policy"]),
        entries=tuple(_entry_from_json(entry) for entry in raw["entries"]),
        questions={key: question_from_json(key, question) for key, question in raw["questions"].items()},
    )


def encode_policy(policy: AssessmentPolicy) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(policy)
    return found


def decode_policy(raw: Mapping[str, Any]) -> AssessmentPolicy:
    return msgspec.convert(raw, AssessmentPolicy)


def _entry_as_json(entry: str | BankDraw) -> object:
    return entry if isinstance(entry, str) else {"bank": sorted(entry.bank), "count": entry.count}


def _entry_from_json(raw: Any) -> str | BankDraw:
    return raw if isinstance(raw, str) else BankDraw(frozenset(raw["bank"]), raw["count"])


def entries_in_order(
    questions: Sequence[tuple[int, str]], draws: Sequence[tuple[int, BankDraw]]
) -> tuple[str | BankDraw, ...]:
    """Merge fixed questions and draws by position; at the same position the question comes first."""
    placed: list[tuple[int, int, str | BankDraw]] = [(place, 0, question) for place, question in questions]
    placed += [(place, 1, draw) for place, draw in draws]
    return tuple(entry for _, _, entry in sorted(placed, key=lambda item: item[:2]))
