"""What a call to an outside dependency meets on its way."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from scholr.kernel.errors import NotFound, Unavailable
from scholr.platform.resilience.breaker import BreakerState
from scholr.platform.resilience.deadline import Deadline, remaining
from scholr.platform.resilience.errors import Cause, DeadlinePassed, DependencyUnavailable
from scholr.platform.resilience.guard import Guard, Guards
from scholr.platform.resilience.policy import POLICIES, BreakerPolicy, Dependency, Policy, RetryPolicy

POLICY = Policy(
    timeout=0.05,
    at_once=2,
    waiting=1,
    retry=RetryPolicy(attempts=3, first=0.001, longest=0.002, budget=0.1, reserve=3),
    breaker=BreakerPolicy(least=4, share=0.5, window=10.0, pause=5.0),
    fallback="Something else is shown.",
)


class Watch:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


class Flaky:
    """Fails as often as it is told to, then answers; counts how often it was asked."""

    def __init__(self, failures: int, error: Callable[[], Exception] = ConnectionError) -> None:
        self.failures = failures
        self.asked = 0
        self._error = error

    async def __call__(self) -> str:
        self.asked += 1
        if self.asked <= self.failures:
            raise self._error()
        return "answer"


def guard(policy: Policy = POLICY, watch: Watch | None = None) -> Guard:
    return Guard(Dependency.SEARCH, policy, now=watch or Watch())


async def answer() -> str:
    return "answer"


async def hang() -> str:
    await asyncio.sleep(60)
    return "too late"


async def caught(call: Awaitable[object]) -> DependencyUnavailable:
    with pytest.raises(DependencyUnavailable) as found:
        await call
    return found.value


async def test_a_call_that_hangs_ends_at_its_timeout() -> None:
    guarded = guard()

    error = await caught(guarded.call(hang))

    assert error.cause is Cause.TIMEOUT
    assert guarded.snapshot().timeouts == 1


async def test_no_call_lasts_longer_than_the_request_that_it_is_part_of() -> None:
    guarded = guard(replace(POLICY, timeout=30.0))

    with pytest.raises(TimeoutError):
        async with Deadline(0.02):
            await guarded.call(hang)


async def test_a_passed_deadline_is_not_held_against_the_dependency() -> None:
    guarded = guard(replace(POLICY, timeout=30.0))

    for _ in range(8):
        with pytest.raises((TimeoutError, DeadlinePassed)):
            async with Deadline(0.001):
                await guarded.call(hang)

    assert guarded.snapshot().breaker is BreakerState.CLOSED


async def test_an_inner_deadline_cannot_be_later_than_the_outer_one() -> None:
    async with Deadline(1.0):
        async with Deadline(60.0):
            left = remaining()
            assert left is not None and left <= 1.0
        async with Deadline(0.5):
            left = remaining()
            assert left is not None and left <= 0.5
    assert remaining() is None


async def test_what_may_be_repeated_is_repeated() -> None:
    work, guarded = Flaky(2), guard()

    assert await guarded.call(work, idempotent=True) == "answer"

    assert work.asked == 3
    assert guarded.snapshot().retries == 2


async def test_what_may_not_be_repeated_is_asked_once() -> None:
    work = Flaky(1)

    with pytest.raises(ConnectionError):
        await guard().call(work)

    assert work.asked == 1


async def test_an_answer_that_says_no_is_not_repeated_and_does_not_count_as_failure() -> None:
    guarded = guard()

    for _ in range(10):
        work = Flaky(1, NotFound)
        with pytest.raises(NotFound):
            await guarded.call(work, idempotent=True)
        assert work.asked == 1

    assert guarded.snapshot().breaker is BreakerState.CLOSED
    assert guarded.snapshot().failures == 0


async def test_retries_end_when_their_budget_is_spent() -> None:
    guarded = guard(replace(POLICY, breaker=replace(POLICY.breaker, least=1000)))
    works = [Flaky(99) for _ in range(20)]

    for work in works:
        with pytest.raises(ConnectionError):
            await guarded.call(work, idempotent=True)

    # Three were saved up, and twenty calls at one in ten add no more than two.
    assert 3 <= sum(work.asked - 1 for work in works) <= 5


async def test_an_open_breaker_refuses_without_asking_and_says_when_to_come_back() -> None:
    watch = Watch()
    guarded, work = guard(watch=watch), Flaky(99, lambda: Unavailable("gone"))
    for _ in range(4):
        with pytest.raises(Unavailable):
            await guarded.call(work)

    error = await caught(guarded.call(work, idempotent=True))

    assert work.asked == 4
    assert error.cause is Cause.OPEN
    assert error.retry_after == 5


async def test_exactly_one_probe_reaches_a_dependency_that_may_be_back() -> None:
    watch = Watch()
    guarded = guard(replace(POLICY, at_once=50, timeout=5.0), watch)
    for _ in range(4):
        with pytest.raises(ConnectionError):
            await guarded.call(Flaky(99))
    watch.seconds += 5
    asked = 0

    async def slow_answer() -> str:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.02)
        return "answer"

    outcomes = await asyncio.gather(*(guarded.call(slow_answer) for _ in range(50)), return_exceptions=True)

    assert asked == 1
    assert [each for each in outcomes if each == "answer"] == ["answer"]
    assert guarded.snapshot().breaker is BreakerState.CLOSED


async def test_only_so_many_run_and_only_so_many_wait() -> None:
    guarded = guard()
    release = asyncio.Event()

    async def held() -> str:
        await release.wait()
        return "answer"

    running = [asyncio.create_task(guarded.call(held)) for _ in range(2)]
    waiting = asyncio.create_task(guarded.call(answer))
    await asyncio.sleep(0)
    error = await caught(guarded.call(answer))
    state = guarded.snapshot()
    release.set()

    assert error.cause is Cause.FULL
    assert (state.in_use, state.waiting) == (2, 1)
    assert await asyncio.gather(*running, waiting) == ["answer"] * 3


async def test_whoever_has_less_time_stands_in_line_for_less() -> None:
    guarded = guard(replace(POLICY, timeout=5.0, at_once=1))
    holding = asyncio.create_task(guarded.call(hang))
    await asyncio.sleep(0)

    begun = asyncio.get_running_loop().time()
    error = await caught(guarded.call(answer, at_most=0.02))

    assert error.cause is Cause.FULL
    assert asyncio.get_running_loop().time() - begun < 0.5
    holding.cancel()
    await asyncio.gather(holding, return_exceptions=True)


async def test_those_who_wait_are_let_go_when_the_breaker_opens() -> None:
    guarded = guard(replace(POLICY, at_once=1, waiting=50, breaker=replace(POLICY.breaker, least=1)))
    asked = 0

    async def lost() -> str:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.01)
        raise ConnectionError

    outcomes = await asyncio.gather(*(guarded.call(lost) for _ in range(20)), return_exceptions=True)

    assert asked == 1
    assert sum(isinstance(each, DependencyUnavailable) for each in outcomes) == 19


async def test_a_caller_that_went_away_leaves_its_place() -> None:
    guarded = guard()

    for _ in range(3):
        call = asyncio.create_task(guarded.call(hang))
        await asyncio.sleep(0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)

    assert guarded.snapshot().in_use == 0
    assert guarded.snapshot().failures == 0
    assert await guarded.call(answer) == "answer"


async def test_what_operators_see_of_an_error_is_its_kind_and_nothing_of_what_was_asked() -> None:
    guarded = guard()

    with pytest.raises(ConnectionError):
        await guarded.call(Flaky(1, lambda: ConnectionError("could not reach mara@aldersea.example")))

    assert guarded.snapshot().last_error == "ConnectionError"


def test_every_dependency_has_a_policy_and_a_fallback_that_is_a_sentence() -> None:
    assert set(POLICIES) == set(Dependency)
    for dependency, policy in POLICIES.items():
        assert policy.fallback.endswith("."), dependency
        assert 0 < policy.timeout <= 30, dependency
        assert policy.at_once > 0 and policy.waiting >= 0, dependency


async def test_guards_of_a_process_are_made_when_they_are_first_asked_for() -> None:
    guards = Guards()

    await guards[Dependency.SEARCH].call(answer)

    assert [each.dependency for each in guards.snapshot()] == ["search"]
    assert guards[Dependency.SEARCH] is guards[Dependency.SEARCH]
