"""Cohorts and enrolments: who gets a seat, who waits, and who is next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from scholr.contexts.enrollment.errors import (
    CapacityBelowTaken,
    CohortClosed,
    CohortFull,
    EnrollmentDeclinedBefore,
    EnrollmentNotOpen,
    EnrollmentTransitionRefused,
    InvalidCohort,
    NoOpenCohort,
    StaffEnrolOnly,
)
from scholr.kernel.moments import moments_out_of_bounds
from scholr.kernel.text import text_problem

MAX_CAPACITY = 1_000_000
MAX_NAME_CHARS = 200


class CohortMode(StrEnum):
    """How learners come in: by themselves, by asking, or only through the staff."""

    SELF = "self"
    APPROVAL = "approval"
    STAFF = "staff"


class CohortStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class EnrollmentStatus(StrEnum):
    """Only `active` holds a seat. Whoever has left may come back; the row stays the same one."""

    ACTIVE = "active"
    PENDING = "pending"
    WAITLISTED = "waitlisted"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"


class EnrollmentAction(StrEnum):
    """`admit` gives a seat (approval, promotion, return); `queue` puts into the waiting list."""

    REQUEST = "request"
    ADMIT = "admit"
    QUEUE = "queue"
    DECLINE = "decline"
    WITHDRAW = "withdraw"


_S, _A = EnrollmentStatus, EnrollmentAction
_TRANSITIONS: Mapping[tuple[EnrollmentStatus, EnrollmentAction], EnrollmentStatus] = {
    (_S.PENDING, _A.REQUEST): _S.PENDING,
    (_S.WITHDRAWN, _A.REQUEST): _S.PENDING,
    (_S.ACTIVE, _A.ADMIT): _S.ACTIVE,
    (_S.PENDING, _A.ADMIT): _S.ACTIVE,
    (_S.WAITLISTED, _A.ADMIT): _S.ACTIVE,
    (_S.WITHDRAWN, _A.ADMIT): _S.ACTIVE,
    (_S.DECLINED, _A.ADMIT): _S.ACTIVE,
    (_S.WAITLISTED, _A.QUEUE): _S.WAITLISTED,
    (_S.PENDING, _A.QUEUE): _S.WAITLISTED,
    (_S.WITHDRAWN, _A.QUEUE): _S.WAITLISTED,
    (_S.DECLINED, _A.QUEUE): _S.WAITLISTED,
    (_S.PENDING, _A.DECLINE): _S.DECLINED,
    (_S.WAITLISTED, _A.DECLINE): _S.DECLINED,
    (_S.DECLINED, _A.DECLINE): _S.DECLINED,
    (_S.ACTIVE, _A.WITHDRAW): _S.WITHDRAWN,
    (_S.PENDING, _A.WITHDRAW): _S.WITHDRAWN,
    (_S.WAITLISTED, _A.WITHDRAW): _S.WITHDRAWN,
    (_S.WITHDRAWN, _A.WITHDRAW): _S.WITHDRAWN,
}


def transition(status: EnrollmentStatus, action: EnrollmentAction) -> EnrollmentStatus:
    """The state after an action; doing it again changes nothing. Raises EnrollmentTransitionRefused."""
    after = _TRANSITIONS.get((status, action))
    if after is None:
        raise EnrollmentTransitionRefused(details={"status": status.value, "action": action.value})
    return after


def holds_seat(status: EnrollmentStatus) -> bool:
    return status is EnrollmentStatus.ACTIVE


def seat_change(before: EnrollmentStatus | None, after: EnrollmentStatus) -> int:
    """+1 when a seat is taken, -1 when one is given back, else 0; `before` None for a new enrolment."""
    return holds_seat(after) - (before is not None and holds_seat(before))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """0 <= taken <= capacity. Times are open intervals where None; `ends_at` closes the cohort by itself."""

    capacity: int
    taken: int = 0
    waiting: int = 0
    mode: CohortMode = CohortMode.SELF
    status: CohortStatus = CohortStatus.OPEN
    waitlist: bool = True
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def free(self) -> int:
        return self.capacity - self.taken

    @property
    def free_for_newcomers(self) -> int:
        """Seats beyond those that the people who already wait will get: nobody jumps the queue."""
        return max(0, self.free - self.waiting)


def validate_cohort(
    name: object,
    capacity: object,
    *,
    taken: int = 0,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> tuple[str, int]:
    """The tidied name and the capacity.

    Raises InvalidCohort naming each wrong field, or CapacityBelowTaken.
    """
    fields: dict[str, str] = {}
    if problem := text_problem(name, most=MAX_NAME_CHARS):
        fields["name"] = problem
    whole = isinstance(capacity, int) and not isinstance(capacity, bool)
    if not whole or not isinstance(capacity, int) or not 1 <= capacity <= MAX_CAPACITY:
        fields["capacity"] = f"must be a whole number from 1 to {MAX_CAPACITY}"
    moments = {"opens_at": opens_at, "closes_at": closes_at, "starts_at": starts_at, "ends_at": ends_at}
    fields |= moments_out_of_bounds(moments)
    if opens_at and closes_at and opens_at >= closes_at:
        fields["closes_at"] = "must be after enrolment opens"
    if starts_at and ends_at and starts_at >= ends_at:
        fields["ends_at"] = "must be after it starts"
    if fields or not isinstance(capacity, int):
        raise InvalidCohort(fields=fields)
    if capacity < taken:
        raise CapacityBelowTaken(details={"taken": taken})
    return " ".join(str(name).split()), capacity


def require_open(cohort: Cohort, now: datetime, *, by_staff: bool) -> None:
    """Check the dates and the mode. Staff may enrol outside the window, but not into what is over.

    Raises CohortClosed, EnrollmentNotOpen or StaffEnrolOnly.
    """
    if cohort.status is CohortStatus.CLOSED or (cohort.ends_at is not None and now >= cohort.ends_at):
        raise CohortClosed
    if by_staff:
        return
    if cohort.opens_at is not None and now < cohort.opens_at:
        raise EnrollmentNotOpen(details={"opens_at": cohort.opens_at.isoformat()})
    if cohort.closes_at is not None and now >= cohort.closes_at:
        raise CohortClosed(details={"closed_at": cohort.closes_at.isoformat()})
    if cohort.mode is CohortMode.STAFF:
        raise StaffEnrolOnly


@dataclass(frozen=True, slots=True)
class EnrolDecision:
    """`changed` False means that the enrolment is already as wanted: answer with it as it is."""

    status: EnrollmentStatus
    changed: bool


def decide_enrol(
    cohort: Cohort,
    existing: EnrollmentStatus | None,
    now: datetime,
    *,
    by_staff: bool,
    may_wait: bool = False,
) -> EnrolDecision:
    """Find or create: who is in, waits or has asked already stays so, whatever else is the case.

    A full cohort refuses with CohortFull, or queues who `may_wait` where it has a waiting list.
    Someone who was declined is let in by staff only. Raises also what `require_open` raises.
    """
    settled = {EnrollmentStatus.ACTIVE, EnrollmentStatus.WAITLISTED, EnrollmentStatus.PENDING}
    if existing in settled and not (by_staff and existing is EnrollmentStatus.PENDING):
        return EnrolDecision(existing, changed=False)
    if existing is EnrollmentStatus.DECLINED and not by_staff:
        raise EnrollmentDeclinedBefore
    require_open(cohort, now, by_staff=by_staff)
    if cohort.mode is CohortMode.APPROVAL and not by_staff:
        return EnrolDecision(EnrollmentStatus.PENDING, changed=True)
    if cohort.free_for_newcomers:
        return EnrolDecision(EnrollmentStatus.ACTIVE, changed=True)
    if may_wait and cohort.waitlist:
        return EnrolDecision(EnrollmentStatus.WAITLISTED, changed=True)
    raise CohortFull(details={"capacity": cohort.capacity})


@dataclass(frozen=True, slots=True, order=True)
class Waiting:
    """Ordered as the queue is: `place` was given on joining, and only ever grows."""

    place: int
    enrollment_id: UUID


def promote(cohort: Cohort, queue: Iterable[Waiting]) -> tuple[Waiting, ...]:
    """Who gets the free seats, in the order of the queue. Nobody while the cohort is closed."""
    if cohort.status is CohortStatus.CLOSED:
        return ()
    return tuple(sorted(queue)[: max(0, cohort.free)])


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cohort of a course. `to_wait`: not for a seat, but for a place in its queue."""

    cohort_id: UUID
    cohort: Cohort
    to_wait: bool = False


def order_of_trial(
    candidates: Sequence[Candidate], now: datetime, *, by_staff: bool, may_wait: bool = False
) -> list[Candidate]:
    """Where a seat is sought, in this order: the open cohorts that have one, in the order in which they are listed.

    Who `may_wait` comes last to the first queue. Raises CohortFull when that leaves nothing, NoOpenCohort when
    no cohort is open at all.
    """
    open_ones = [each for each in candidates if _is_open(each.cohort, now, by_staff)]
    if not open_ones:
        raise NoOpenCohort
    queues = [replace(each, to_wait=True) for each in open_ones if may_wait and each.cohort.waitlist]
    found = [each for each in open_ones if each.cohort.free_for_newcomers] + queues[:1]
    if not found:
        raise CohortFull
    return found


def _is_open(cohort: Cohort, now: datetime, by_staff: bool) -> bool:
    try:
        require_open(cohort, now, by_staff=by_staff)
    except (CohortClosed, EnrollmentNotOpen, StaffEnrolOnly):
        return False
    return True
