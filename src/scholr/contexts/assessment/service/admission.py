"""A door that opens as fast as the house can take people in.

Starting is cheap, but a thousand starts in one second queue up somewhere: better here, in order and
bounded, than in the connection pool in front of everybody else's requests. The door does nothing while
there is room.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from scholr.contexts.assessment.errors import ExamCrowded
from scholr.platform.db.database import Database
from scholr.platform.runtime import Platform


@dataclass(slots=True, eq=False)
class Door:
    """At most `inside` at a time and `most_waiting` in the queue, each for `patience` seconds at most.

    Belongs to one event loop. Whoever cannot be let in gets ExamCrowded with the seconds to wait.
    """

    inside: int = 6
    most_waiting: int = 2_000
    patience: float = 15.0
    retry_after: int = 2
    _present: int = 0
    _queue: "deque[asyncio.Future[None]]" = field(default_factory=deque)

    @asynccontextmanager
    async def pass_through(self) -> AsyncIterator[None]:
        if self._present >= self.inside:
            await self._wait()
        else:
            self._present += 1
        try:
            yield
        finally:
            self._leave()

    async def _wait(self) -> None:
        """Whoever is let in takes over the place of the one who left."""
        if len(self._queue) >= self.most_waiting:
            raise ExamCrowded(retry_after=self.retry_after)
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(place)
        try:
            async with asyncio.timeout(self.patience):
                await place
        except BaseException as error:
            if place.done() and not place.cancelled():
                self._leave()  # let in at the very moment of giving up: the next one goes instead
            elif place in self._queue:
                self._queue.remove(place)
            if isinstance(error, TimeoutError):
                raise ExamCrowded(retry_after=self.retry_after) from error
            raise

    def _leave(self) -> None:
        while self._queue:
            place = self._queue.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._present -= 1


_doors: "WeakKeyDictionary[Database, Door]" = WeakKeyDictionary()


def door_of(platform: Platform) -> Door:
    """One door for each process's connection pool; it leaves some connections to everybody else."""
    found = _doors.get(platform.db)
    if found is None:
        found = _doors[platform.db] = Door(inside=max(1, platform.db.settings.pool_size * 6 // 10))
    return found
