from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from scholr.contexts.enrollment.model import (
    Candidate,
    Cohort,
    CohortMode,
    CohortStatus,
    EnrollmentAction,
    EnrollmentStatus,
    Waiting,
    decide_enrol,
    holds_seat,
    order_of_trial,
    promote,
    require_open,
    seat_change,
    transition,
    validate_cohort,
)
from scholr.kernel.errors import DomainError

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROOM = Cohort(capacity=2)
FULL = Cohort(capacity=2, taken=2)


def test_a_seat_is_given_once() -> None:
    first = decide_enrol(ROOM, None, NOON, by_staff=False)
    assert (first.status, first.changed) == (EnrollmentStatus.ACTIVE, True)
    again = decide_enrol(FULL, first.status, NOON, by_staff=False)
    assert (again.status, again.changed) == (EnrollmentStatus.ACTIVE, False)


@pytest.mark.parametrize("by_staff", [True, False])
def test_rejects_when_cohort_is_full(by_staff: bool) -> None:
    with pytest.raises(CohortFull) as refused:
        decide_enrol(FULL, None, NOON, by_staff=by_staff)
    assert refused.value.code == "cohort_full"


def test_a_full_cohort_queues_who_is_ready_to_wait() -> None:
    decision = decide_enrol(FULL, None, NOON, by_staff=False, may_wait=True)
    assert decision.status is EnrollmentStatus.WAITLISTED
    with pytest.raises(CohortFull):
        decide_enrol(replace(FULL, waitlist=False), None, NOON, by_staff=False, may_wait=True)


def test_nobody_jumps_the_queue() -> None:
    freed = Cohort(capacity=2, taken=1, waiting=1)
    with pytest.raises(CohortFull):
        decide_enrol(freed, None, NOON, by_staff=False)
    assert decide_enrol(replace(freed, taken=0), None, NOON, by_staff=False).status is EnrollmentStatus.ACTIVE


def test_approval_asks_first_and_takes_no_seat() -> None:
    asking = replace(FULL, mode=CohortMode.APPROVAL)
    assert decide_enrol(asking, None, NOON, by_staff=False).status is EnrollmentStatus.PENDING
    approved = decide_enrol(replace(asking, taken=1), EnrollmentStatus.PENDING, NOON, by_staff=True)
    assert (approved.status, approved.changed) == (EnrollmentStatus.ACTIVE, True)
    with pytest.raises(CohortFull):
        decide_enrol(asking, EnrollmentStatus.PENDING, NOON, by_staff=True)


def test_who_was_declined_is_let_in_by_staff_only() -> None:
    with pytest.raises(EnrollmentDeclinedBefore):
        decide_enrol(ROOM, EnrollmentStatus.DECLINED, NOON, by_staff=False)
    assert decide_enrol(ROOM, EnrollmentStatus.DECLINED, NOON, by_staff=True).status is EnrollmentStatus.ACTIVE
    assert decide_enrol(ROOM, EnrollmentStatus.WITHDRAWN, NOON, by_staff=False).status is EnrollmentStatus.ACTIVE


@pytest.mark.parametrize(
    ("cohort", "error", "staff_may"),
    [
        (replace(ROOM, status=CohortStatus.CLOSED), CohortClosed, False),
        (replace(ROOM, ends_at=NOON), CohortClosed, False),
        (replace(ROOM, opens_at=NOON + HOUR), EnrollmentNotOpen, True),
        (replace(ROOM, closes_at=NOON), CohortClosed, True),
        (replace(ROOM, mode=CohortMode.STAFF), StaffEnrolOnly, True),
    ],
)
def test_dates_and_mode_bind_learners_and_what_is_over_binds_all(
    cohort: Cohort, error: type[DomainError], staff_may: bool
) -> None:
    with pytest.raises(error):
        require_open(cohort, NOON, by_staff=False)
    if staff_may:
        require_open(cohort, NOON, by_staff=True)
    else:
        with pytest.raises(error):
            require_open(cohort, NOON, by_staff=True)


def test_a_cohort_is_open_within_its_dates() -> None:
    dated = replace(ROOM, opens_at=NOON, closes_at=NOON + HOUR, ends_at=NOON + 2 * HOUR)
    require_open(dated, NOON, by_staff=False)
    require_open(dated, NOON + HOUR / 2, by_staff=False)


@given(st.lists(st.sampled_from(EnrollmentAction)), st.sampled_from(EnrollmentStatus))
def test_no_sequence_of_actions_leaves_the_states_or_changes_when_repeated(
    actions: list[EnrollmentAction], status: EnrollmentStatus
) -> None:
    for action in actions:
        try:
            status = transition(status, action)
        except EnrollmentTransitionRefused as refused:
            assert refused.details == {"status": status.value, "action": action.value}
            continue
        assert isinstance(status, EnrollmentStatus)
        assert transition(status, action) is status


def test_a_seat_is_not_taken_away_by_declining() -> None:
    with pytest.raises(EnrollmentTransitionRefused):
        transition(EnrollmentStatus.ACTIVE, EnrollmentAction.DECLINE)


@given(
    st.integers(1, 4),
    st.lists(st.tuples(st.integers(0, 7), st.sampled_from(["enrol", "wait", "staff", "leave"])), max_size=60),
)
def test_a_cohort_is_never_oversold_and_the_queue_never_starves(capacity: int, steps: list[tuple[int, str]]) -> None:
    """Plays a cohort's life: the counts follow the decisions, and a seat given back goes to who waits."""
    cohort = Cohort(capacity=capacity)
    people: dict[int, EnrollmentStatus] = {}
    queue: list[Waiting] = []
    for place, (person, step) in enumerate(steps):
        before = people.get(person)
        try:
            if step == "leave":
                after = transition(before or EnrollmentStatus.WITHDRAWN, EnrollmentAction.WITHDRAW)
            else:
                after = decide_enrol(cohort, before, NOON, by_staff=step == "staff", may_wait=step == "wait").status
        except CohortFull:
            assert cohort.taken + cohort.waiting >= capacity
            continue
        people[person] = after
        cohort = replace(cohort, taken=cohort.taken + seat_change(before, after))
        if after is EnrollmentStatus.WAITLISTED and before is not after:
            queue.append(Waiting(place, UUID(int=person)))
        queue = [entry for entry in queue if people[entry.enrollment_id.int] is EnrollmentStatus.WAITLISTED]
        for lucky in promote(cohort, queue):
            assert lucky == min(queue)
            queue.remove(lucky)
            people[lucky.enrollment_id.int] = transition(EnrollmentStatus.WAITLISTED, EnrollmentAction.ADMIT)
            cohort = replace(cohort, taken=cohort.taken + 1)
        cohort = replace(cohort, waiting=len(queue))
        assert cohort.taken == sum(holds_seat(status) for status in people.values()) <= capacity
        assert not queue or cohort.free == 0


@given(st.lists(st.integers(0, 99), unique=True), st.integers(0, 5), st.randoms())
def test_promotion_follows_the_queue(places: list[int], free: int, random: Random) -> None:
    queue = [Waiting(place, UUID(int=random.getrandbits(128))) for place in places]
    chosen = promote(Cohort(capacity=9, taken=9 - free), queue)
    assert [entry.place for entry in chosen] == sorted(places)[:free]
    assert promote(Cohort(capacity=9, taken=9 - free, status=CohortStatus.CLOSED), queue) == ()


def test_enrolling_by_course_picks_the_first_cohort_with_a_free_seat() -> None:
    def candidate(number: int, cohort: Cohort) -> Candidate:
        return Candidate(UUID(int=number), cohort)

    closed = candidate(1, replace(ROOM, status=CohortStatus.CLOSED))
    full, free, later = candidate(2, FULL), candidate(3, ROOM), candidate(4, ROOM)
    assert order_of_trial([closed, full, free, later], NOON, by_staff=False) == [free, later]
    with pytest.raises(CohortFull):
        order_of_trial([closed, full], NOON, by_staff=False)
    with pytest.raises(NoOpenCohort):
        order_of_trial([closed], NOON, by_staff=False)


def test_who_may_wait_comes_last_to_the_first_queue() -> None:
    full, other = Candidate(uuid4(), FULL), Candidate(uuid4(), FULL)
    free = Candidate(uuid4(), ROOM)
    tried = order_of_trial([full, other, free], NOON, by_staff=False, may_wait=True)
    assert tried == [free, replace(full, to_wait=True)]


def test_cohorts_are_bounded() -> None:
    assert validate_cohort("  Autumn  2026", 50, starts_at=NOON, ends_at=NOON + HOUR) == ("Autumn 2026", 50)
    with pytest.raises(InvalidCohort) as refused:
        validate_cohort("", 0, starts_at=NOON, ends_at=NOON, opens_at=NOON, closes_at=NOON)
    assert set(refused.value.fields) == {"name", "capacity", "ends_at", "closes_at"}
    for capacity in (True, 1.5, "5", 1_000_001, None):
        with pytest.raises(InvalidCohort):
            validate_cohort("a", capacity)
    with pytest.raises(CapacityBelowTaken):
        validate_cohort("a", 4, taken=5)
