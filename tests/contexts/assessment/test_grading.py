from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholr.contexts.assessment.errors import InvalidGrade, QuestionNotFound
from scholr.contexts.assessment.grading import (
    Outcome,
    QuestionResult,
    grade_attempt,
    grade_question,
    override,
    percentage_bp,
    points_number,
    total,
    with_penalty,
)
from scholr.contexts.assessment.presenting import present
from scholr.contexts.assessment.questions import ChoiceKey, MatchKey, OrderKey, Question, validate_question

SEED = "5f1c0f3f6b0d4d9d8a3f"
EVERY_TYPE: list[tuple[str, str, list[str], object]] = [
    ("single", "p", ["a", "b", "c"], ["1"]),
    ("multiple", "p", ["a", "b", "c", "d", "e"], ["0", "2", "3"]),
    ("true_false", "p", [], ["true"]),
    ("short_text", "p", [], ["Paris", "Lutetia Parisiorum"]),
    ("numeric", "p", [], ["3.14", "0.01"]),
    ("matching", "p", ["France", "Japan", "Spain"], {"pairs": ["Paris", "Tokyo", "Madrid"], "distractors": ["Oslo"]}),
    ("ordering", "p", ["one", "two", "three", "four"], ["0", "1", "2", "3"]),
    ("cloze", "[[1]] [[2]] [[3]]", [], [["a"], ["b"], {"value": 3}]),
]


def question(kind: str, points: object = 3, question_id: str = "q") -> Question:
    _, prompt, options, key = next(entry for entry in EVERY_TYPE if entry[0] == kind)
    return validate_question(kind, prompt, points, options, key, question_id=question_id)


def tokens(asked: Question, texts: list[str], seed: str = SEED) -> list[str]:
    """What the browser sends for texts that it shows."""
    view = present(asked, seed)
    values = {option.text: option.value for option in view.choices or view.options}
    return [values[text] for text in texts]


def right_answer(asked: Question, seed: str = SEED) -> list[str]:
    match asked.key:
        case ChoiceKey(correct):
            return [str(index) for index in sorted(correct)]
        case MatchKey(choices, right):
            return tokens(asked, [choices[index] for index in right], seed)
        case OrderKey(order):
            return tokens(asked, [asked.options[index] for index in order], seed)
    return {"short_text": ["PARIS"], "numeric": ["3,14"], "cloze": ["A", "b", "3.0"]}[asked.type.value]


def earned(asked: Question, answer: object) -> int | float:
    return points_number(grade_question(asked, answer, SEED).earned_micro)


@pytest.mark.parametrize("kind", [entry[0] for entry in EVERY_TYPE])
def test_the_right_answer_earns_everything_under_any_seed(kind: str) -> None:
    for seed in ("", "1", "ä\0b", SEED):
        asked = question(kind)
        result = grade_question(asked, right_answer(asked, seed), seed)
        assert (result.earned_micro, result.outcome) == (3_000_000, Outcome.CORRECT)


@pytest.mark.parametrize("kind", [entry[0] for entry in EVERY_TYPE])
@pytest.mark.parametrize("answer", [None, [], "", [""], ["  ", ""], ()])
def test_no_answer_is_unanswered_and_not_wrong(kind: str, answer: object) -> None:
    assert grade_question(question(kind), answer, SEED).outcome is Outcome.UNANSWERED


def test_single_choice_is_all_or_nothing() -> None:
    assert earned(question("single"), ["1"]) == 3
    assert earned(question("single"), 1) == 3
    assert earned(question("single"), ["0"]) == 0
    assert earned(question("single"), ["0", "1"]) == 0
    assert earned(question("single"), ["1", "7"]) == 0


@pytest.mark.parametrize(
    ("answer", "points"),
    [
        (["0", "2", "3"], 3),
        (["0", "2"], 2),
        (["0"], 1),
        (["0", "2", "1"], 1),
        (["0", "1"], 0),
        (["1", "4"], 0),
        (["0", "1", "2", "3", "4"], 1),
        (["0", "0", "2"], 2),
        (["0", "2", "99"], 1),
        (["0", "2", "x", "y"], 0),
    ],
)
def test_multiple_choice_is_proportional_with_penalty_and_floored(answer: list[str], points: int) -> None:
    assert earned(question("multiple"), answer) == points


@pytest.mark.parametrize(
    ("answer", "points"),
    [
        (["true"], 3),
        ([True], 3),
        (True, 3),
        (["0"], 3),
        (["TRUE"], 3),
        (["false"], 0),
        (["1"], 0),
        (["true", "false"], 0),
    ],
)
def test_true_false_takes_words_and_indexes(answer: object, points: int) -> None:
    assert earned(question("true_false"), answer) == points


@pytest.mark.parametrize(
    ("answer", "points"),
    [(["  pARIS "], 3), ("paris", 3), (["lutetia  parisiorum"], 3), (["Pari"], 0), (["Paris", "London"], 0), ([17], 0)],
)
def test_short_text_is_matched_after_normalisation(answer: object, points: int) -> None:
    assert earned(question("short_text"), answer) == points


@pytest.mark.parametrize(
    ("answer", "points"),
    [
        ("3.13", 3),
        ("3,15", 3),
        (3.14, 3),
        ("3.1500001", 0),
        ("3.12", 0),
        ("nan", 0),
        ("inf", 0),
        ("1e400", 0),
        ("pi", 0),
    ],
)
def test_numeric_tolerance_is_inclusive_and_exact(answer: object, points: int) -> None:
    assert earned(question("numeric"), answer) == points


def test_relative_tolerance_is_a_share_of_the_value() -> None:
    asked = validate_question("numeric", "p", 1, [], {"value": "-200", "tolerance": "0.01", "relative": True})
    assert [earned(asked, text) for text in ("-198", "-202", "-197.999", "200")] == [1, 1, 0, 0]


def test_tenths_do_not_drift() -> None:
    asked = validate_question("numeric", "p", 1, [], ["0.3", "0.1"])
    assert [earned(asked, text) for text in ("0.2", "0.4", "0.40000000000000001")] == [1, 1, 0]


def test_matching_is_proportional_by_pair() -> None:
    asked = question("matching")
    assert earned(asked, tokens(asked, ["Paris", "Madrid", "Tokyo"])) == 1
    assert earned(asked, [*tokens(asked, ["Paris", "Tokyo"]), ""]) == 2
    assert earned(asked, tokens(asked, ["Paris", "Tokyo", "Oslo"])) == 2
    assert earned(asked, ["Paris", "tokyo", "Madrid"]) == 3
    assert earned(asked, ["0", "1", "2"]) == 0


def test_matching_a_repeated_partner_counts_for_both() -> None:
    asked = validate_question("matching", "p", 2, ["France", "Spain"], ["Euro", "Euro"], question_id="q")
    assert earned(asked, tokens(asked, ["Euro", "Euro"])) == 2


@pytest.mark.parametrize(
    ("order", "points"),
    [
        (["one", "two", "three", "four"], 3),
        (["four", "one", "two", "three"], 2),
        (["two", "one", "three", "four"], 1),
        (["four", "three", "two", "one"], 0),
        (["one", "two"], 1),
    ],
)
def test_ordering_counts_right_neighbours(order: list[str], points: int) -> None:
    asked = question("ordering")
    assert earned(asked, tokens(asked, order)) == points


def test_ordering_cannot_be_won_by_sending_more_than_there_is() -> None:
    asked = question("ordering")
    assert earned(asked, tokens(asked, ["four", "one", "two", "three", "four"])) == 0


def test_cloze_gaps_weigh_the_same() -> None:
    assert earned(question("cloze"), ["a", "x", "3"]) == 2
    assert earned(question("cloze"), ["", "b"]) == 1
    assert earned(question("cloze"), ["a", "b", "3", "more"]) == 0


def test_thirds_are_rounded_once_half_up() -> None:
    asked = question("cloze", points=1)
    assert grade_question(asked, ["a"], SEED).earned_micro == 333_333
    assert grade_question(asked, ["a", "b"], SEED).earned_micro == 666_667


ENTRY = st.sampled_from(
    ["0", "1", "2", "3", "p0", "p1", "p2", "p3", "Paris", "a", "b", "3", "3,14", "true", "", " "]
) | (st.text(max_size=8) | st.integers() | st.floats() | st.booleans())
ANSWER = st.lists(ENTRY, max_size=6) | ENTRY | st.none()
HOSTILE = ANSWER | st.recursive(
    st.none() | st.binary(max_size=4) | st.text() | st.floats(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
POINTS = st.decimals(min_value=0, max_value=1000, places=6)


@st.composite
def papers(draw: st.DrawFn) -> tuple[list[Question], dict[str, Any], str]:
    kinds = draw(st.lists(st.sampled_from([entry[0] for entry in EVERY_TYPE]), max_size=8))
    questions = [question(kind, draw(POINTS), f"q{place}") for place, kind in enumerate(kinds)]
    answers = {asked.id: draw(HOSTILE) for asked in questions if draw(st.booleans())}
    return questions, answers, draw(st.text(max_size=8))


@given(papers())
def test_every_grade_lies_between_zero_and_its_maximum(paper: tuple[list[Question], dict[str, Any], str]) -> None:
    questions, answers, seed = paper
    grade = grade_attempt(questions, answers, seed)
    assert 0 <= grade.score_micro <= grade.max_micro == sum(asked.points_micro for asked in questions)
    assert 0 <= grade.percentage_bp <= 10_000
    assert (grade.percentage_bp == 10_000) == (0 < grade.max_micro == grade.score_micro)
    for result in grade.results:
        assert 0 <= result.earned_micro <= result.possible_micro
        if result.outcome is Outcome.CORRECT:
            assert result.earned_micro == result.possible_micro
        if result.outcome in (Outcome.WRONG, Outcome.UNANSWERED):
            assert result.earned_micro == 0


@given(papers(), st.randoms())
def test_grading_does_not_depend_on_order_or_repetition(
    paper: tuple[list[Question], dict[str, Any], str], random: Random
) -> None:
    questions, answers, seed = paper
    first = grade_attempt(questions, answers, seed)
    mixed = list(answers.items())
    random.shuffle(mixed)
    assert grade_attempt(list(questions), dict(mixed), seed) == first
    random.shuffle(questions)
    assert grade_attempt(questions, answers, seed).score_micro == first.score_micro


@given(st.sets(st.sampled_from("01234")), st.sampled_from("01234"))
def test_a_wrong_choice_never_helps(chosen: set[str], extra: str) -> None:
    asked = question("multiple")
    before, after = earned(asked, sorted(chosen)), earned(asked, sorted(chosen | {extra}))
    assert after >= before if extra in "023" else after <= before


def test_a_share_just_under_full_is_not_full() -> None:
    assert percentage_bp(999_999_999, 1_000_000_000) == 9_999
    assert percentage_bp(1, 3) == 3_333
    assert percentage_bp(1, 8) == 1_250
    assert percentage_bp(99_999, 200_000_000) == 5
    assert percentage_bp(0, 0) == 0


def grade_of(*parts: tuple[str, int, Outcome]) -> Any:
    return total(QuestionResult(name, points, 10, outcome) for name, points, outcome in parts)


def test_late_answers_are_worth_less_but_never_cost_what_was_saved() -> None:
    saved = grade_of(("a", 10, Outcome.CORRECT), ("b", 0, Outcome.UNANSWERED), ("c", 5, Outcome.PARTIAL))
    late = grade_of(("a", 0, Outcome.WRONG), ("b", 10, Outcome.CORRECT), ("c", 6, Outcome.PARTIAL))
    combined = with_penalty(saved, late, 30)
    assert [result.earned_micro for result in combined.results] == [10, 7, 5]
    assert combined.results[1].outcome is Outcome.PARTIAL
    assert with_penalty(saved, late, 0).score_micro == 26
    assert with_penalty(saved, late, 100) == saved


def test_an_override_changes_the_total_and_stays_in_bounds() -> None:
    grade = grade_of(("a", 10, Outcome.CORRECT), ("b", 0, Outcome.WRONG))
    changed = override(grade, "b", 4)
    assert (changed.score_micro, changed.results[1].outcome) == (14, Outcome.PARTIAL)
    for beyond in (-1, 11):
        with pytest.raises(InvalidGrade):
            override(grade, "a", beyond)
    with pytest.raises(QuestionNotFound):
        override(grade, "z", 1)


def test_grades_are_the_same_for_ever() -> None:
    """The shuffles of this seed, worked out by a separate program, are 3 2 1 0 (q5) and 2 0 1 3 (q6)."""
    questions = [question(entry[0], 3, f"q{place}") for place, entry in enumerate(EVERY_TYPE)]
    answers = {
        "q1": ["0", "1", "2"],
        "q4": ["3.149"],
        "q5": ["p3", "p2", "p0"],
        "q6": ["p0", "p1", "p2", "p3"],
    }
    grade = grade_attempt(questions, answers, "fixed")
    points = [points_number(result.earned_micro) for result in grade.results]
    assert points == [0, 1, 0, 0, 3, 2, 1, 0]
