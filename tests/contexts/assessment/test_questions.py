from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholr.contexts.assessment.errors import InvalidQuestion
from scholr.contexts.assessment.questions import (
    ChoiceKey,
    Question,
    key_as_json,
    normalise_text,
    parse_number,
    validate_question,
)

SOUND = [
    ("single", "2 + 2?", ["3", "4"], ["1"]),
    ("single", "2 + 2?", ["3", "4"], 1),
    ("multiple", "Even?", ["1", "2", "4"], ["1", "2"]),
    ("true_false", "Is it?", None, ["true"]),
    ("true_false", "Is it?", None, False),
    ("true_false", "Ist es?", ["Ja", "Nein"], ["1"]),
    ("short_text", "Capital?", [], ["Paris", "Lutetia"]),
    ("short_text", "Capital?", None, {"accepted": ["Washington, D.C."], "ignore_punctuation": True}),
    ("numeric", "Pi?", [], ["3.14", "0.01"]),
    ("numeric", "Pi?", [], {"value": "3,14159", "tolerance": "0.001", "relative": True}),
    ("numeric", "Six by seven?", [], 42),
    ("matching", "Capitals", ["France", "Japan"], ["Paris", "Tokyo"]),
    ("matching", "Money", ["France", "Spain"], {"pairs": ["Euro", "Euro"], "distractors": ["Yen"]}),
    ("ordering", "By size", ["b", "a", "c"], ["1", "0", "2"]),
    ("cloze", "A [[1]] has [[2]] legs.", [], [["spider"], {"value": 8}]),
]


@pytest.mark.parametrize(("kind", "prompt", "options", "key"), SOUND)
def test_accepts_sound_definitions_and_reads_its_own_key_back(
    kind: str, prompt: str, options: object, key: object
) -> None:
    question = validate_question(kind, prompt, 2.5, options, key, question_id="q")
    assert question.points_micro == 2_500_000
    again = validate_question(
        kind, question.prompt, "2.5", list(question.options), key_as_json(question.key), question_id="q"
    )
    assert again == question


UNSOUND = [
    ("essay", "p", 1, [], [], "type"),
    ("single", "  ", 1, ["a", "b"], ["0"], "prompt"),
    ("single", "nul \0", 1, ["a", "b"], ["0"], "prompt"),
    ("single", "half a pair \ud800", 1, ["a", "b"], ["0"], "prompt"),
    ("single", "p", -1, ["a", "b"], ["0"], "points"),
    ("single", "p", 1001, ["a", "b"], ["0"], "points"),
    ("single", "p", "1.0000001", ["a", "b"], ["0"], "points"),
    ("single", "p", "nan", ["a", "b"], ["0"], "points"),
    ("single", "p", float("inf"), ["a", "b"], ["0"], "points"),
    ("single", "p", True, ["a", "b"], ["0"], "points"),
    ("single", "p", 1, ["a"], ["0"], "options"),
    ("single", "p", 1, ["a", "a"], ["0"], "options"),
    ("single", "p", 1, "ab", ["0"], "options"),
    ("single", "p", 1, [str(i) for i in range(51)], ["0"], "options"),
    ("single", "p", 1, ["a", "b"], ["2"], "answer_key"),
    ("single", "p", 1, ["a", "b"], ["-1"], "answer_key"),
    ("single", "p", 1, ["a", "b"], ["01"], "answer_key"),
    ("single", "p", 1, ["a", "b"], ["0", "1"], "answer_key"),
    ("single", "p", 1, ["a", "b"], [], "answer_key"),
    ("multiple", "p", 1, ["a", "b"], ["0", "0"], "answer_key"),
    ("true_false", "p", 1, [], ["maybe"], "answer_key"),
    ("true_false", "p", 1, ["yes", "no", "so"], ["0"], "options"),
    ("short_text", "p", 1, ["a"], ["a"], "options"),
    ("short_text", "p", 1, [], [], "answer_key"),
    ("short_text", "p", 1, [], {"accepted": ["!?"], "ignore_punctuation": True}, "answer_key"),
    ("short_text", "p", 1, [], {"accepted": ["a"], "regex": True}, "answer_key"),
    ("numeric", "p", 1, [], ["many"], "answer_key"),
    ("numeric", "p", 1, [], ["1", "-1"], "answer_key"),
    ("numeric", "p", 1, [], {"value": "1", "tolerance": "inf"}, "answer_key"),
    ("matching", "p", 1, ["a", "b"], ["x"], "answer_key"),
    ("matching", "p", 1, ["a", "b"], {"pairs": ["x", "y"], "distractors": ["x"]}, "answer_key"),
    ("ordering", "p", 1, ["a", "b", "c"], ["0", "1"], "answer_key"),
    ("cloze", "no gaps", 1, [], [], "answer_key"),
    ("cloze", "[[2]] and [[1]]", 1, [], [["a"], ["b"]], "answer_key"),
    ("cloze", "[[1]] and [[2]]", 1, [], [["a"]], "answer_key"),
]


@pytest.mark.parametrize(("kind", "prompt", "points", "options", "key", "field"), UNSOUND)
def test_names_the_field_that_is_wrong(
    kind: str, prompt: str, points: object, options: object, key: object, field: str
) -> None:
    with pytest.raises(InvalidQuestion) as refused:
        validate_question(kind, prompt, points, options, key)
    assert set(refused.value.fields) == {field}


def test_names_all_wrong_fields_at_once() -> None:
    with pytest.raises(InvalidQuestion) as refused:
        validate_question("single", "", -1, ["a", "b"], ["9"])
    assert set(refused.value.fields) == {"prompt", "points"}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)


@given(
    st.sampled_from(["single", "multiple", "true_false", "short_text", "numeric", "matching", "ordering", "cloze"]),
    ANYTHING,
    ANYTHING,
    ANYTHING,
)
def test_any_input_gives_a_question_or_a_named_error(kind: str, points: object, options: object, key: object) -> None:
    try:
        question = validate_question(kind, "A [[1]] gap", points, options, key)
    except InvalidQuestion as refused:
        assert refused.fields
    else:
        assert isinstance(question, Question)


def test_true_and_false_follow_the_order_of_the_options() -> None:
    assert validate_question("true_false", "p", 1, ["False", "True"], ["true"]).key == ChoiceKey(frozenset({1}))
    assert validate_question("true_false", "p", 1, ["Ja", "Nein"], ["true"]).key == ChoiceKey(frozenset({0}))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("  Tête   à\ttête ", "te\u0302te a\u0300 te\u0302te"),
        ("STRASSE", "straße"),
        ("ﬁne", "fine"),
        ("H₂O", "h2o"),
        ("don’t", "don't"),
        ("a–b", "a-b"),
        ("co\u00adoperate\u200b", "cooperate"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
    ],
)
def test_texts_that_people_take_for_equal_are_equal(left: str, right: str) -> None:
    assert normalise_text(left) == normalise_text(right)


def test_accents_and_punctuation_count_unless_told_otherwise() -> None:
    assert normalise_text("resume") != normalise_text("résumé")
    assert normalise_text("U.S.A.") != normalise_text("USA")
    assert normalise_text("U.S.A.!", ignore_punctuation=True) == normalise_text("usa", ignore_punctuation=True)


@given(st.text())
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalise_text(normalise_text(text)) == normalise_text(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3.14", "3.14"),
        ("3,14", "3.14"),
        (" -0,5 ", "-0.5"),
        ("−5", "-5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1,234", "1.234"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1 234,5", "1234.5"),
        ("1\u202f234", "1234"),
        ("1’234.5", "1234.5"),
        ("6.02e23", "6.02e23"),
        ("٣٫١٤", "3.14"),
        ("४२", "42"),
    ],
)
def test_reads_numbers_as_people_write_them(text: str, value: str) -> None:
    assert parse_number(text) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nan",
        "inf",
        "-Infinity",
        "1e999",
        "1e9999",
        "12 3",
        "1,23,4",
        "1,234,567,8",
        "1.234.567.89",
        "1.2.3",
        "0x10",
        "1_000",
        "9" * 65,
        "½x",
    ],
)
def test_refuses_what_is_not_a_number(text: str) -> None:
    assert parse_number(text) is None


@given(st.text(max_size=80))
def test_reading_a_number_never_raises_and_stays_small(text: str) -> None:
    number = parse_number(text)
    assert number is None or (number.is_finite() and abs(number.adjusted()) < 500)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=6))
def test_point_and_comma_read_the_same(number: Decimal) -> None:
    assert parse_number(f"{number:f}") == parse_number(f"{number:f}".replace(".", ",")) == number
