"""One task at a time for each thing, whoever gives up waiting for it."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

from scholr.platform.resilience.deadline import outlive_deadline

R = TypeVar("R")


class Flights(Generic[R]):
    """What is going on, each in a task of its own, so that it does not end with the request that began it.

    Wait for a task behind `asyncio.shield`: whoever is cancelled there leaves it to the others.
    """

    def __init__(self) -> None:
        self._going_on: dict[Hashable, asyncio.Task[R]] = {}

    def begin(self, key: Hashable, load: Callable[[], Coroutine[Any, Any, R]]) -> tuple[asyncio.Task[R], bool]:
        """The task that is going on, or a new one; and whether it is new."""
        going_on = self._going_on.get(key)
        if going_on is not None:
            return going_on, False
        task = asyncio.create_task(_on_its_own(load))
        self._going_on[key] = task
        task.add_done_callback(lambda done: self._landed(key, done))
        return task, True

    async def close(self) -> None:
        going_on = list(self._going_on.values())
        for task in going_on:
            task.cancel()
        await asyncio.gather(*going_on, return_exceptions=True)

    def _landed(self, key: Hashable, task: asyncio.Task[R]) -> None:
        del self._going_on[key]
        if not task.cancelled():
            task.exception()  # whoever waits gets it; one that nobody waits for has counted and logged it


async def _on_its_own(load: Callable[[], Coroutine[Any, Any, R]]) -> R:
    outlive_deadline()
    return await load()
