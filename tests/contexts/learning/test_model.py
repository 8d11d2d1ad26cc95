from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholr.contexts.learning.errors import InvalidRule, InvalidView
from scholr.contexts.learning.model import (
    EMPTY,
    CertificateState,
    CompletionRule,
    CourseCompleted,
    CourseLesson,
    CourseShape,
    Criterion,
    Fact,
    LessonCompleted,
    LessonViewed,
    PositionRecorded,
    Progress,
    ScoreRecorded,
    certificate_number,
    certificate_state,
    checked_view_seconds,
    fold,
    next_lesson,
    parse_verification_code,
    progress,
    record_view_seconds,
    validate_rule,
    verification_code,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
QUIZ = UUID(int=900)


def uid(number: int) -> UUID:
    return UUID(int=number)


def at(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def done(*lessons: int) -> list[Fact]:
    return [LessonCompleted(uid(lesson), NOON) for lesson in lessons]


def course(*lessons: int, optional: tuple[int, ...] = (), assessments: tuple[UUID, ...] = ()) -> CourseShape:
    return CourseShape(tuple(CourseLesson(uid(lesson), lesson not in optional) for lesson in lessons), assessments)


def stand(shape: CourseShape, facts: list[Fact], rule: CompletionRule | None = None) -> Progress:
    return progress(shape, fold(facts), rule or CompletionRule())


IDS = st.integers(0, 4).map(uid)
TIMES = st.integers(0, 30).map(at)
FACTS: st.SearchStrategy[Fact] = st.one_of(
    st.builds(LessonCompleted, IDS, TIMES),
    st.builds(LessonViewed, IDS, IDS, st.integers(0, 500)),
    st.builds(ScoreRecorded, IDS, st.integers(0, 10_000), TIMES),
    st.builds(PositionRecorded, IDS, TIMES),
    st.builds(CourseCompleted, TIMES),
)
RULES = st.builds(
    CompletionRule,
    all_lessons=st.booleans(),
    min_score_bp=st.sampled_from([0, 5_000, 10_000]),
    min_view_seconds=st.sampled_from([0, 300]),
)
SHAPES = st.builds(
    CourseShape,
    st.lists(st.builds(CourseLesson, st.integers(0, 7).map(uid), st.booleans()), unique_by=lambda each: each.id).map(
        tuple
    ),
    st.lists(IDS, unique=True, max_size=2).map(tuple),
)


@given(st.lists(FACTS), st.integers(0, 20), st.randoms())
def test_progress_equals_a_rebuild_from_the_log_in_any_order_with_duplicates(
    facts: list[Fact], cut: int, random: Random
) -> None:
    stepwise = EMPTY
    for fact in facts:
        stepwise = fold([fact], stepwise)
    again = [*facts, *random.sample(facts, min(cut, len(facts)))]
    random.shuffle(again)
    assert fold(again) == stepwise
    assert fold(again[cut:], fold(again[:cut])) == stepwise


@given(SHAPES, st.lists(FACTS), RULES)
def test_a_hundred_per_cent_means_complete_and_nothing_else_does(
    shape: CourseShape, facts: list[Fact], rule: CompletionRule
) -> None:
    found = progress(shape, fold(facts), rule)
    assert 0 <= found.done <= found.total
    assert (found.percent == 100) == found.complete
    assert 0 <= found.percent <= 100
    lessons = {lesson.id for lesson in shape.lessons}
    assert (found.resume in lessons) if lessons else found.resume is None
    assert found.next is None or found.next in lessons
    if not found.complete:
        assert found.missing
    if found.next is None:
        assert found.done == found.total


@given(SHAPES, st.lists(FACTS), RULES, st.lists(FACTS.filter(lambda fact: not isinstance(fact, ScoreRecorded))))
def test_learning_more_never_lowers_progress(
    shape: CourseShape, facts: list[Fact], rule: CompletionRule, more: list[Fact]
) -> None:
    before, after = (progress(shape, fold(log), rule) for log in (facts, facts + more))
    assert (after.done, after.percent, after.complete) >= (before.done, before.percent, before.complete)


def test_percent_is_rounded_down() -> None:
    assert stand(course(1, 2, 3), done(1, 2)).percent == 66
    assert stand(course(*range(1, 201)), done(*range(1, 200))).percent == 99
    assert stand(course(1, 2, 3), done(1, 2, 3)).percent == 100
    assert stand(course(), []).percent == 0


def test_completion_survives_edits() -> None:
    facts = done(1, 2)
    assert stand(course(2, 1), facts).complete
    assert stand(course(1, 2, 3), facts).percent == 66
    assert stand(course(2, 3), facts).done == 1
    grown = stand(course(1, 2, 3), [*facts, CourseCompleted(NOON)])
    assert (grown.complete, grown.percent, grown.missing) == (True, 100, (Criterion.ALL_LESSONS,))
    assert grown.next == uid(3)


def test_optional_lessons_do_not_hold_anybody_up() -> None:
    assert stand(course(1, 2, optional=(2,)), done(1)).complete
    assert not stand(course(1, 2, optional=(1, 2)), done(1)).complete
    assert stand(course(1, 2, optional=(1, 2)), done(1, 2)).complete


def test_a_rule_may_ask_for_scores() -> None:
    rule = CompletionRule(min_score_bp=7_000)
    shape = course(1, assessments=(QUIZ,))
    below = [*done(1), ScoreRecorded(QUIZ, 6_999, NOON)]
    assert (stand(shape, below, rule).percent, stand(shape, below, rule).missing) == (99, (Criterion.MIN_SCORE,))
    assert stand(shape, [*below, ScoreRecorded(QUIZ, 7_000, at(1))], rule).complete
    assert not stand(shape, [*below, ScoreRecorded(QUIZ, 7_000, at(-1))], rule).complete
    assert not stand(course(1), done(1), rule).complete


def test_a_rule_may_ask_for_time() -> None:
    rule = CompletionRule(all_lessons=False, min_view_seconds=60)
    watched: list[Fact] = [LessonViewed(uid(1), uid(50), 40), LessonViewed(uid(1), uid(50), 40)]
    assert stand(course(1), watched, rule).missing == (Criterion.MIN_VIEW_TIME,)
    enough = [*watched, LessonViewed(uid(1), uid(51), 20)]
    assert stand(course(1), enough, rule).complete
    assert not stand(course(2), enough, rule).complete
    assert record_view_seconds(course(1), fold(enough)) == 60


def test_rules_combine() -> None:
    rule = CompletionRule(min_score_bp=1, min_view_seconds=1)
    assert stand(course(1, assessments=(QUIZ,)), [], rule).missing == tuple(Criterion)


def test_resumes_where_the_learner_left() -> None:
    shape = course(1, 2, 3)
    assert stand(shape, []).resume == uid(1)
    assert stand(shape, [PositionRecorded(uid(3), at(1)), PositionRecorded(uid(2), at(0))]).resume == uid(3)
    assert stand(shape, [PositionRecorded(uid(2), NOON), *done(2)]).resume == uid(3)
    assert stand(shape, [PositionRecorded(uid(9), NOON), *done(1)]).resume == uid(2)
    assert stand(shape, [PositionRecorded(uid(2), NOON), *done(1, 2, 3)]).resume == uid(2)


def test_what_is_next_comes_after_the_position_and_then_from_the_start() -> None:
    shape = course(1, 2, 3, 4, optional=(3,))
    assert next_lesson(shape, fold([PositionRecorded(uid(2), NOON), *done(2)])) == uid(4)
    assert next_lesson(shape, fold([PositionRecorded(uid(4), NOON), *done(2, 4)])) == uid(1)
    assert next_lesson(shape, fold(done(1, 2, 4))) is None


def test_rules_and_times_are_bounded() -> None:
    assert validate_rule(CompletionRule()) == CompletionRule()
    for rule, field in (
        (CompletionRule(min_score_bp=10_001), "min_score_bp"),
        (CompletionRule(min_view_seconds=-1), "min_view_seconds"),
        (CompletionRule(all_lessons=False), "all_lessons"),
    ):
        with pytest.raises(InvalidRule) as refused:
            validate_rule(rule)
        assert set(refused.value.fields) == {field}
    assert checked_view_seconds(30) == 30
    for seconds in (-1, 86_401, True, "30", None):
        with pytest.raises(InvalidView):
            checked_view_seconds(seconds)


def test_a_certificate_is_valid_until_it_expires_or_is_revoked() -> None:
    assert certificate_state(None, None, NOON) is CertificateState.VALID
    assert certificate_state(at(1), None, NOON) is CertificateState.VALID
    assert certificate_state(NOON, None, NOON) is CertificateState.EXPIRED
    assert certificate_state(NOON, NOON, NOON) is CertificateState.REVOKED


CODES = st.binary(min_size=10, max_size=10).map(verification_code)


@given(CODES, st.randoms())
def test_a_code_is_read_as_people_type_it(code: str, random: Random) -> None:
    assert parse_verification_code(code) == code
    typed = code.replace("-", random.choice(["", " ", "–"])).lower()
    typed = "".join({"0": random.choice("0oO"), "1": random.choice("1iIlL")}.get(char, char) for char in typed)
    assert parse_verification_code(f" {typed}\n") == code


@given(CODES, st.integers(0, 20), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_the_check_digit_finds_every_single_wrong_digit(code: str, place: int, digit: str) -> None:
    if code[place] in ("-", digit):
        return
    assert parse_verification_code(code[:place] + digit + code[place + 1 :]) is None


def test_the_check_digit_finds_nearly_every_swapped_pair() -> None:
    source, swaps, unnoticed = Random(2026), 0, 0
    for _ in range(200):
        code = verification_code(source.randbytes(10)).replace("-", "")
        for place in range(16):
            one, other = code[place], code[place + 1]
            swaps += one != other
            swapped = code[:place] + other + one + code[place + 2 :]
            unnoticed += one != other and parse_verification_code(swapped) is not None
    assert unnoticed < swaps / 100


@given(st.text(max_size=40))
def test_anything_may_be_asked_about(text: str) -> None:
    found = parse_verification_code(text)
    assert found is None or parse_verification_code(found) == found


def test_different_randomness_gives_different_codes() -> None:
    codes = {verification_code(number.to_bytes(10, "big")) for number in range(2_000)}
    assert len(codes) == 2_000
    with pytest.raises(ValueError, match="random bytes"):
        verification_code(b"short")


def test_certificate_numbers_sort_by_year_and_serial() -> None:
    numbers = [certificate_number(year, serial) for year in (2025, 2026) for serial in (9, 10, 11)]
    assert numbers == sorted(numbers)
    assert numbers[0].startswith("2025-000009-")
