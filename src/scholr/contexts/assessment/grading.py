"""Grading: a pure function of question, answer and seed, the same on any node at any time.

Arithmetic is exact (`fractions.Fraction`) until a question's earned points are rounded once, half
up, to the millionth. Totals are sums of those integers, so that the parts a learner sees always add
up, and a later change to one question cannot drift. Percentages are integers in hundredths of a per
cent (basis points), rounded half up, and 100 % is said only when every point was earned.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from scholr.contexts.assessment.errors import InvalidGrade, QuestionNotFound
from scholr.contexts.assessment.presenting import (
    CHOICE_TYPES,
    answer_size,
    choice_index,
    hidden_indexes,
    read_entries,
)
from scholr.contexts.assessment.questions import (
    MICRO,
    ChoiceKey,
    ClozeKey,
    MatchKey,
    NumberKey,
    OrderKey,
    Question,
    QuestionType,
    TextKey,
    normalise_text,
    parse_number,
)

FULL_BP = 10_000
"""One hundred per cent, in basis points."""


class Outcome(StrEnum):
    CORRECT = "correct"
    PARTIAL = "partial"
    WRONG = "wrong"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """0 <= earned_micro <= possible_micro, in millionths of a point."""

    question_id: str
    earned_micro: int
    possible_micro: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Grade:
    """`results` in the order of the attempt's questions."""

    score_micro: int
    max_micro: int
    results: tuple[QuestionResult, ...]

    @property
    def percentage_bp(self) -> int:
        return percentage_bp(self.score_micro, self.max_micro)


def percentage_bp(score_micro: int, max_micro: int) -> int:
    """A share in basis points: half up, 10000 only for a full score, 0 when nothing can be earned."""
    if max_micro <= 0:
        return 0
    if score_micro >= max_micro:
        return FULL_BP
    return min(_half_up(Fraction(score_micro * FULL_BP, max_micro)), FULL_BP - 1)


def points_number(micro: int) -> int | float:
    """Points as a JSON number: whole where they are whole. For showing only, never for sums."""
    return micro // MICRO if micro % MICRO == 0 else micro / MICRO


def _half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def grade_attempt(questions: Sequence[Question], answers: Mapping[str, object], seed: str) -> Grade:
    """Grade what was saved; answers to questions that are not in the attempt count for nothing."""
    return total(grade_question(question, answers.get(question.id), seed) for question in questions)


def total(results: Iterable[QuestionResult]) -> Grade:
    parts = tuple(results)
    return Grade(sum(part.earned_micro for part in parts), sum(part.possible_micro for part in parts), parts)


def grade_question(question: Question, answer: object, seed: str) -> QuestionResult:
    """Grade one answer. Whatever a browser sent, this does not raise: what has no sense is wrong."""
    share = _share(question, answer, seed)
    if share is None:
        return QuestionResult(question.id, 0, question.points_micro, Outcome.UNANSWERED)
    outcome = Outcome.CORRECT if share == 1 else Outcome.PARTIAL if share > 0 else Outcome.WRONG
    return QuestionResult(question.id, _half_up(question.points_micro * share), question.points_micro, outcome)


def _share(question: Question, answer: object, seed: str) -> Fraction | None:
    """The earned share in 0..1; None when there is no answer."""
    entries = read_entries(answer)
    if entries is None:
        return Fraction(0)
    if not any(entry.strip() for entry in entries):
        return None
    if question.type not in CHOICE_TYPES and len(entries) > answer_size(question):
        return Fraction(0)
    match question.key:
        case ChoiceKey(correct):
            return _choice_share(question, correct, entries)
        case TextKey() | NumberKey():
            return Fraction(_gap_is_right(question.key, entries[0]))
        case MatchKey(_, right):
            return _match_share(question, right, entries, seed)
        case OrderKey(order):
            return _order_share(question, order, entries, seed)
        case ClozeKey(gaps):
            pairs = zip(gaps, entries, strict=False)
            return Fraction(sum(_gap_is_right(gap, entry) for gap, entry in pairs), len(gaps))


def _choice_share(question: Question, correct: frozenset[int], entries: tuple[str, ...]) -> Fraction:
    """All or nothing for one choice; (right - wrong) / number correct, floored at zero, for several.

    An entry that names no option is a wrong one.
    """
    chosen = {choice_index(question, entry) for entry in entries if entry.strip()}
    if question.type is not QuestionType.MULTIPLE:
        return Fraction(chosen == correct)
    nonsense = sum(choice_index(question, entry) is None for entry in entries if entry.strip())
    wrong = len(chosen - correct - {None}) + nonsense
    return Fraction(max(0, len(chosen & correct) - wrong), len(correct))


def _match_share(question: Question, right: tuple[int, ...], entries: tuple[str, ...], seed: str) -> Fraction:
    """The share of pairs that are right; a pair left empty is not right."""
    named = hidden_indexes(question, entries, seed)
    return Fraction(sum(one == other for one, other in zip(named, right, strict=False)), len(right))


def _order_share(question: Question, order: tuple[int, ...], entries: tuple[str, ...], seed: str) -> Fraction:
    """The share of neighbours that follow one another as they should.

    Counting neighbours rather than places means that one item moved to the front does not make
    everything after it wrong. (Moodle's ordering question calls this "relative to the next item,
    last excluded".)
    """
    named = hidden_indexes(question, entries, seed)
    wanted = set(pairwise(order))
    return Fraction(len(wanted & set(pairwise(named))), len(wanted))


def _gap_is_right(key: TextKey | NumberKey, entry: str) -> bool:
    if isinstance(key, NumberKey):
        return _number_is_right(key, entry)
    given = normalise_text(entry, ignore_punctuation=key.ignore_punctuation)
    return any(given == normalise_text(text, ignore_punctuation=key.ignore_punctuation) for text in key.accepted)


def _number_is_right(key: NumberKey, entry: str) -> bool:
    given = parse_number(entry)
    if given is None:
        return False
    value, tolerance = Fraction(key.value), Fraction(key.tolerance)
    allowed = tolerance * abs(value) if key.relative else tolerance
    return abs(Fraction(given) - value) <= allowed


def with_penalty(saved: Grade, late: Grade, penalty_percent: int) -> Grade:
    """The grade when late answers count, less a share of the points.

    Answers that were saved in time are never worth less because something was sent late: each
    question earns the better of the two.
    """
    kept = {result.question_id: result for result in saved.results}
    return total(_better(kept[late_one.question_id], late_one, penalty_percent) for late_one in late.results)


def _better(saved: QuestionResult, late: QuestionResult, penalty_percent: int) -> QuestionResult:
    reduced = _half_up(Fraction(late.earned_micro * (100 - penalty_percent), 100))
    if reduced <= saved.earned_micro:
        return saved
    outcome = late.outcome if penalty_percent == 0 else Outcome.PARTIAL
    return replace(late, earned_micro=reduced, outcome=outcome)


def override(grade: Grade, question_id: str, earned_micro: int) -> Grade:
    """Replace one question's points by a person's judgement; the total follows.

    Raises QuestionNotFound, or InvalidGrade outside 0..possible. Who did it, and why, is for the
    caller to record.
    """
    found = next((result for result in grade.results if result.question_id == question_id), None)
    if found is None:
        raise QuestionNotFound
    if not 0 <= earned_micro <= found.possible_micro:
        raise InvalidGrade(fields={"earned": f"between 0 and {points_number(found.possible_micro)}"})
    outcome = _outcome_of(earned_micro, found.possible_micro)
    changed = replace(found, earned_micro=earned_micro, outcome=outcome)
    return total(changed if result is found else result for result in grade.results)


def _outcome_of(earned_micro: int, possible_micro: int) -> Outcome:
    if earned_micro == possible_micro:
        return Outcome.CORRECT
    return Outcome.PARTIAL if earned_micro else Outcome.WRONG
