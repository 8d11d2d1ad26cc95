"""What a question is, and when its definition is sound.

Nothing that an author sends reaches a `Question` without passing `validate_question`. The answer key
lives in `Question.key`; what leaves for the browser is made by `presenting.present`, which cannot
see a key's contents in an order that tells anything.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from scholr.contexts.assessment.errors import InvalidQuestion
from scholr.contexts.assessment.questions.comparing import normalise_text, parse_number
from scholr.kernel.text import text_problem

MICRO = 1_000_000
"""Points are kept as integers, in millionths of a point."""

MAX_POINTS = 1000
MAX_PROMPT_CHARS = 20_000
MAX_OPTIONS = 50
MAX_OPTION_CHARS = 2_000
MAX_ACCEPTED = 100
MAX_ACCEPTED_CHARS = 500
TRUE_FALSE_OPTIONS = ("True", "False")


class QuestionType(StrEnum):
    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"
    SHORT_TEXT = "short_text"
    NUMERIC = "numeric"
    MATCHING = "matching"
    ORDERING = "ordering"
    CLOZE = "cloze"


WORDED_TYPES = frozenset({QuestionType.SHORT_TEXT, QuestionType.CLOZE})
"""Answered in the learner's own words, which are sealed under the learner's key; the others are numbers and choices."""


@dataclass(frozen=True, slots=True)
class ChoiceKey:
    """Indexes into `Question.options`; exactly one for `single` and `true_false`."""

    correct: frozenset[int]


@dataclass(frozen=True, slots=True)
class TextKey:
    """`accepted` as the author wrote them, the first one being the one that is shown."""

    accepted: tuple[str, ...]
    ignore_punctuation: bool = False


@dataclass(frozen=True, slots=True)
class NumberKey:
    """`tolerance` is inclusive: absolute, or a share of `value` when `relative`."""

    value: Decimal
    tolerance: Decimal = Decimal(0)
    relative: bool = False


@dataclass(frozen=True, slots=True)
class MatchKey:
    """`right[i]` is the index in `choices` of the partner of `Question.options[i]`."""

    choices: tuple[str, ...]
    right: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OrderKey:
    """`order` lists indexes into `Question.options` from first to last."""

    order: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ClozeKey:
    """One key per gap, in the order of the gaps `[[1]]`, `[[2]]`, … in the prompt."""

    gaps: tuple[TextKey | NumberKey, ...]


AnswerKey = ChoiceKey | TextKey | NumberKey | MatchKey | OrderKey | ClozeKey


@dataclass(frozen=True, slots=True)
class Question:
    """`id` separates the shuffles of the questions of one attempt; `points_micro` in 0..10^9."""

    id: str
    type: QuestionType
    prompt: str
    points_micro: int
    options: tuple[str, ...]
    key: AnswerKey
    explanation: str = ""


class _Problem(Exception):
    """A definition's field is wrong; collected into one InvalidQuestion."""


def validate_question(
    type: object,
    prompt: object,
    points: object,
    options: object,
    answer_key: object,
    *,
    explanation: object = "",
    question_id: str = "",
) -> Question:
    """Make a question of what an author sent, or raise InvalidQuestion naming each wrong field.

    Shapes of `options` and `answer_key` by type:

    - single, multiple: option texts; indexes (as strings) of the correct ones
    - true_false: none, or two texts; `["true"]`, `["false"]`, a boolean, or an index
    - short_text: none; accepted texts, or `{"accepted": [...], "ignore_punctuation": bool}`
    - numeric: none; a number, `[value, tolerance]`, or `{"value", "tolerance", "relative"}`
    - matching: left texts; right texts in the same order, or `{"pairs": [...], "distractors": [...]}`
    - ordering: item texts; indexes (as strings) from first to last
    - cloze: none, the prompt holds `[[1]]`, `[[2]]`, …; per gap a key of short_text or numeric,
      the latter as an object with `value`
    """
    fields: dict[str, str] = {}
    kind = _collect(fields, "type", lambda: _read_type(type))
    text = _collect(fields, "prompt", lambda: _read_text(prompt, MAX_PROMPT_CHARS))
    micro = _collect(fields, "points", lambda: _read_points(points))
    note = _collect(fields, "explanation", lambda: _read_text(explanation or "", MAX_PROMPT_CHARS, least=0))
    if kind is None:
        raise InvalidQuestion(fields=fields)
    choices = _collect(fields, "options", lambda: _read_options(kind, options))
    key: AnswerKey | None = None
    if choices is not None and text is not None:
        key = _collect(fields, "answer_key", lambda: _read_key(kind, text, choices, answer_key))
    if fields or text is None or micro is None or note is None or choices is None or key is None:
        raise InvalidQuestion(fields=fields)
    return Question(question_id, kind, text, micro, choices, key, note)


T = TypeVar("T")


def _collect(fields: dict[str, str], name: str, read: Callable[[], T]) -> T | None:
    try:
        return read()
    except _Problem as problem:
        fields[name] = str(problem)
        return None


def _read_type(raw: object) -> QuestionType:
    try:
        return QuestionType(str(raw))
    except ValueError:
        raise _Problem(f"must be one of {', '.join(QuestionType)}") from None


def _read_text(raw: object, most: int, *, least: int = 1) -> str:
    if problem := text_problem(raw, most=most, least=least, multiline=True):
        raise _Problem(problem)
    return str(raw).strip()


def _read_points(raw: object) -> int:
    micro = Fraction(_read_decimal(raw)) * MICRO
    if not 0 <= micro <= MAX_POINTS * MICRO or micro.denominator != 1:
        raise _Problem(f"must be between 0 and {MAX_POINTS}, with at most six decimals")
    return int(micro)


def _read_decimal(raw: object) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str | Decimal):
        raise _Problem("must be a number")
    number = parse_number(str(raw))
    if number is None:
        raise _Problem("must be a number")
    return number


def _read_texts(raw: object, least: int, most: int, chars: int) -> tuple[str, ...]:
    """Read a list of distinct texts."""
    if not isinstance(raw, list | tuple) or not least <= len(raw) <= most:
        raise _Problem(f"must be a list of {least} to {most} texts")
    texts = tuple(_read_text(item, chars) for item in raw)
    if len(set(texts)) != len(texts):
        raise _Problem("must not repeat a text")
    return texts


def _read_options(kind: QuestionType, raw: object) -> tuple[str, ...]:
    if kind in (QuestionType.SHORT_TEXT, QuestionType.NUMERIC, QuestionType.CLOZE):
        if raw not in (None, [], (), {}):
            raise _Problem(f"must be empty for {kind}")
        return ()
    if kind is QuestionType.TRUE_FALSE:
        return _read_texts(raw, 2, 2, MAX_OPTION_CHARS) if raw else TRUE_FALSE_OPTIONS
    return _read_texts(raw, 2, MAX_OPTIONS, MAX_OPTION_CHARS)


def _read_key(kind: QuestionType, prompt: str, options: tuple[str, ...], raw: object) -> AnswerKey:
    match kind:
        case QuestionType.SINGLE | QuestionType.MULTIPLE:
            return _read_choice_key(kind, options, raw)
        case QuestionType.TRUE_FALSE:
            return _read_truth_key(options, raw)
        case QuestionType.SHORT_TEXT:
            return _read_text_key(raw)
        case QuestionType.NUMERIC:
            return _read_number_key(raw)
        case QuestionType.MATCHING:
            return _read_match_key(options, raw)
        case QuestionType.ORDERING:
            return _read_order_key(options, raw)
        case QuestionType.CLOZE:
            return _read_cloze_key(prompt, raw)


def read_index(raw: object, size: int) -> int | None:
    """Read an index as it travels (a decimal string, or an integer); None when it names nothing."""
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        return None
    text = str(raw)
    if not (text.isascii() and text.isdigit() and len(text) <= 4) or str(int(text)) != text:
        return None
    return int(text) if int(text) < size else None


def _read_indexes(raw: object, size: int) -> tuple[int, ...]:
    items = raw if isinstance(raw, list | tuple) else [raw]
    indexes = tuple(read_index(item, size) for item in items[: MAX_OPTIONS + 1])
    found = tuple(index for index in indexes if index is not None)
    if not found or len(found) != len(items) or len(set(found)) != len(found):
        raise _Problem("must list distinct indexes of options, counted from 0")
    return found


def _read_choice_key(kind: QuestionType, options: tuple[str, ...], raw: object) -> ChoiceKey:
    correct = _read_indexes(raw, len(options))
    if kind is QuestionType.SINGLE and len(correct) != 1:
        raise _Problem("must hold exactly one index")
    return ChoiceKey(frozenset(correct))


def _read_truth_key(options: tuple[str, ...], raw: object) -> ChoiceKey:
    items = raw if isinstance(raw, list | tuple) else [raw]
    index = read_truth(items[0], options) if len(items) == 1 else None
    if index is None:
        raise _Problem("must be true or false")
    return ChoiceKey(frozenset({index}))


def read_truth(raw: object, options: tuple[str, ...]) -> int | None:
    """Read true, false, or an index of the two options; the words follow the options' own order."""
    if isinstance(raw, bool):
        raw = "true" if raw else "false"
    if not isinstance(raw, str) or raw.strip().casefold() not in ("true", "false"):
        return read_index(raw, len(options))
    word = raw.strip().casefold()
    folded = [option.casefold() for option in options]
    return folded.index(word) if word in folded else ("true", "false").index(word)


def _read_text_key(raw: object) -> TextKey:
    settings: Mapping[object, object] = raw if isinstance(raw, dict) else {"accepted": raw}
    if unknown := set(settings) - {"accepted", "ignore_punctuation"}:
        raise _Problem(f"does not know {', '.join(sorted(map(str, unknown)))}")
    accepted = settings.get("accepted")
    texts = _read_texts([accepted] if isinstance(accepted, str) else accepted, 1, MAX_ACCEPTED, MAX_ACCEPTED_CHARS)
    ignore = settings.get("ignore_punctuation", False)
    if not isinstance(ignore, bool):
        raise _Problem("must say true or false in ignore_punctuation")
    if not all(normalise_text(text, ignore_punctuation=ignore) for text in texts):
        raise _Problem("accepts a text of which nothing is left to compare")
    return TextKey(texts, ignore)


def _read_number_key(raw: object) -> NumberKey:
    if isinstance(raw, dict):
        settings: Mapping[object, object] = raw
    else:
        items = raw if isinstance(raw, list | tuple) else [raw]
        if len(items) not in (1, 2):
            raise _Problem("must hold a value and, if you like, a tolerance")
        settings = dict(zip(("value", "tolerance"), items, strict=False))
    if unknown := set(settings) - {"value", "tolerance", "relative"}:
        raise _Problem(f"does not know {', '.join(sorted(map(str, unknown)))}")
    relative = settings.get("relative", False)
    if not isinstance(relative, bool):
        raise _Problem("must say true or false in relative")
    value, tolerance = _read_decimal(settings.get("value")), _read_decimal(settings.get("tolerance", 0))
    if tolerance < 0:
        raise _Problem("must not have a negative tolerance")
    return NumberKey(value, tolerance, relative)


def _read_match_key(options: tuple[str, ...], raw: object) -> MatchKey:
    settings: Mapping[object, object] = raw if isinstance(raw, dict) else {"pairs": raw}
    if unknown := set(settings) - {"pairs", "distractors"}:
        raise _Problem(f"does not know {', '.join(sorted(map(str, unknown)))}")
    pairs, distractors = settings.get("pairs"), settings.get("distractors") or []
    if not isinstance(pairs, list | tuple) or len(pairs) != len(options):
        raise _Problem("must hold one partner for each option")
    partners = [_read_text(item, MAX_OPTION_CHARS) for item in pairs]
    extra = _read_texts(distractors, 0, MAX_OPTIONS, MAX_OPTION_CHARS)
    if set(extra) & set(partners):
        raise _Problem("must not have a distractor that is also a partner")
    choices = tuple(dict.fromkeys([*partners, *extra]))
    return MatchKey(choices, tuple(choices.index(text) for text in partners))


def _read_order_key(options: tuple[str, ...], raw: object) -> OrderKey:
    order = _read_indexes(raw, len(options))
    if len(order) != len(options):
        raise _Problem("must list every option once, from first to last")
    return OrderKey(order)


_GAP = re.compile(r"\[\[(\d{1,3})\]\]")


def cloze_pieces(prompt: str) -> tuple[str, ...]:
    """The texts before, between and after the gaps: one more than there are gaps."""
    return tuple(_GAP.split(prompt)[::2])


def _read_cloze_key(prompt: str, raw: object) -> ClozeKey:
    gaps = [int(number) for number in _GAP.findall(prompt)]
    if not gaps or len(gaps) > MAX_OPTIONS or gaps != list(range(1, len(gaps) + 1)):
        raise _Problem("needs gaps in the prompt, written [[1]], [[2]] and so on in reading order")
    if not isinstance(raw, list | tuple) or len(raw) != len(gaps):
        raise _Problem(f"must hold one entry for each of the {len(gaps)} gaps")
    return ClozeKey(tuple(_read_gap_key(item) for item in raw))


def _read_gap_key(raw: object) -> TextKey | NumberKey:
    return _read_number_key(raw) if isinstance(raw, dict) and "value" in raw else _read_text_key(raw)


def key_as_json(key: AnswerKey) -> object:
    """The key in the one canonical shape that `validate_question` reads back to the same key."""
    match key:
        case ChoiceKey(correct):
            return [str(index) for index in sorted(correct)]
        case TextKey(accepted, ignore):
            return {"accepted": list(accepted), "ignore_punctuation": ignore}
        case NumberKey(value, tolerance, relative):
            return {"value": str(value), "tolerance": str(tolerance), "relative": relative}
        case MatchKey(choices, right):
            extra = [text for index, text in enumerate(choices) if index not in right]
            return {"pairs": [choices[index] for index in right], "distractors": extra}
        case OrderKey(order):
            return [str(index) for index in order]
        case ClozeKey(gaps):
            return [key_as_json(gap) for gap in gaps]
