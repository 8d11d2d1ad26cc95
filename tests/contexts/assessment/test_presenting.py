from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholr.contexts.assessment.errors import BankTooSmall, InvalidAnswer
from scholr.contexts.assessment.presenting import (
    BankDraw,
    SeededRandom,
    answer_texts,
    assemble,
    correct_texts,
    present,
    validate_answer,
)
from scholr.contexts.assessment.questions import Question, validate_question

SINGLE = validate_question("single", "p", 1, ["a", "b", "c", "d"], ["1"], question_id="s")
MATCHING = validate_question("matching", "p", 1, ["1", "2", "3", "4"], ["w", "x", "y", "z"], question_id="m")
ORDERING = validate_question("ordering", "p", 1, ["w", "x", "y", "z"], ["0", "1", "2", "3"], question_id="o")
CLOZE = validate_question("cloze", "A [[1]] has [[2]] legs.", 1, [], [["spider"], {"value": 8}], question_id="c")
TEXT = validate_question("short_text", "p", 1, [], ["Paris"], question_id="t")

EXPECTED_WORDS = [
    0x68F49C1B5E966DF4,
    0xCE84E1E6943D254E,
    0x16178CAD58995B4A,
    0x931A51083AEE6DB0,
    0x4438AADD9941CAE4,
]


def test_the_sequence_is_the_one_that_was_specified() -> None:
    """Four words of SHA-256("scholr/1\\0seed\\0test\\0" and 8 zero bytes) by sha256sum, and one of the next block."""
    words = SeededRandom("seed", "test")
    assert [words.below(1 << 64) for _ in range(5)] == EXPECTED_WORDS
    assert SeededRandom("seed", "test").shuffled("abcdefgh") == tuple("ghfadcbe")


def test_words_that_would_favour_small_numbers_are_passed_over() -> None:
    words = SeededRandom("seed", "test")
    assert [words.below(3 << 62) for _ in range(2)] == [EXPECTED_WORDS[0], EXPECTED_WORDS[2]]


@given(st.text(), st.lists(st.integers()))
def test_a_shuffle_is_a_permutation_and_repeats(seed: str, items: list[int]) -> None:
    mixed = SeededRandom(seed, "x").shuffled(items)
    assert Counter(mixed) == Counter(items)
    assert mixed == SeededRandom(seed, "x").shuffled(items)


def test_shuffles_are_even() -> None:
    counts = Counter(SeededRandom(str(seed), "x").shuffled("abc") for seed in range(6_000))
    assert len(counts) == 6
    assert all(850 < count < 1150 for count in counts.values())


def test_choice_options_keep_their_indexes_wherever_they_stand() -> None:
    orders = set()
    for seed in range(30):
        view = present(SINGLE, str(seed))
        assert {(option.value, option.text) for option in view.options} == {
            ("0", "a"),
            ("1", "b"),
            ("2", "c"),
            ("3", "d"),
        }
        orders.add(view.options)
    assert len(orders) > 10
    assert [option.value for option in present(SINGLE, "1", shuffle_options=False).options] == ["0", "1", "2", "3"]


def test_true_and_false_keep_their_places() -> None:
    asked = validate_question("true_false", "p", 1, [], [True])
    assert {present(asked, str(seed)).options for seed in range(20)} == {present(asked, "").options}


def shown(question: Question, seed: str) -> tuple[str, ...]:
    view = present(question, seed, shuffle_options=False)
    return tuple(option.text for option in view.choices or view.options)


@pytest.mark.parametrize("question", [MATCHING, ORDERING])
def test_the_values_of_matching_and_ordering_tell_nothing_of_the_key(question: Question) -> None:
    """The values are the places, in every attempt, while the texts stand evenly in any place."""
    first_places: Counter[str] = Counter()
    for seed in range(2_000):
        view = present(question, str(seed))
        assert [option.value for option in view.choices or view.options] == ["p0", "p1", "p2", "p3"]
        first_places[shown(question, str(seed))[0]] += 1
    assert set(first_places) == set("wxyz")
    assert all(420 < count < 580 for count in first_places.values())


def test_two_questions_of_one_attempt_are_shuffled_differently() -> None:
    twin = validate_question("ordering", "p", 1, ["w", "x", "y", "z"], ["0", "1", "2", "3"], question_id="o2")
    assert any(shown(ORDERING, str(seed)) != shown(twin, str(seed)) for seed in range(5))


def test_no_view_holds_the_key() -> None:
    secret = validate_question("short_text", "p", 1, [], ["Xyzzy"], explanation="Because Xyzzy", question_id="t")
    assert "Xyzzy" not in repr(present(secret, "1"))
    one, other = (validate_question("single", "p", 1, ["a", "b"], [key]) for key in "01")
    assert present(one, "1") == present(other, "1")


def test_cloze_shows_the_texts_around_its_gaps() -> None:
    assert present(CLOZE, "1").pieces == ("A ", " has ", " legs.")


@pytest.mark.parametrize(
    ("question", "answer", "kept"),
    [
        (SINGLE, ["2"], ("2",)),
        (SINGLE, 2, ("2",)),
        (SINGLE, [], ()),
        (SINGLE, [""], ()),
        (TEXT, "Par", ("Par",)),
        (MATCHING, ["p0", "", "p1"], ("p0", "", "p1")),
        (CLOZE, ["", "8"], ("", "8")),
    ],
)
def test_keeps_sensible_answers(question: Question, answer: object, kept: tuple[str, ...]) -> None:
    assert validate_answer(question, answer) == kept


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (SINGLE, ["4"]),
        (SINGLE, ["0", "1"]),
        (SINGLE, {"0": True}),
        (TEXT, "x" * 2_001),
        (TEXT, "nul\0"),
        (TEXT, "half \ud800"),
        (TEXT, ["a", "b"]),
        (MATCHING, ["p0"] * 5),
        (CLOZE, [["nested"]]),
        (CLOZE, [None]),
    ],
)
def test_refuses_answers_that_cannot_be_kept(question: Question, answer: object) -> None:
    with pytest.raises(InvalidAnswer) as refused:
        validate_answer(question, answer)
    assert set(refused.value.fields) == {question.id}


@given(st.sampled_from([SINGLE, MATCHING, ORDERING, CLOZE, TEXT]), st.lists(st.text(max_size=5), max_size=5))
def test_a_kept_answer_is_kept_as_it_is_again(question: Question, answer: list[str]) -> None:
    try:
        kept = validate_answer(question, answer)
    except InvalidAnswer:
        return
    assert validate_answer(question, list(kept)) == kept


def test_answers_are_told_in_words() -> None:
    values = {option.text: option.value for option in present(ORDERING, "s").options}
    assert answer_texts(ORDERING, [values["z"], values["w"]], "s") == ("z", "w")
    assert answer_texts(SINGLE, ["1", "9"], "s") == ("b", "9")
    assert answer_texts(TEXT, "Rome", "s") == ("Rome",)
    assert correct_texts(MATCHING) == ("w", "x", "y", "z")
    assert correct_texts(CLOZE) == ("spider", "8")
    assert correct_texts(validate_question("numeric", "p", 1, [], ["0.832", "0.005"])) == ("0.832 ± 0.005",)
    relative = {"value": 200, "tolerance": "0.05", "relative": True}
    assert correct_texts(validate_question("numeric", "p", 1, [], relative)) == ("200 ± 5 %",)


BANKS = st.lists(
    st.one_of(
        st.sampled_from([f"f{number}" for number in range(5)]),
        st.builds(BankDraw, st.frozensets(st.sampled_from([f"b{n}" for n in range(9)])), st.integers(0, 4)),
    ),
    max_size=5,
    unique_by=lambda entry: entry if isinstance(entry, str) else id(entry),
)


@given(BANKS, st.text(max_size=6), st.booleans())
def test_a_draw_never_repeats_a_question(entries: list[Any], seed: str, shuffle: bool) -> None:
    try:
        chosen = assemble(entries, seed, shuffle=shuffle)
    except BankTooSmall as refused:
        needed, available = refused.details["needed"], refused.details["available"]
        assert isinstance(needed, int)
        assert isinstance(available, int)
        assert available < needed
        return
    assert len(set(chosen)) == len(chosen) == sum(1 if isinstance(entry, str) else entry.count for entry in entries)
    assert assemble(entries, seed, shuffle=shuffle) == chosen
    allowed = {entry for entry in entries if isinstance(entry, str)}
    assert set(chosen) <= allowed.union(*(entry.bank for entry in entries if isinstance(entry, BankDraw)))


def test_different_learners_draw_different_questions() -> None:
    bank = BankDraw(frozenset(f"b{number}" for number in range(20)), 5)
    assert len({frozenset(assemble([bank], str(seed))) for seed in range(50)}) > 40
