"""The offline merge: a state that any number of devices can add to, in any order, any number of times.

The state is a product of lattices, so that merging is commutative, associative and idempotent
(Shapiro and others, "Conflict-free Replicated Data Types", 2011): completed lessons are a set that
only grows; the position is a register that the latest writer wins.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from scholr.contexts.sync.errors import InvalidBatch
from scholr.kernel.text import text_problem

MAX_LESSONS = 10_000
MAX_LESSON_ID_CHARS = 64
DEFAULT_TOLERANCE = timedelta(minutes=5)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Ordered by time, then by lesson, so that any two devices agree which of two is the later."""

    at: datetime
    lesson: str


@dataclass(frozen=True, slots=True)
class SyncState:
    """What is known of one learner in one course.

    `ahead` is the latest position that came from a clock ahead of ours, as that clock told it: it
    lets such a batch be recognised when it is sent again.
    """

    completed: frozenset[str] = frozenset()
    position: Position | None = None
    ahead: Position | None = None

    @property
    def version(self) -> int:
        """A number that grows when what learners see of the state does, and is the same for equal states.

        The completed lessons, plus the position's time in microseconds since 1970. It depends on
        what was merged and not on the order, so no counter has to be kept, and a batch that changes
        nothing cannot change it. (Two positions of one microsecond are the one case where the lesson
        can change and the number cannot.) For comparing only; it stays below 2^53, which JSON numbers hold
        exactly, until the year 2255.
        """
        moved = (self.position.at - EPOCH) // _MICROSECOND + 1 if self.position else 0
        return len(self.completed) + moved


EMPTY = SyncState()


def merge(one: SyncState, other: SyncState) -> SyncState:
    return SyncState(
        one.completed | other.completed,
        _later(one.position, other.position),
        _later(one.ahead, other.ahead),
    )


def _later(one: Position | None, other: Position | None) -> Position | None:
    known = [position for position in (one, other) if position is not None]
    return max(known, default=None)


@dataclass(frozen=True, slots=True)
class Batch:
    """What a device sends: lessons it saw completed, and where it was last, by its own clock."""

    completed: frozenset[str] = frozenset()
    position: Position | None = None


def receive(state: SyncState, batch: Batch, now: datetime, tolerance: timedelta = DEFAULT_TOLERANCE) -> SyncState:
    """Merge a batch. The same batch again changes nothing, and completions are never lost.

    A position from further in the future than `tolerance` would win against every honest device for
    as long as its clock is ahead. It is taken as from `now`, once: the claimed time is remembered,
    and the same claim is never taken again. An older claim from ahead waits until its time has come.
    """
    merged = merge(state, SyncState(completed=batch.completed))
    claim = batch.position
    if claim is None or claim == state.ahead:
        return merged
    if claim.at <= now + tolerance:
        return merge(merged, SyncState(position=replace(claim, at=max(claim.at, EPOCH))))
    if state.ahead is not None and claim <= state.ahead:
        return merged
    return merge(merged, SyncState(position=Position(now, claim.lesson), ahead=claim))


def read_batch(completed_lessons: object, last_position_lesson: object, last_position_at: object) -> Batch:
    """Make a batch of what was sent, or raise InvalidBatch naming each wrong field.

    The position may be missing, but a lesson needs its time and a time its lesson. `last_position_at`
    is an aware time, or its text in ISO 8601.
    """
    fields: dict[str, str] = {}
    items = [] if completed_lessons is None else completed_lessons
    if not isinstance(items, list | tuple | set | frozenset) or len(items) > MAX_LESSONS:
        fields["completed_lessons"] = f"must be a list of at most {MAX_LESSONS} lesson ids"
        items = []
    elif not all(_is_lesson_id(item) for item in items):
        fields["completed_lessons"] = "must hold lesson ids"
    position = _read_position(last_position_lesson, last_position_at, fields)
    if fields:
        raise InvalidBatch(fields=fields)
    return Batch(frozenset(str(item) for item in items), position)


def _is_lesson_id(raw: object) -> bool:
    return text_problem(raw, most=MAX_LESSON_ID_CHARS) is None


def _read_position(lesson: object, at: object, fields: dict[str, str]) -> Position | None:
    if lesson is None and at is None:
        return None
    if not _is_lesson_id(lesson):
        fields["last_position_lesson"] = "must be a lesson id, where there is a time"
    moment = _read_moment(at)
    if moment is None:
        fields["last_position_at"] = "must be a time with its zone, where there is a lesson"
    return Position(moment, str(lesson)) if moment is not None and not fields else None


def _read_moment(raw: object) -> datetime | None:
    """An aware time in UTC; None for anything else, also for times that UTC cannot express."""
    if isinstance(raw, str):
        try:
            raw = datetime.fromisoformat(raw)
        except ValueError:
            return None
    if not isinstance(raw, datetime) or raw.tzinfo is None:
        return None
    try:
        return raw.astimezone(UTC)
    except OverflowError:
        return None


def sorted_lessons(state: SyncState) -> Sequence[str]:
    """The completed lessons in an order that is the same everywhere."""
    return sorted(state.completed)
