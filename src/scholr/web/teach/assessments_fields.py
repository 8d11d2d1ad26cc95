"""A question as a form: what its fields hold, from what was stored and from what was sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scholr.contexts.assessment.facade import (
    ChoiceKey,
    ClozeKey,
    MatchKey,
    NumberKey,
    OrderKey,
    Question,
    QuestionDraft,
    QuestionType,
    TextKey,
    points_number,
)
from scholr.kernel.text import whole_number
from scholr.web.forms import Form

CHOICES = (QuestionType.SINGLE, QuestionType.MULTIPLE)
SPARE_ROWS = 2
FIRST_ROWS = 4
MORE_ROWS = 4

NAMES = {
    QuestionType.SINGLE: "Single choice",
    QuestionType.MULTIPLE: "Multiple choice",
    QuestionType.TRUE_FALSE: "True or false",
    QuestionType.SHORT_TEXT: "Short text",
    QuestionType.NUMERIC: "Number",
    QuestionType.MATCHING: "Matching",
    QuestionType.ORDERING: "Ordering",
    QuestionType.CLOZE: "Gaps in a text",
}
HINTS = {
    QuestionType.SINGLE: "One right option among several",
    QuestionType.MULTIPLE: "Several right options; wrong ones take points away again",
    QuestionType.TRUE_FALSE: "A statement that is right or not",
    QuestionType.SHORT_TEXT: "A word or a few, compared without regard to case",
    QuestionType.NUMERIC: "A number, within a tolerance",
    QuestionType.MATCHING: "Pairs that belong together",
    QuestionType.ORDERING: "Steps to be put in order",
    QuestionType.CLOZE: "Words to be filled in where they belong",
}


@dataclass(frozen=True, slots=True)
class QuestionFields:
    """Texts as they stand in the form. `rows` are options with their mark, or pairs; `lines` one entry per line."""

    type: QuestionType
    prompt: str = ""
    points: str = "1"
    explanation: str = ""
    rows: list[tuple[str, str]] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    truth: str = ""
    lines: str = ""
    value: str = ""
    tolerance: str = "0"
    flag: bool = False

    @property
    def shown_rows(self) -> list[tuple[str, str]]:
        """The rows, and some empty ones to write into."""
        wanted = max(FIRST_ROWS, len(self.rows) + SPARE_ROWS)
        return [*self.rows, *[("", "")] * (wanted - len(self.rows))]

    def draft(self) -> QuestionDraft:
        """What the author means; whether it is sound is for the assessment to say."""
        options, key = self._definition()
        return QuestionDraft(self.type, self.prompt, self.points.replace(",", "."), options, key, self.explanation)

    def _definition(self) -> tuple[object, object]:
        match self.type:
            case QuestionType.SINGLE | QuestionType.MULTIPLE:
                kept = [place for place, (text, _) in enumerate(self.rows) if text]
                right = [str(kept.index(place)) for place in self.right if place in kept]
                return [self.rows[place][0] for place in kept], right
            case QuestionType.TRUE_FALSE:
                return None, self.truth or None
            case QuestionType.SHORT_TEXT:
                return None, {"accepted": _lines(self.lines), "ignore_punctuation": self.flag}
            case QuestionType.NUMERIC:
                return None, {"value": self.value, "tolerance": self._tolerance(), "relative": self.flag}
            case QuestionType.MATCHING:
                pairs = [row for row in self.rows if row[0] or row[1]]
                return [left for left, _ in pairs], {
                    "pairs": [right for _, right in pairs],
                    "distractors": _lines(self.lines),
                }
            case QuestionType.ORDERING:
                items = _lines(self.lines)
                return items, [str(place) for place in range(len(items))]
            case QuestionType.CLOZE:
                return None, [_gap(line) for line in _lines(self.lines)]

    def _tolerance(self) -> str:
        return self.tolerance or "0"


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _gap(line: str) -> object:
    """`risk | hazard` accepts either text; `= 3.5 ± 0.1` accepts a number."""
    if line.startswith("="):
        value, _, tolerance = line[1:].partition("±")
        return {"value": value.strip(), "tolerance": tolerance.strip() or "0"}
    return [text.strip() for text in line.split("|") if text.strip()]


def fields_from_form(kind: QuestionType, form: Form) -> QuestionFields:
    lefts, rights = form.many("option"), form.many("partner")
    pairs = [(left.strip(), (rights[place] if place < len(rights) else "").strip()) for place, left in enumerate(lefts)]
    while pairs and pairs[-1] == ("", ""):
        pairs.pop()
    return QuestionFields(
        type=kind,
        prompt=form.text("prompt"),
        points=form.text("points", "1"),
        explanation=form.text("explanation"),
        rows=pairs,
        right=[place for text in form.many("right") if (place := whole_number(text, digits=3)) is not None],
        truth=form.text("truth"),
        lines=form.text("lines"),
        value=form.text("value"),
        tolerance=form.text("tolerance", "0"),
        flag=form.checked("flag"),
    )


def fields_from_question(question: Question) -> QuestionFields:
    base = {
        "type": question.type,
        "prompt": question.prompt,
        "points": f"{points_number(question.points_micro):g}",
        "explanation": question.explanation,
    }
    return QuestionFields(**base, **_key_fields(question))  # type: ignore[arg-type]  # each key has its own fields


def _key_fields(question: Question) -> Mapping[str, object]:
    match question.key:
        case ChoiceKey(correct):
            if question.type is QuestionType.TRUE_FALSE:
                return {"truth": str(min(correct))}
            return {"rows": [(text, "") for text in question.options], "right": sorted(correct)}
        case TextKey(accepted, ignore):
            return {"lines": "\n".join(accepted), "flag": ignore}
        case NumberKey(value, tolerance, relative):
            return {"value": str(value), "tolerance": str(tolerance), "flag": relative}
        case MatchKey(choices, right):
            extra = [text for place, text in enumerate(choices) if place not in right]
            pairs = zip(question.options, right, strict=True)
            return {"rows": [(left, choices[place]) for left, place in pairs], "lines": "\n".join(extra)}
        case OrderKey(order):
            return {"lines": "\n".join(question.options[place] for place in order)}
        case ClozeKey(gaps):
            return {"lines": "\n".join(_gap_line(gap) for gap in gaps)}


def _gap_line(gap: TextKey | NumberKey) -> str:
    if isinstance(gap, TextKey):
        return " | ".join(gap.accepted)
    return f"= {gap.value} ± {gap.tolerance}"


KEY_PROBLEMS = {
    QuestionType.SINGLE: "Mark the one option that is right.",
    QuestionType.MULTIPLE: "Mark at least one option as right.",
    QuestionType.TRUE_FALSE: "Say whether it is true or false.",
    QuestionType.SHORT_TEXT: "Write at least one accepted answer, each on its own line and none twice.",
    QuestionType.MATCHING: "Each line needs both partners, and a distractor may not be one of them.",
    QuestionType.ORDERING: "Write at least two steps, one on each line.",
}


OPTION_PROBLEMS = {
    QuestionType.SINGLE: "Write at least two options, none of them twice.",
    QuestionType.MULTIPLE: "Write at least two options, none of them twice.",
    QuestionType.MATCHING: "Write at least two pairs, none of them twice.",
    QuestionType.ORDERING: "Write at least two steps, one on each line and none twice.",
}


def form_errors(kind: QuestionType, problems: Mapping[str, str]) -> dict[str, str]:
    """Problems in the words of the form, by the name of the control that they stand beside."""
    control = {
        QuestionType.NUMERIC: "value",
        QuestionType.TRUE_FALSE: "truth",
        QuestionType.SINGLE: "options",
        QuestionType.MULTIPLE: "options",
        QuestionType.MATCHING: "options",
    }.get(kind, "lines")
    found: dict[str, str] = {}
    for name, problem in problems.items():
        if name == "answer_key":
            found[control] = KEY_PROBLEMS.get(kind, f"The answer {problem}.")
        elif name == "options":
            found["lines" if kind is QuestionType.ORDERING else "options"] = OPTION_PROBLEMS.get(kind, "")
        else:
            found[name] = f"The {name} {problem}."
    return found
