"""When a dependency is not asked any more, and how it is found out that it works again."""

from scholr.platform.resilience.breaker import Admission, Breaker, BreakerState
from scholr.platform.resilience.policy import BreakerPolicy

POLICY = BreakerPolicy(least=4, share=0.5, window=10.0, pause=5.0)


class Watch:
    """A monotonic clock that the test turns."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def admitted(breaker: Breaker) -> Admission:
    admission = breaker.admit()
    assert admission is not None
    return admission


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.failed(admitted(breaker))


def succeed(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.succeeded(admitted(breaker))


def test_opens_once_enough_calls_failed() -> None:
    breaker = Breaker(POLICY, Watch())

    fail(breaker, 3)
    assert breaker.state is BreakerState.CLOSED
    fail(breaker, 1)

    assert breaker.state is BreakerState.OPEN
    assert breaker.admit() is None
    assert breaker.trips == 1


def test_stays_closed_while_most_calls_succeed() -> None:
    breaker = Breaker(POLICY, Watch())

    succeed(breaker, 20)
    fail(breaker, 19)

    assert breaker.state is BreakerState.CLOSED


def test_forgets_what_failed_before_its_window() -> None:
    watch = Watch()
    breaker = Breaker(POLICY, watch)

    fail(breaker, 3)
    watch.seconds += POLICY.window + 1
    fail(breaker, 3)

    assert breaker.state is BreakerState.CLOSED


def test_lets_one_call_of_many_through_after_the_pause() -> None:
    watch = Watch()
    breaker = Breaker(POLICY, watch)
    fail(breaker, 4)

    watch.seconds += POLICY.pause
    admissions = [breaker.admit() for _ in range(50)]

    assert breaker.state is BreakerState.HALF_OPEN
    assert [each is not None for each in admissions] == [True] + [False] * 49


def test_closes_when_the_probe_succeeds() -> None:
    watch = Watch()
    breaker = Breaker(POLICY, watch)
    fail(breaker, 4)
    watch.seconds += POLICY.pause

    breaker.succeeded(admitted(breaker))

    assert breaker.state is BreakerState.CLOSED
    fail(breaker, 3)  # what failed before the trip counts no more
    assert breaker.state is BreakerState.CLOSED


def test_waits_for_another_pause_when_the_probe_fails() -> None:
    watch = Watch()
    breaker = Breaker(POLICY, watch)
    fail(breaker, 4)
    watch.seconds += POLICY.pause

    breaker.failed(admitted(breaker))

    assert breaker.retry_after == POLICY.pause
    assert breaker.admit() is None
    watch.seconds += POLICY.pause
    assert breaker.admit() is not None


def test_gives_the_probe_to_another_when_its_caller_went_away() -> None:
    watch = Watch()
    breaker = Breaker(POLICY, watch)
    fail(breaker, 4)
    watch.seconds += POLICY.pause

    breaker.abandoned(admitted(breaker))

    assert admitted(breaker).is_probe
    assert breaker.admit() is None


def test_calls_that_began_before_the_trip_do_not_judge_what_came_after() -> None:
    watch = Watch()
    breaker = Breaker(POLICY, watch)
    slow = [admitted(breaker) for _ in range(10)]
    fail(breaker, 4)
    watch.seconds += POLICY.pause
    breaker.succeeded(admitted(breaker))

    for admission in slow:
        breaker.failed(admission)

    assert breaker.state is BreakerState.CLOSED


def test_probes_that_fail_do_not_make_the_trouble_younger() -> None:
    clock = Watch()
    breaker = Breaker(POLICY, clock)
    clock.seconds += 60
    fail(breaker, 4)
    assert breaker.seconds_in_state == 0.0
    for _ in range(3):
        clock.seconds += POLICY.pause
        fail(breaker, 1)
    assert (breaker.state, breaker.seconds_in_state) == (BreakerState.OPEN, 3 * POLICY.pause)
    clock.seconds += POLICY.pause
    succeed(breaker, 1)
    assert (breaker.state, breaker.seconds_in_state) == (BreakerState.CLOSED, 0.0)
