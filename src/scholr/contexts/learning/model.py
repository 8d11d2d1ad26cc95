"""Progress as a fold over facts, when a course counts as completed, and certificates.

Facts may arrive in any order and any number of times: the fold gives the same record. Completion
hangs on a lesson's stable id, so it survives every edit of the lesson and of the course.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from scholr.contexts.learning.errors import InvalidNote, InvalidReason, InvalidRule, InvalidView
from scholr.kernel.text import text_problem

MAX_VIEW_SECONDS = 24 * 3600
MAX_RULE_VIEW_SECONDS = 1_000 * 3600
FULL_BP = 10_000


@dataclass(frozen=True, slots=True)
class LessonCompleted:
    lesson_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class LessonViewed:
    """`view_id` names one sitting; its seconds only grow, so the largest report of it counts."""

    lesson_id: UUID
    view_id: UUID
    seconds: int


@dataclass(frozen=True, slots=True)
class ScoreRecorded:
    """The learner's standing in an assessment, in basis points; the latest one counts, be it lower."""

    assessment_id: UUID
    percentage_bp: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PositionRecorded:
    lesson_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class CourseCompleted:
    """Once a course was completed it stays so, whatever is added to it later."""

    at: datetime


Fact = LessonCompleted | LessonViewed | ScoreRecorded | PositionRecorded | CourseCompleted


@dataclass(frozen=True, slots=True)
class Record:
    """Everything the facts say of one learner in one course.

    `completed` holds the first completion of each lesson; `views` the seconds by lesson and sitting;
    `scores` and `position` the latest, with its time.
    """

    completed: Mapping[UUID, datetime] = field(default_factory=dict)
    views: Mapping[tuple[UUID, UUID], int] = field(default_factory=dict)
    scores: Mapping[UUID, tuple[datetime, int]] = field(default_factory=dict)
    position: tuple[datetime, UUID] | None = None
    completed_at: datetime | None = None

    @property
    def view_seconds(self) -> int:
        return sum(self.views.values())


EMPTY = Record()


def fold(facts: Iterable[Fact], start: Record = EMPTY) -> Record:
    """The record that the facts make; their order and repetitions do not matter."""
    completed, views, scores = dict(start.completed), dict(start.views), dict(start.scores)
    position, completed_at = start.position, start.completed_at
    for fact in facts:
        match fact:
            case LessonCompleted(lesson, at):
                completed[lesson] = min(at, completed.get(lesson, at))
            case LessonViewed(lesson, view, seconds):
                views[lesson, view] = max(seconds, views.get((lesson, view), 0))
            case ScoreRecorded(assessment, points, at):
                scores[assessment] = max((at, points), scores.get(assessment, (at, points)))
            case PositionRecorded(lesson, at):
                position = max((at, lesson), position or (at, lesson))
            case CourseCompleted(at):
                completed_at = min(at, completed_at or at)
    return Record(completed, views, scores, position, completed_at)


def checked_view_seconds(seconds: object) -> int:
    """Raises InvalidView outside 0..86400."""
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 <= seconds <= MAX_VIEW_SECONDS:
        raise InvalidView(fields={"seconds": f"must be a whole number from 0 to {MAX_VIEW_SECONDS}"})
    return seconds


MAX_NOTE_CHARS = 4_000
MAX_QUOTE_CHARS = 400
MAX_BLOCK_ID_CHARS = 64
MAX_NOTES_PER_LESSON = 200


def note_text(raw: str) -> str:
    """What is kept of a note; raises InvalidNote."""
    problem = text_problem(raw, most=MAX_NOTE_CHARS, multiline=True)
    if problem:
        raise InvalidNote(fields={"text": problem})
    return raw.replace("\r\n", "\n").strip()


def note_quote(raw: str) -> str:
    """The words that a note is about, on one line; raises InvalidNote."""
    joined = " ".join(raw.split())
    problem = text_problem(joined, least=0, most=MAX_QUOTE_CHARS)
    if problem:
        raise InvalidNote(fields={"quote": problem})
    return joined


def note_block(raw: str) -> str:
    """The block that a note stands beside; raises InvalidNote."""
    problem = text_problem(raw, least=0, most=MAX_BLOCK_ID_CHARS)
    if problem:
        raise InvalidNote(fields={"block_id": problem})
    return raw.strip()


@dataclass(frozen=True, slots=True)
class CourseLesson:
    id: UUID
    required: bool = True


@dataclass(frozen=True, slots=True)
class CourseShape:
    """The course as it is published now: lessons in order, and the assessments that count."""

    lessons: tuple[CourseLesson, ...]
    assessments: tuple[UUID, ...] = ()

    @property
    def counted(self) -> tuple[UUID, ...]:
        """The required lessons; all of them where none is marked as required."""
        required = tuple(lesson.id for lesson in self.lessons if lesson.required)
        return required or tuple(lesson.id for lesson in self.lessons)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionRule:
    """What completes a course: all of what is set here, together.

    `min_score_bp` (basis points) must be reached in each of the course's assessments;
    `min_view_seconds` over all its lessons. 0 asks for nothing.
    """

    all_lessons: bool = True
    min_score_bp: int = 0
    min_view_seconds: int = 0


def validate_rule(rule: CompletionRule) -> CompletionRule:
    """Raises InvalidRule when it is out of bounds or asks for nothing at all."""
    fields: dict[str, str] = {}
    if not 0 <= rule.min_score_bp <= FULL_BP:
        fields["min_score_bp"] = f"must be between 0 and {FULL_BP}"
    if not 0 <= rule.min_view_seconds <= MAX_RULE_VIEW_SECONDS:
        fields["min_view_seconds"] = f"must be between 0 and {MAX_RULE_VIEW_SECONDS}"
    if not fields and not (rule.all_lessons or rule.min_score_bp or rule.min_view_seconds):
        fields["all_lessons"] = "must be set where nothing else is asked for"
    if fields:
        raise InvalidRule(fields=fields)
    return rule


class Criterion(StrEnum):
    ALL_LESSONS = "all_lessons"
    MIN_SCORE = "min_score"
    MIN_VIEW_TIME = "min_view_time"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a learner stands in the course as it is now.

    `percent` is rounded down, and 100 exactly when `complete`. `missing` lists the criteria not met
    (also of a course that was completed before it grew). `resume` is where to open the course again,
    `next` the first counted lesson after that which is not done; both None in an empty course.
    """

    done: int
    total: int
    percent: int
    complete: bool
    missing: tuple[Criterion, ...]
    resume: UUID | None
    next: UUID | None


def progress(shape: CourseShape, record: Record, rule: CompletionRule) -> Progress:
    """Measure the record against the course. Completions of lessons that are gone count for nothing."""
    counted = shape.counted
    done = sum(lesson in record.completed for lesson in counted)
    missing = tuple(_missing(shape, record, rule))
    complete = not missing or record.completed_at is not None
    share = 100 * done // len(counted) if counted else 0
    ahead = next_lesson(shape, record)
    return Progress(
        done=done,
        total=len(counted),
        percent=100 if complete else min(99, share),
        complete=complete,
        missing=missing,
        resume=_resume(shape, record, ahead),
        next=ahead,
    )


def _missing(shape: CourseShape, record: Record, rule: CompletionRule) -> Iterable[Criterion]:
    """An empty course meets nothing, and neither does a score where there is nothing to score in."""
    if rule.all_lessons and not (shape.counted and all(lesson in record.completed for lesson in shape.counted)):
        yield Criterion.ALL_LESSONS
    if rule.min_score_bp and not (
        shape.assessments and all(_score(record, each) >= rule.min_score_bp for each in shape.assessments)
    ):
        yield Criterion.MIN_SCORE
    if record_view_seconds(shape, record) < rule.min_view_seconds:
        yield Criterion.MIN_VIEW_TIME


def _score(record: Record, assessment: UUID) -> int:
    return record.scores[assessment][1] if assessment in record.scores else 0


def record_view_seconds(shape: CourseShape, record: Record) -> int:
    """The time spent on lessons that the course still has."""
    present = {lesson.id for lesson in shape.lessons}
    return sum(seconds for (lesson, _), seconds in record.views.items() if lesson in present)


def next_lesson(shape: CourseShape, record: Record) -> UUID | None:
    """The first counted lesson that is not done, from the last position on and then from the start."""
    order = [lesson.id for lesson in shape.lessons]
    here = record.position[1] if record.position else None
    start = order.index(here) if here in order else 0
    counted = set(shape.counted)
    ahead = (lesson for lesson in order[start:] + order[:start] if lesson in counted)
    return next((lesson for lesson in ahead if lesson not in record.completed), None)


def _resume(shape: CourseShape, record: Record, ahead: UUID | None) -> UUID | None:
    """The last position while its lesson is there and not done; else what is next; else the start."""
    order = [lesson.id for lesson in shape.lessons]
    here = record.position[1] if record.position else None
    if here in order and (here not in record.completed or ahead is None):
        return here
    return ahead or (order[0] if order else None)


class CertificateState(StrEnum):
    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


def certificate_state(expires_at: datetime | None, revoked_at: datetime | None, now: datetime) -> CertificateState:
    """What a stranger is told; None for a certificate that never expires, or was not revoked."""
    if revoked_at is not None:
        return CertificateState.REVOKED
    return CertificateState.EXPIRED if expires_at is not None and now >= expires_at else CertificateState.VALID


MAX_REASON_CHARS = 500


def revocation_reason(raw: str) -> str:
    """What the holder is told; raises InvalidReason."""
    problem = text_problem(raw, most=MAX_REASON_CHARS, multiline=True)
    if problem:
        raise InvalidReason(fields={"reason": problem})
    return raw.strip()


_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no I, L, O or U. See https://www.crockford.com/base32.html."""

CODE_RANDOM_BYTES = 10
_CODE_DIGITS = 16


def verification_code(randomness: bytes) -> str:
    """A code like `7F3K-92QD-0A1B-C2D3-X` from ten random bytes, which make it impossible to guess.

    Sixteen digits of five bits and a check digit. Raises ValueError for another number of bytes.
    """
    if len(randomness) != CODE_RANDOM_BYTES:
        raise ValueError(f"needs {CODE_RANDOM_BYTES} random bytes, got {len(randomness)}")
    number = int.from_bytes(randomness, "big")
    return _written("".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_CODE_DIGITS))))


def certificate_number(year: int, serial: int) -> str:
    """A number like `2026-000017-K` for people to file by; it says nothing secret and opens nothing."""
    digits = f"{year:04d}{serial:06d}"
    return f"{digits[:4]}-{digits[4:]}-{_check_digit(digits)}"


def parse_verification_code(text: str) -> str | None:
    """The code as it was issued, from what a stranger typed; None when it cannot be one.

    Case, spaces and dashes do not matter; O is read as 0, I and L as 1. The check digit finds every
    single wrong digit, so that a typing mistake can be told from a forged certificate.
    """
    bare = re.sub(r"[\s\-‐‑–—]", "", text[:100]).upper().translate(str.maketrans("OIL", "011"))
    if len(bare) != _CODE_DIGITS + 1 or any(char not in _ALPHABET for char in bare):
        return None
    return _written(bare[:-1]) if _check_digit(bare[:-1]) == bare[-1] else None


def _written(digits: str) -> str:
    groups = [digits[at : at + 4] for at in range(0, len(digits), 4)]
    return "-".join([*groups, _check_digit(digits)])


def _check_digit(digits: str) -> str:
    """ISO/IEC 7064, the hybrid system, with modulus 32 and 33 for this alphabet."""
    size = len(_ALPHABET)
    carry = size
    for digit in digits:
        carry = (carry + _ALPHABET.index(digit)) % size or size
        carry = carry * 2 % (size + 1)
    return _ALPHABET[(size + 1 - carry) % size]
