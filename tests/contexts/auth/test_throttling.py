"""Slowing down guesses, with clocks that do not agree."""

from datetime import datetime, timedelta
from uuid import uuid4

from scholr.contexts.auth import repository
from scholr.platform.runtime import Platform
from tests.support.clock import MovableClock


async def attempt(platform: Platform, key: bytes, at: datetime, free: int = 3) -> int:
    return await repository.count_attempt(platform.db, [(key, free)], at)


async def test_each_attempt_beyond_the_free_ones_waits_twice_as_long(platform: Platform, clock: MovableClock) -> None:
    key, waits = uuid4().bytes, []
    for _ in range(7):
        wait = await attempt(platform, key, clock.now())
        waits.append(wait)
        if wait:
            clock.advance(timedelta(seconds=wait))
    assert waits == [0, 0, 0, 1, 0, 2, 0]


async def test_waiting_has_an_end_and_a_quarter_of_an_hour_forgets(platform: Platform, clock: MovableClock) -> None:
    key, longest = uuid4().bytes, 0
    for _ in range(40):
        longest = max(longest, await attempt(platform, key, clock.now()))
        clock.advance(timedelta(seconds=20))
    assert 0 < longest <= 900
    clock.advance(timedelta(minutes=31))
    assert [await attempt(platform, key, clock.now()) for _ in range(3)] == [0, 0, 0]


async def test_a_server_whose_clock_is_behind_does_not_make_people_wait(
    platform: Platform, clock: MovableClock
) -> None:
    key, now = uuid4().bytes, clock.now()
    assert await attempt(platform, key, now) == 0
    assert await attempt(platform, key, now - timedelta(seconds=20)) == 0


async def test_a_clock_that_was_wrong_by_hours_locks_nobody_out(platform: Platform, clock: MovableClock) -> None:
    key, now = uuid4().bytes, clock.now()
    for _ in range(4):
        await attempt(platform, key, now + timedelta(hours=9))
    assert [await attempt(platform, key, now) for _ in range(3)] == [0, 0, 0]


async def test_success_gives_the_attempt_back(platform: Platform, clock: MovableClock) -> None:
    own, shared, now = uuid4().bytes, uuid4().bytes, clock.now()
    for _ in range(10):
        assert await repository.count_attempt(platform.db, [(own, 3), (shared, 3)], now) == 0
        await repository.forgive(platform.db, own=[own], shared=[shared])
