"""The door in front of an exam."""

import asyncio

import pytest

from scholr.contexts.assessment.errors import ExamCrowded
from scholr.contexts.assessment.service.admission import Door


async def _stay(door: Door, log: list[int], name: int, leave: asyncio.Event) -> None:
    async with door.pass_through():
        log.append(name)
        await leave.wait()


async def test_only_so_many_are_inside_and_the_rest_follow_in_order() -> None:
    door, log, leave = Door(inside=2, most_waiting=10), list[int](), asyncio.Event()
    tasks = [asyncio.create_task(_stay(door, log, n, leave)) for n in range(6)]
    await asyncio.sleep(0.01)
    assert log == [0, 1]
    leave.set()
    await asyncio.gather(*tasks)
    assert log == [0, 1, 2, 3, 4, 5]
    async with door.pass_through():  # nothing was left behind
        pass


async def test_a_full_queue_and_a_long_wait_are_told_when_to_come_again() -> None:
    door, leave = Door(inside=1, most_waiting=1, patience=0.05, retry_after=3), asyncio.Event()
    inside = asyncio.create_task(_stay(door, [], 0, leave))
    await asyncio.sleep(0)
    waiting = asyncio.create_task(_stay(door, [], 1, leave))
    await asyncio.sleep(0)
    with pytest.raises(ExamCrowded) as full:
        async with door.pass_through():
            pass
    with pytest.raises(ExamCrowded):
        await waiting
    assert full.value.retry_after == 3
    leave.set()
    await inside
    async with door.pass_through():
        pass


async def test_who_gives_up_takes_nobodys_place() -> None:
    door, leave = Door(inside=1, most_waiting=5), asyncio.Event()
    log: list[int] = []
    tasks = [asyncio.create_task(_stay(door, log, n, leave)) for n in range(4)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.gather(tasks[1], return_exceptions=True)
    leave.set()
    await asyncio.gather(tasks[0], tasks[2], tasks[3])
    assert log == [0, 2, 3]
    async with asyncio.timeout(1), door.pass_through():
        pass


async def test_a_place_given_at_the_moment_of_giving_up_goes_to_the_next() -> None:
    door, leave = Door(inside=1, most_waiting=5), asyncio.Event()
    log: list[int] = []
    first = asyncio.create_task(_stay(door, log, 0, leave))
    await asyncio.sleep(0)
    second = asyncio.create_task(_stay(door, log, 1, asyncio.Event()))
    third = asyncio.create_task(_stay(door, log, 2, leave))
    await asyncio.sleep(0)
    leave.set()
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    async with asyncio.timeout(1):
        await third
    assert log[-1] == 2
