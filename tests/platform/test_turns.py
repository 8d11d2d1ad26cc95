"""Organisations take turns for connections, and none holds them all."""

import asyncio
from collections.abc import Sequence

import pytest

from scholr.platform.db import turns as module
from scholr.platform.db.errors import DatabaseBusy
from scholr.platform.db.turns import Party, Turns


def take_all(turns: Turns, who: str) -> list[Party]:
    """As many places as it gets at once."""
    found = []
    while (party := turns.take(who)) is not None:
        found.append(party)
    return found


async def line_up(turns: Turns, who: str, served: list[str], count: int) -> "Sequence[asyncio.Task[Party]]":
    async def wait() -> Party:
        party = await turns.wait(who)
        served.append(who)
        return party

    tasks = [asyncio.create_task(wait()) for _ in range(count)]
    await asyncio.sleep(0)
    return tasks


@pytest.mark.parametrize(("size", "most"), [(1, 1), (3, 3), (4, 3), (5, 4), (10, 8)])
def test_the_last_quarter_is_kept_for_whoever_comes_next(size: int, most: int) -> None:
    turns = Turns(size, 5.0)
    assert len(take_all(turns, "A")) == most
    assert len(take_all(turns, "B")) == size - most


def test_work_of_no_organisation_has_no_bound() -> None:
    turns = Turns(4, 5.0)
    assert [turns.take(None) is not None for _ in range(5)] == [True] * 4 + [False]


async def test_those_who_wait_are_served_in_turns_not_by_who_came_first() -> None:
    turns, served = Turns(1, 5.0), list[str]()
    held = turns.take("A")
    tasks = [*await line_up(turns, "A", served, 6), *await line_up(turns, "B", served, 2)]
    for _ in range(8):
        assert held is not None
        turns.give_back(held)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        held = next(task.result() for task in tasks if task.done())
        tasks = [task for task in tasks if not task.done()]
    assert served == ["A", "B", "A", "B", "A", "A", "A", "A"]


async def test_while_another_waits_nobody_gets_more_than_half() -> None:
    turns, served = Turns(4, 5.0), list[str]()
    ours, theirs = take_all(turns, "A"), take_all(turns, "B")
    assert (len(ours), len(theirs)) == (3, 1)
    await line_up(turns, "A", served, 2)
    await line_up(turns, "B", served, 2)
    turns.give_back(ours.pop())
    await asyncio.sleep(0)
    assert served == ["B"]
    turns.give_back(ours.pop())
    await asyncio.sleep(0)
    assert served == ["B", "A"]


async def test_slow_statements_of_one_do_not_keep_another_waiting() -> None:
    """All the noisy one may hold is held, and more of it waits; somebody else is served at once."""
    turns, served = Turns(8, 5.0), list[str]()
    take_all(turns, "A")
    await line_up(turns, "A", served, 20)
    assert turns.take("B") is not None
    assert served == []


async def test_who_gives_up_takes_no_turn_and_passes_on_the_one_that_came_in_the_same_moment() -> None:
    turns, served = Turns(1, 5.0), list[str]()
    held = turns.take("A")
    [first] = await line_up(turns, "A", served, 1)
    [second] = await line_up(turns, "B", served, 1)
    assert held is not None
    turns.give_back(held)
    first.cancel()
    assert isinstance(await second, Party)
    assert served == ["B"]
    [third] = await line_up(turns, "A", served, 1)
    third.cancel()
    await asyncio.gather(third, return_exceptions=True)
    turns.give_back(second.result())
    assert turns.snapshot().in_use == turns.snapshot().waiting == 0


async def test_when_a_competitor_leaves_the_line_the_other_may_have_more() -> None:
    turns, served = Turns(4, 5.0), list[str]()
    ours, theirs = take_all(turns, "A"), take_all(turns, "B")
    await line_up(turns, "A", served, 1)
    [gone] = await line_up(turns, "B", served, 1)
    turns.give_back(theirs.pop())
    await asyncio.sleep(0)
    assert served == ["B"], "the first in turn is at its share"
    turns.give_back(gone.result())
    await asyncio.sleep(0)
    assert served == ["B"], "alone in the line, but the last quarter is not for it"
    turns.give_back(ours.pop())
    await asyncio.sleep(0)
    assert served == ["B", "A"]


async def test_a_line_has_an_end_and_says_how_long_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 4)
    turns, served = Turns(1, 5.0), list[str]()
    held = turns.take("A")
    waiting = await line_up(turns, "A", served, 2)
    with pytest.raises(DatabaseBusy) as refused:
        await turns.wait("A")
    assert refused.value.retry_after == 1
    others = await line_up(turns, "B", served, 2)
    with pytest.raises(DatabaseBusy):
        await turns.wait("C")
    assert turns.snapshot().refused == 2
    for task in (*waiting, *others):
        task.cancel()
    await asyncio.gather(*waiting, *others, return_exceptions=True)
    assert held is not None
    turns.give_back(held)
    assert turns.take("C") is not None


async def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PARTIES", 2)
    turns = Turns(1, 0.02)
    turns.take("A")
    with pytest.raises(DatabaseBusy) as refused:
        await turns.wait("B")
    assert refused.value.retry_after == 2
    assert turns.take("C") is turns.take("D") is None
    assert len(turns._parties) <= 3, "who holds nothing and waits for nothing is forgotten"
