"""Attempts: who may start, until when answers count, what is shown afterwards, and which score stands."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from scholr.contexts.assessment.errors import (
    AssessmentClosed,
    AssessmentNotOpen,
    AttemptFinished,
    AttemptsExhausted,
    DeadlinePassed,
    InvalidAccommodation,
    InvalidAssessment,
)
from scholr.kernel.moments import moments_out_of_bounds
from scholr.kernel.text import text_problem

MAX_TITLE_CHARS = 200
MAX_ATTEMPTS = 1_000
MAX_TIME_LIMIT_SECONDS = 30 * 24 * 3600
MAX_GRACE_SECONDS = 3600
MAX_LATE_WINDOW_SECONDS = 30 * 24 * 3600
MAX_EXTRA_TIME_PERCENT = 400


class AttemptStatus(StrEnum):
    """Both ends are final: nothing leads out of `submitted` or `expired`."""

    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    EXPIRED = "expired"


class LatePolicy(StrEnum):
    """What becomes of answers that arrive only after the deadline and its grace."""

    ACCEPT_SAVED_ONLY = "accept_saved_only"
    ACCEPT_LATE_WITH_PENALTY = "accept_late_with_penalty"
    ACCEPT_LATE = "accept_late"


class ScoringPolicy(StrEnum):
    """Which of several attempts makes the score."""

    HIGHEST = "highest"
    LATEST = "latest"
    FIRST = "first"
    AVERAGE = "average"


class FeedbackTime(StrEnum):
    NEVER = "never"
    AFTER_SUBMIT = "after_submit"
    AFTER_CLOSE = "after_close"


class FeedbackLevel(StrEnum):
    """Each level shows what those before it show, and more."""

    NOTHING = "nothing"
    SCORE = "score"
    CORRECTNESS = "correctness"
    EXPLANATIONS = "explanations"
    CORRECT_ANSWERS = "correct_answers"

    def includes(self, other: "FeedbackLevel") -> bool:
        levels = list(FeedbackLevel)
        return levels.index(self) >= levels.index(other)


@dataclass(frozen=True, slots=True)
class FeedbackPolicy:
    when: FeedbackTime = FeedbackTime.AFTER_SUBMIT
    level: FeedbackLevel = FeedbackLevel.EXPLANATIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentPolicy:
    """How an assessment is taken.

    `max_attempts` and `time_limit_seconds`: 0 means unlimited. `grace_seconds` after the deadline
    still count as in time (slow networks, slow clocks). `late_window_seconds` is how long after
    that a late submission may still arrive, where the late policy takes any; only then is the
    attempt expired for good. `late_penalty_percent` of the points of late answers are lost.
    `pass_bp` is the passing share in basis points.
    """

    max_attempts: int = 0
    time_limit_seconds: int = 0
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    grace_seconds: int = 0
    late_policy: LatePolicy = LatePolicy.ACCEPT_SAVED_ONLY
    late_penalty_percent: int = 0
    late_window_seconds: int = 0
    scoring: ScoringPolicy = ScoringPolicy.HIGHEST
    feedback: FeedbackPolicy = field(default_factory=FeedbackPolicy)
    shuffle_questions: bool = False
    shuffle_options: bool = True
    pass_bp: int = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Accommodation:
    """What one learner is given beyond the policy; it may change while an attempt runs.

    `extra_time_percent` lengthens the time limit (25 is a quarter longer), `extra_time_seconds` is
    added after that. `closes_at`, where set, replaces the assessment's own closing time.
    """

    extra_time_percent: int = 0
    extra_time_seconds: int = 0
    extra_attempts: int = 0
    closes_at: datetime | None = None


NO_ACCOMMODATION = Accommodation()


@dataclass(frozen=True, slots=True)
class AttemptState:
    """What the rules need to know of an attempt; `attempt_no` counts from 1 for each learner."""

    attempt_no: int
    status: AttemptStatus
    started_at: datetime


def validate_title(title: object) -> str:
    """Raises InvalidAssessment."""
    if problem := text_problem(title, most=MAX_TITLE_CHARS):
        raise InvalidAssessment(fields={"title": problem})
    return str(title).strip()


def validate_policy(policy: AssessmentPolicy) -> AssessmentPolicy:
    """Return the policy, or raise InvalidAssessment naming each setting that is out of bounds."""
    fields = _out_of_bounds(
        {
            "max_attempts": (policy.max_attempts, MAX_ATTEMPTS),
            "time_limit_seconds": (policy.time_limit_seconds, MAX_TIME_LIMIT_SECONDS),
            "grace_seconds": (policy.grace_seconds, MAX_GRACE_SECONDS),
            "late_window_seconds": (policy.late_window_seconds, MAX_LATE_WINDOW_SECONDS),
            "late_penalty_percent": (policy.late_penalty_percent, 100),
            "pass_bp": (policy.pass_bp, 10_000),
        }
    )
    fields |= moments_out_of_bounds({"opens_at": policy.opens_at, "closes_at": policy.closes_at})
    if policy.opens_at and policy.closes_at and policy.opens_at >= policy.closes_at:
        fields["closes_at"] = "must be after it opens"
    if policy.feedback.when is FeedbackTime.AFTER_CLOSE and policy.closes_at is None:
        fields["feedback"] = "can wait for the close only when there is one"
    if policy.late_policy is not LatePolicy.ACCEPT_SAVED_ONLY and policy.late_window_seconds == 0:
        fields["late_window_seconds"] = "must say how long late submissions are awaited"
    if fields:
        raise InvalidAssessment(fields=fields)
    return policy


def validate_accommodation(accommodation: Accommodation) -> Accommodation:
    """Return it, or raise InvalidAccommodation naming each value that is out of bounds."""
    fields = _out_of_bounds(
        {
            "extra_time_percent": (accommodation.extra_time_percent, MAX_EXTRA_TIME_PERCENT),
            "extra_time_seconds": (accommodation.extra_time_seconds, MAX_TIME_LIMIT_SECONDS),
            "extra_attempts": (accommodation.extra_attempts, MAX_ATTEMPTS),
        }
    )
    fields |= moments_out_of_bounds({"closes_at": accommodation.closes_at})
    if fields:
        raise InvalidAccommodation(fields=fields)
    return accommodation


def _out_of_bounds(values: dict[str, tuple[int, int]]) -> dict[str, str]:
    return {name: f"must be between 0 and {most}" for name, (value, most) in values.items() if not 0 <= value <= most}


def closing_time(policy: AssessmentPolicy, accommodation: Accommodation) -> datetime | None:
    return accommodation.closes_at or policy.closes_at


def deadline(started_at: datetime, policy: AssessmentPolicy, accommodation: Accommodation) -> datetime | None:
    """When the attempt's time ends: the earlier of its time limit and the close; None for never.

    Never stored as truth: computed from the accommodation as it is now, so that extra time given
    during an attempt counts at once.
    """
    ends = [closing_time(policy, accommodation)]
    if policy.time_limit_seconds:
        share = 100 + accommodation.extra_time_percent
        seconds = policy.time_limit_seconds * share // 100 + accommodation.extra_time_seconds
        ends.append(started_at + timedelta(seconds=seconds))
    return min((end for end in ends if end is not None), default=None)


def accepts_until(started_at: datetime, policy: AssessmentPolicy, accommodation: Accommodation) -> datetime | None:
    """The last moment that counts as in time: the deadline and its grace."""
    end = deadline(started_at, policy, accommodation)
    return None if end is None else end + timedelta(seconds=policy.grace_seconds)


def expires_at(started_at: datetime, policy: AssessmentPolicy, accommodation: Accommodation) -> datetime | None:
    """From after this moment on the sweep expires the attempt; None for never."""
    end = accepts_until(started_at, policy, accommodation)
    takes_late = policy.late_policy is not LatePolicy.ACCEPT_SAVED_ONLY
    return end + timedelta(seconds=policy.late_window_seconds) if end and takes_late else end


def is_overdue(attempt: AttemptState, policy: AssessmentPolicy, accommodation: Accommodation, now: datetime) -> bool:
    """Whether a running attempt must be graded on what was saved and marked expired."""
    end = expires_at(attempt.started_at, policy, accommodation)
    return attempt.status is AttemptStatus.IN_PROGRESS and end is not None and now > end


class StartKind(StrEnum):
    NEW = "new"
    RESUME = "resume"
    EXPIRE_FIRST = "expire_first"


@dataclass(frozen=True, slots=True)
class StartDecision:
    """`attempt_no` is the number of the attempt to make, to resume, or to expire and then ask again."""

    kind: StartKind
    attempt_no: int


def decide_start(
    policy: AssessmentPolicy, accommodation: Accommodation, attempts: Sequence[AttemptState], now: datetime
) -> StartDecision:
    """Resume the open attempt, or allow a new one.

    Raises AssessmentNotOpen, AssessmentClosed or AttemptsExhausted.
    """
    running = next((attempt for attempt in attempts if attempt.status is AttemptStatus.IN_PROGRESS), None)
    if running is not None:
        overdue = is_overdue(running, policy, accommodation, now)
        return StartDecision(StartKind.EXPIRE_FIRST if overdue else StartKind.RESUME, running.attempt_no)
    if policy.opens_at is not None and now < policy.opens_at:
        raise AssessmentNotOpen(details={"opens_at": policy.opens_at.isoformat()})
    close = closing_time(policy, accommodation)
    if close is not None and now >= close:
        raise AssessmentClosed(details={"closed_at": close.isoformat()})
    allowed = attempts_allowed(policy, accommodation)
    if allowed is not None and len(attempts) >= allowed:
        raise AttemptsExhausted(details={"max_attempts": allowed})
    return StartDecision(StartKind.NEW, max((attempt.attempt_no for attempt in attempts), default=0) + 1)


def attempts_allowed(policy: AssessmentPolicy, accommodation: Accommodation) -> int | None:
    """None for unlimited."""
    return policy.max_attempts + accommodation.extra_attempts if policy.max_attempts else None


def require_saving(
    attempt: AttemptState, policy: AssessmentPolicy, accommodation: Accommodation, now: datetime
) -> None:
    """Allow an autosave, or raise AttemptFinished or DeadlinePassed. The grace counts as in time."""
    if attempt.status is not AttemptStatus.IN_PROGRESS:
        raise AttemptFinished(details={"status": attempt.status.value})
    end = accepts_until(attempt.started_at, policy, accommodation)
    if end is not None and now > end:
        raise DeadlinePassed(details={"deadline_at": end.isoformat()})


class Arriving(StrEnum):
    """What becomes of answers that come with a submission."""

    COUNT = "count"
    COUNT_LATE = "count_late"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class SubmitDecision:
    """`already` means that the attempt was finished before: answer with its stored result, change nothing."""

    status: AttemptStatus
    arriving: Arriving
    already: bool = False
    penalty_percent: int = 0


def decide_submit(
    attempt: AttemptState, policy: AssessmentPolicy, accommodation: Accommodation, now: datetime
) -> SubmitDecision:
    """Finish an attempt. Never raises: a late submission is graded on what was saved and marked expired.

    With a late policy that takes late answers, they count (`grading.with_penalty`) when they come
    before `expires_at`.
    """
    if attempt.status is not AttemptStatus.IN_PROGRESS:
        return SubmitDecision(attempt.status, Arriving.IGNORE, already=True)
    end = accepts_until(attempt.started_at, policy, accommodation)
    if end is None or now <= end:
        return SubmitDecision(AttemptStatus.SUBMITTED, Arriving.COUNT)
    if policy.late_policy is LatePolicy.ACCEPT_SAVED_ONLY or is_overdue(attempt, policy, accommodation, now):
        return SubmitDecision(AttemptStatus.EXPIRED, Arriving.IGNORE)
    penalty = policy.late_penalty_percent if policy.late_policy is LatePolicy.ACCEPT_LATE_WITH_PENALTY else 0
    return SubmitDecision(AttemptStatus.EXPIRED, Arriving.COUNT_LATE, penalty_percent=penalty)


def visible_feedback(
    policy: AssessmentPolicy, accommodation: Accommodation, status: AttemptStatus, now: datetime
) -> FeedbackLevel:
    """What the learner may see of a finished attempt now; NOTHING while it runs."""
    if status is AttemptStatus.IN_PROGRESS or policy.feedback.when is FeedbackTime.NEVER:
        return FeedbackLevel.NOTHING
    if policy.feedback.when is FeedbackTime.AFTER_SUBMIT:
        return policy.feedback.level
    own, common = closing_time(policy, accommodation), policy.closes_at
    closed = own is not None and common is not None and now >= max(own, common)
    return policy.feedback.level if closed else FeedbackLevel.NOTHING


@dataclass(frozen=True, slots=True)
class AttemptScore:
    """The result of one finished attempt, in millionths of a point."""

    attempt_no: int
    score_micro: int
    max_micro: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The learner's score for the assessment; `attempt_no` is None for an average."""

    percentage_bp: int
    attempt_no: int | None
    passed: bool


def standing(policy: AssessmentPolicy, scores: Sequence[AttemptScore]) -> Standing | None:
    """Combine finished attempts by the scoring policy; None before the first is finished.

    Attempts are compared by share, since a random draw may give them different maxima; of equal
    ones the earlier stands. Rounded as in `grading.percentage_bp`.
    """
    if not scores:
        return None
    ordered = sorted(scores, key=lambda score: score.attempt_no)
    shares = [_share(score) for score in ordered]
    chosen: int | None = None
    match policy.scoring:
        case ScoringPolicy.AVERAGE:
            share = sum(shares, Fraction(0)) / len(shares)
        case ScoringPolicy.HIGHEST:
            share = max(shares)
            chosen = ordered[shares.index(share)].attempt_no
        case ScoringPolicy.LATEST:
            share, chosen = shares[-1], ordered[-1].attempt_no
        case ScoringPolicy.FIRST:
            share, chosen = shares[0], ordered[0].attempt_no
    points = 10_000 if share == 1 else min(9_999, int(share * 10_000 + Fraction(1, 2)))
    return Standing(points, chosen, points >= policy.pass_bp)


def _share(score: AttemptScore) -> Fraction:
    return Fraction(score.score_micro, score.max_micro) if score.max_micro > 0 else Fraction(0)


_RECEIPT_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def receipt_code(
    secret: bytes, attempt_id: str, question_id: str, sequence: int, saved_at: datetime, entries: Sequence[str]
) -> str:
    """A code like `7F3K-92QD` that proves to the server that it saved this answer then.

    An HMAC-SHA-256 over the parts, each with its length before it so that none can run into the
    next, cut to 40 bits in Crockford's alphabet.
    """
    parts = [attempt_id, question_id, str(sequence), saved_at.isoformat(), *entries]
    message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    number = int.from_bytes(hmac.new(secret, message, hashlib.sha256).digest()[:5], "big")
    code = "".join(_RECEIPT_ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))
    return f"{code[:4]}-{code[4:]}"
