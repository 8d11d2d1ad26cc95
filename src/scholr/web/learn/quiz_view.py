"""What the pages of a quiz say: words and shapes, no decisions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scholr.contexts.assessment.facade import PresentedQuestion, QuestionType, TakingView, points_number

_WORDS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")
_GAP = re.compile(r"\[\[\d{1,3}\]\]")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def in_words(count: int, one: str, other: str) -> str:
    """`Three questions`, `One attempt`, `14 attempts`: how a sentence begins with a number."""
    word = _WORDS[count] if 0 <= count < len(_WORDS) else str(count)
    return f"{word} {one if count == 1 else other}"


@dataclass(frozen=True, slots=True)
class PromptBlock:
    """A paragraph, or the rows of a table of which the first is the head."""

    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


def prompt_blocks(prompt: str) -> list[PromptBlock]:
    """A prompt's paragraphs; lines that begin with a bar are the rows of a table (`| Stone size | A |`)."""
    blocks: list[PromptBlock] = []
    for part in prompt.replace("\r\n", "\n").split("\n\n"):
        lines = [line.strip() for line in part.strip().split("\n") if line.strip()]
        if lines and all(line.startswith("|") for line in lines):
            rows = (tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines)
            blocks.append(PromptBlock(rows=tuple(row for row in rows if not _is_ruler(row))))
        elif lines:
            blocks.append(PromptBlock(text=part.strip()))
    return blocks


def _is_ruler(row: tuple[str, ...]) -> bool:
    """The line of dashes that Markdown asks for below a table's head."""
    return all(cell and not cell.strip(":-") for cell in row)


def first_line(prompt: str) -> str:
    """A prompt's first paragraph, with the gaps of a cloze as one writes them on paper."""
    texts = [block.text for block in prompt_blocks(prompt) if block.text]
    return _GAP.sub("____", texts[0] if texts else prompt)


@dataclass(frozen=True, slots=True)
class Step:
    """One question in the navigator."""

    number: int
    question_id: str
    answered: bool
    current: bool

    @property
    def label(self) -> str:
        return f"Question {self.number}{', answered' if self.answered else ''}"


def steps_of(view: TakingView, current: int = 0) -> list[Step]:
    """`current` counts from 1; 0 marks none."""
    answers = view.answers
    return [
        Step(number, question.id, bool(answers.get(question.id)), number == current)
        for number, question in enumerate(view.questions, start=1)
    ]


def empty_sentence(steps: Sequence[Step]) -> str:
    empty = sum(not step.answered for step in steps)
    if empty == 0:
        return "Every question has an answer"
    return in_words(empty, "question is empty", "questions are empty")


INSTRUCTIONS = {
    QuestionType.SINGLE: "Choose one",
    QuestionType.MULTIPLE: "Choose all that apply",
    QuestionType.TRUE_FALSE: "True or false?",
    QuestionType.SHORT_TEXT: "Answer in a few words",
    QuestionType.NUMERIC: "Answer with a number",
    QuestionType.MATCHING: "Find the partner of each",
    QuestionType.ORDERING: "Put them in order, the first on top",
    QuestionType.CLOZE: "Fill in the gaps",
}


def points_text(question: PresentedQuestion) -> str:
    points = points_number(question.points_micro)
    return f"{points:g} {'point' if points == 1 else 'points'}"


def saved_text(view: TakingView) -> datetime | None:
    """When the server kept the last answer; None before the first."""
    return max((receipt.saved_at for receipt in view.receipts), default=None)


def time_used(started_at: datetime, finished_at: datetime | None, deadline_at: datetime | None) -> timedelta | None:
    """From the start to the end; the sweep comes after the deadline, and that time was nobody's."""
    if finished_at is None:
        return None
    end = min(finished_at, deadline_at) if deadline_at else finished_at
    return max(end - started_at, timedelta())


def length_text(length: timedelta) -> str:
    """`19 min 08 s`, `1 h 04 min`."""
    seconds = int(length.total_seconds())
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
