"""Loading a value once for all who wait for it: in this process, and in the deployment where it shares a store."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import structlog

from scholr.kernel.errors import DomainError, ErrorKind
from scholr.kernel.ids import new_id
from scholr.platform.cache.entry import Entry, Garbage, decode_value, make_entry
from scholr.platform.cache.flights import Flights
from scholr.platform.cache.memory import MemoryStore
from scholr.platform.cache.port import Store, StoreGone
from scholr.platform.cache.shelves import Place, Seen, Shelves
from scholr.platform.db.errors import is_server_gone

T = TypeVar("T")
Load = Callable[[], Awaitable[T | None]]

log = structlog.get_logger("scholr.cache")

_LOOK_AGAIN = (0.02, 0.05)
_MOST_HELD_OFF = 1000
_TELL_EVERY = 10.0
"""Seconds between two lines about one region; how many loads fail is counted (`load_errors`)."""


class CacheBusy(DomainError):
    code = "busy"
    kind = ErrorKind.UNAVAILABLE
    message = "Too many people are asking for this at once. Please try again in a moment."


@dataclass(frozen=True, slots=True)
class LoadingSettings:
    """`patience` is how long a load waits for its turn, `hold_off` how long after a failed load what is kept is shown
    before anybody tries again; both in seconds.
    """

    patience: float = 5.0
    hold_off: float = 1.0


class Loading:
    def __init__(self, shelves: Shelves, settings: LoadingSettings) -> None:
        self._shelves = shelves
        self._settings = settings
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._flights: Flights[Entry] = Flights()
        self._held_off: dict[str, float] = {}
        self._told: dict[str, float] = {}

    def begin(self, place: Place[T], seen: Seen, load: Load[T]) -> asyncio.Task[Entry]:
        """The load that is going on, or a new one; one that began before the last announcement is not joined."""
        task, is_new = self._flights.begin((place.key, seen.versions), partial(self._fly, place, seen, load))
        if not is_new:
            place.figures.waits += 1
        return task

    async def wait_for(self, task: asyncio.Task[Entry]) -> Entry:
        """Whoever is cancelled here leaves the load to the others."""
        return await asyncio.shield(task)

    def is_held_off(self, place: Place[Any]) -> bool:
        """Whether loading failed a moment ago."""
        until = self._held_off.get(place.key)
        if until is None:
            return False
        if time.monotonic() < until:
            return True
        del self._held_off[place.key]
        return False

    async def counted(self, place: Place[T], load: Load[T]) -> T | None:
        """One call of `load`, counted; an outage is noted."""
        place.figures.loads += 1
        try:
            value = await load()
        except Exception as error:
            place.figures.load_errors += 1
            if is_outage(error):
                self._hold_off(place, error)
            raise
        if self._held_off:
            self._held_off.pop(place.key, None)
        return value

    async def close(self) -> None:
        await self._flights.close()

    async def _fly(self, place: Place[T], seen: Seen, load: Load[T]) -> Entry:
        if isinstance(seen.store, MemoryStore):
            return await self._load(place, seen, load)
        async with self._leased(place, seen) as loaded_meanwhile:
            if loaded_meanwhile is not None:
                return loaded_meanwhile
            # Looked at only now: another process may have loaded it while the lease was waited for.
            now_seen = await self._shelves.look_again(place)
            return self._loaded_meanwhile(place, now_seen) or await self._load(place, now_seen, load)

    async def _load(self, place: Place[T], seen: Seen, load: Load[T]) -> Entry:
        async with self._turn(place):
            value = await self.counted(place, partial(_in_time, place.region.load_seconds, load))
        entry = make_entry(place.region, value, seen.versions, self._shelves.now())
        await self._shelves.keep(place, seen.store, entry)
        return entry

    @asynccontextmanager
    async def _turn(self, place: Place[Any]) -> AsyncIterator[None]:
        """Raises CacheBusy when none came within the patience."""
        turns = self._turns.setdefault(place.region.name, asyncio.Semaphore(place.region.most_loads))
        try:
            async with asyncio.timeout(self._settings.patience):
                await turns.acquire()
        except TimeoutError as error:
            place.figures.refused += 1
            raise CacheBusy(retry_after=2) from error
        try:
            yield
        finally:
            turns.release()

    @asynccontextmanager
    async def _leased(self, place: Place[Any], seen: Seen) -> AsyncIterator[Entry | None]:
        """Hold the one lease of the deployment; or yields what its holder loaded while it was waited for.

        A lease ends by itself, so that a holder that was killed stands in nobody's way for longer than one load
        may take. Where the store does not answer there is no lease: what was seen is good for another moment if it
        may still be shown, and otherwise each process loads by itself.
        """
        store, name, holder = seen.store, f"lease:{place.key}", new_id().hex
        try:
            loaded = await self._wait_for_lease(place, store, name, holder)
        except StoreGone:
            place.figures.store_errors += 1
            yield seen.entry if seen.may_be_shown(self._shelves.now()) else None
            return
        try:
            yield loaded
        finally:
            if loaded is None:
                await self._release(place, store, name, holder)

    async def _wait_for_lease(self, place: Place[Any], store: Store, name: str, holder: str) -> Entry | None:
        seconds = place.region.load_seconds
        give_up = time.monotonic() + 2 * seconds + 1
        while not await store.lease(name, holder, seconds):
            if time.monotonic() > give_up:
                place.figures.refused += 1
                raise CacheBusy(retry_after=2)
            await asyncio.sleep(random.uniform(*_LOOK_AGAIN))
            loaded = self._loaded_meanwhile(place, await self._shelves.look_again(place))
            if loaded is not None:
                place.figures.waits += 1
                return loaded
        return None

    def _loaded_meanwhile(self, place: Place[Any], seen: Seen) -> Entry | None:
        """What another process has put there, unless that is garbage."""
        if seen.entry is None or not seen.is_fresh(self._shelves.now()):
            return None
        try:
            decode_value(place.region, seen.entry)
        except Garbage:
            return None
        return seen.entry

    async def _release(self, place: Place[Any], store: Store, name: str, holder: str) -> None:
        try:
            await store.release(name, holder)
        except StoreGone:
            place.figures.store_errors += 1

    def _hold_off(self, place: Place[Any], error: Exception) -> None:
        self._tell(place.region.name, error)
        if len(self._held_off) >= _MOST_HELD_OFF:
            self._held_off.clear()
        self._held_off[place.key] = time.monotonic() + self._settings.hold_off

    def _tell(self, region: str, error: Exception) -> None:
        """Now and then: during an outage what cannot be loaded may be everything that is asked for."""
        if time.monotonic() - self._told.get(region, -_TELL_EVERY) >= _TELL_EVERY:
            self._told[region] = time.monotonic()
            log.warning("could not load", region=region, reason=type(error).__name__)


async def _in_time(seconds: float, load: Load[T]) -> T | None:
    """Raises TimeoutError, which counts like every other outage."""
    async with asyncio.timeout(seconds):
        return await load()


def is_outage(error: BaseException) -> bool:
    """Whether what is kept may stand in: something outside could not be asked. A refusal or a bug is none."""
    if isinstance(error, DomainError):
        return error.kind is ErrorKind.UNAVAILABLE
    return isinstance(error, OSError) or is_server_gone(error)
