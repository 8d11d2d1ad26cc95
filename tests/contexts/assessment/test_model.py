from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholr.contexts.assessment.errors import (
    AssessmentClosed,
    AssessmentNotOpen,
    AttemptFinished,
    AttemptsExhausted,
    DeadlinePassed,
    InvalidAccommodation,
    InvalidAssessment,
)
from scholr.contexts.assessment.model import (
    NO_ACCOMMODATION,
    Accommodation,
    Arriving,
    AssessmentPolicy,
    AttemptScore,
    AttemptState,
    AttemptStatus,
    FeedbackLevel,
    FeedbackPolicy,
    FeedbackTime,
    LatePolicy,
    ScoringPolicy,
    StartKind,
    deadline,
    decide_start,
    decide_submit,
    expires_at,
    is_overdue,
    receipt_code,
    require_saving,
    standing,
    validate_accommodation,
    validate_policy,
    validate_title,
    visible_feedback,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = AssessmentPolicy(time_limit_seconds=3600, grace_seconds=10)
RUNNING = AttemptState(1, AttemptStatus.IN_PROGRESS, NOON)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_the_deadline_is_the_time_limit_and_the_extra_time() -> None:
    assert deadline(NOON, HOUR, NO_ACCOMMODATION) == after(3600)
    assert deadline(NOON, HOUR, Accommodation(extra_time_percent=25)) == after(4500)
    assert deadline(NOON, HOUR, Accommodation(extra_time_percent=25, extra_time_seconds=60)) == after(4560)
    assert deadline(NOON, AssessmentPolicy(), Accommodation(extra_time_percent=25)) is None


def test_the_close_ends_an_attempt_even_with_extra_time() -> None:
    closing = replace(HOUR, closes_at=after(1800))
    assert deadline(NOON, closing, Accommodation(extra_time_percent=100)) == after(1800)
    assert deadline(NOON, closing, Accommodation(closes_at=after(7200))) == after(3600)
    assert deadline(NOON, AssessmentPolicy(closes_at=after(5)), NO_ACCOMMODATION) == after(5)


def test_start_resumes_the_open_attempt() -> None:
    decision = decide_start(replace(HOUR, max_attempts=1), NO_ACCOMMODATION, [RUNNING], after(60))
    assert (decision.kind, decision.attempt_no) == (StartKind.RESUME, 1)


def test_start_asks_to_expire_an_overdue_attempt_first() -> None:
    decision = decide_start(HOUR, NO_ACCOMMODATION, [RUNNING], after(3611))
    assert (decision.kind, decision.attempt_no) == (StartKind.EXPIRE_FIRST, 1)


def test_extra_time_given_while_running_counts_at_once() -> None:
    assert is_overdue(RUNNING, HOUR, NO_ACCOMMODATION, after(4000))
    assert not is_overdue(RUNNING, HOUR, Accommodation(extra_time_percent=25), after(4000))


@pytest.mark.parametrize("status", [AttemptStatus.SUBMITTED, AttemptStatus.EXPIRED])
def test_attempts_run_out_unless_unlimited_or_extended(status: AttemptStatus) -> None:
    done = [AttemptState(number, status, NOON) for number in (1, 2)]
    limited = AssessmentPolicy(max_attempts=2)
    with pytest.raises(AttemptsExhausted) as refused:
        decide_start(limited, NO_ACCOMMODATION, done, NOON)
    assert refused.value.code == "attempts_exhausted"
    assert decide_start(limited, Accommodation(extra_attempts=1), done, NOON).attempt_no == 3
    assert decide_start(AssessmentPolicy(), NO_ACCOMMODATION, done, NOON).attempt_no == 3


def test_an_assessment_opens_and_closes() -> None:
    policy = AssessmentPolicy(opens_at=NOON, closes_at=after(60))
    with pytest.raises(AssessmentNotOpen):
        decide_start(policy, NO_ACCOMMODATION, [], after(-1))
    assert decide_start(policy, NO_ACCOMMODATION, [], NOON).kind is StartKind.NEW
    with pytest.raises(AssessmentClosed):
        decide_start(policy, NO_ACCOMMODATION, [], after(60))
    assert decide_start(policy, Accommodation(closes_at=after(90)), [], after(60)).kind is StartKind.NEW


def test_saving_ends_with_the_grace() -> None:
    require_saving(RUNNING, HOUR, NO_ACCOMMODATION, after(3610))
    with pytest.raises(DeadlinePassed):
        require_saving(RUNNING, HOUR, NO_ACCOMMODATION, after(3610.001))
    with pytest.raises(AttemptFinished):
        require_saving(replace(RUNNING, status=AttemptStatus.SUBMITTED), HOUR, NO_ACCOMMODATION, NOON)


def test_a_submission_in_time_counts() -> None:
    decision = decide_submit(RUNNING, HOUR, NO_ACCOMMODATION, after(3610))
    assert (decision.status, decision.arriving) == (AttemptStatus.SUBMITTED, Arriving.COUNT)


def test_a_late_submission_is_expired_and_graded_on_what_was_saved() -> None:
    decision = decide_submit(RUNNING, HOUR, NO_ACCOMMODATION, after(3611))
    assert (decision.status, decision.arriving) == (AttemptStatus.EXPIRED, Arriving.IGNORE)


@pytest.mark.parametrize(("late", "penalty"), [(LatePolicy.ACCEPT_LATE_WITH_PENALTY, 20), (LatePolicy.ACCEPT_LATE, 0)])
def test_a_late_policy_may_take_late_answers_for_a_while(late: LatePolicy, penalty: int) -> None:
    policy = replace(HOUR, late_policy=late, late_penalty_percent=20, late_window_seconds=600)
    decision = decide_submit(RUNNING, policy, NO_ACCOMMODATION, after(4210))
    assert (decision.status, decision.arriving) == (AttemptStatus.EXPIRED, Arriving.COUNT_LATE)
    assert decision.penalty_percent == penalty
    assert expires_at(NOON, policy, NO_ACCOMMODATION) == after(4210)
    assert decide_submit(RUNNING, policy, NO_ACCOMMODATION, after(4211)).arriving is Arriving.IGNORE


POLICIES = st.builds(
    AssessmentPolicy,
    time_limit_seconds=st.integers(0, 100),
    grace_seconds=st.integers(0, 20),
    late_policy=st.sampled_from(LatePolicy),
    late_window_seconds=st.integers(1, 50),
    late_penalty_percent=st.integers(0, 100),
    closes_at=st.none() | st.integers(-50, 200).map(after),
)
ACCOMMODATIONS = st.builds(
    Accommodation, extra_time_percent=st.integers(0, 400), extra_time_seconds=st.integers(0, 100)
)


@given(st.sampled_from(AttemptStatus), POLICIES, ACCOMMODATIONS, st.integers(0, 900).map(after))
def test_a_submission_always_finishes_and_a_second_one_changes_nothing(
    status: AttemptStatus, policy: AssessmentPolicy, accommodation: Accommodation, now: datetime
) -> None:
    attempt = replace(RUNNING, status=status)
    first = decide_submit(attempt, policy, accommodation, now)
    assert first.status in (AttemptStatus.SUBMITTED, AttemptStatus.EXPIRED)
    if status is not AttemptStatus.IN_PROGRESS:
        assert first.already
        assert first.status is status
    again = decide_submit(replace(attempt, status=first.status), policy, accommodation, now + timedelta(days=9))
    assert (again.status, again.arriving, again.already) == (first.status, Arriving.IGNORE, True)


@given(POLICIES, ACCOMMODATIONS, st.integers(0, 900).map(after))
def test_what_may_be_saved_may_also_be_submitted(
    policy: AssessmentPolicy, accommodation: Accommodation, now: datetime
) -> None:
    """An answer with a receipt is in time, whichever way it came, and nothing running is swept before its time."""
    try:
        require_saving(RUNNING, policy, accommodation, now)
    except DeadlinePassed:
        assert decide_submit(RUNNING, policy, accommodation, now).status is AttemptStatus.EXPIRED
    else:
        assert decide_submit(RUNNING, policy, accommodation, now).status is AttemptStatus.SUBMITTED
        assert not is_overdue(RUNNING, policy, accommodation, now)


@given(POLICIES, ACCOMMODATIONS, ACCOMMODATIONS)
def test_more_extra_time_never_shortens(policy: AssessmentPolicy, one: Accommodation, other: Accommodation) -> None:
    more = Accommodation(
        extra_time_percent=max(one.extra_time_percent, other.extra_time_percent),
        extra_time_seconds=max(one.extra_time_seconds, other.extra_time_seconds),
    )
    plain, longer = deadline(NOON, policy, one), deadline(NOON, policy, more)
    assert (plain is None) == (longer is None)
    assert plain is None or longer is None or longer >= plain


def feedback(when: FeedbackTime, closes_at: datetime | None = None) -> AssessmentPolicy:
    return AssessmentPolicy(feedback=FeedbackPolicy(when, FeedbackLevel.CORRECT_ANSWERS), closes_at=closes_at)


def test_feedback_waits_for_its_time() -> None:
    done = AttemptStatus.SUBMITTED
    at_once, at_close = feedback(FeedbackTime.AFTER_SUBMIT), feedback(FeedbackTime.AFTER_CLOSE, after(60))
    assert visible_feedback(at_once, NO_ACCOMMODATION, done, NOON) is FeedbackLevel.CORRECT_ANSWERS
    assert visible_feedback(at_once, NO_ACCOMMODATION, AttemptStatus.IN_PROGRESS, NOON) is FeedbackLevel.NOTHING
    assert visible_feedback(feedback(FeedbackTime.NEVER), NO_ACCOMMODATION, done, NOON) is FeedbackLevel.NOTHING
    assert visible_feedback(at_close, NO_ACCOMMODATION, done, after(59)) is FeedbackLevel.NOTHING
    assert visible_feedback(at_close, NO_ACCOMMODATION, done, after(60)) is FeedbackLevel.CORRECT_ANSWERS
    early = Accommodation(closes_at=after(10))
    assert visible_feedback(at_close, early, done, after(30)) is FeedbackLevel.NOTHING
    extended = Accommodation(closes_at=after(90))
    assert visible_feedback(at_close, extended, done, after(60)) is FeedbackLevel.NOTHING


def test_feedback_levels_build_on_each_other() -> None:
    assert FeedbackLevel.EXPLANATIONS.includes(FeedbackLevel.SCORE)
    assert not FeedbackLevel.SCORE.includes(FeedbackLevel.CORRECTNESS)
    assert FeedbackLevel.NOTHING.includes(FeedbackLevel.NOTHING)


SCORES = [AttemptScore(2, 9, 10), AttemptScore(1, 18, 20), AttemptScore(3, 1, 2)]


@pytest.mark.parametrize(
    ("policy", "points", "attempt"),
    [
        (ScoringPolicy.HIGHEST, 9_000, 1),
        (ScoringPolicy.LATEST, 5_000, 3),
        (ScoringPolicy.FIRST, 9_000, 1),
        (ScoringPolicy.AVERAGE, 7_667, None),
    ],
)
def test_the_scoring_policy_says_which_attempt_counts(policy: ScoringPolicy, points: int, attempt: int | None) -> None:
    result = standing(AssessmentPolicy(scoring=policy, pass_bp=7_667), SCORES)
    assert result is not None
    assert (result.percentage_bp, result.attempt_no, result.passed) == (points, attempt, points >= 7_667)


def test_without_a_finished_attempt_there_is_no_standing() -> None:
    assert standing(AssessmentPolicy(), []) is None


@given(
    st.sampled_from(ScoringPolicy),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=6),
    st.randoms(),
)
def test_a_standing_is_bounded_and_does_not_depend_on_order(
    scoring: ScoringPolicy, pairs: list[tuple[int, int]], random: Random
) -> None:
    scores = [AttemptScore(number, min(pair), max(pair)) for number, pair in enumerate(pairs, 1)]
    policy = AssessmentPolicy(scoring=scoring)
    first = standing(policy, scores)
    random.shuffle(scores)
    assert standing(policy, scores) == first
    assert first is not None
    assert 0 <= first.percentage_bp <= 10_000
    if first.percentage_bp == 10_000:
        assert any(score.score_micro == score.max_micro for score in scores)


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        (AssessmentPolicy(max_attempts=-1), "max_attempts"),
        (AssessmentPolicy(time_limit_seconds=10**9), "time_limit_seconds"),
        (AssessmentPolicy(pass_bp=10_001), "pass_bp"),
        (AssessmentPolicy(opens_at=NOON, closes_at=NOON), "closes_at"),
        (feedback(FeedbackTime.AFTER_CLOSE), "feedback"),
        (AssessmentPolicy(late_policy=LatePolicy.ACCEPT_LATE), "late_window_seconds"),
    ],
)
def test_refuses_settings_that_make_no_sense(policy: AssessmentPolicy, field: str) -> None:
    with pytest.raises(InvalidAssessment) as refused:
        validate_policy(policy)
    assert set(refused.value.fields) == {field}


def test_accepts_the_defaults() -> None:
    assert validate_policy(AssessmentPolicy()) == AssessmentPolicy()
    assert validate_accommodation(NO_ACCOMMODATION) == NO_ACCOMMODATION
    assert validate_title("  Checkpoint 3 ") == "Checkpoint 3"
    with pytest.raises(InvalidAccommodation):
        validate_accommodation(Accommodation(extra_time_percent=401))
    with pytest.raises(InvalidAssessment):
        validate_title(" ")


def test_a_receipt_proves_exactly_one_answer() -> None:
    def code(
        secret: bytes = b"k", question: str = "q", sequence: int = 1, entries: tuple[str, ...] = ("1", "2")
    ) -> str:
        return receipt_code(secret, "attempt", question, sequence, NOON, entries)

    assert code() == code()
    assert len({code(), code(b"l"), code(question="r"), code(sequence=2), code(entries=("12",))}) == 5
    assert len(code()) == 9
    assert code()[4] == "-"
