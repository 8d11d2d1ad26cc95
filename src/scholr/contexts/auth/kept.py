"""Who was proven a moment ago may read on while the database cannot be asked."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from scholr.kernel.actor import Actor
from scholr.platform.cache.facade import Cache
from scholr.platform.cache.loading import is_outage
from scholr.platform.cache.region import Region
from scholr.platform.http.context import Viewer

REMEMBERED = timedelta(minutes=2)
"""How long after its last proof a session or a token may read what is kept, while the database cannot be asked."""

KEPT_AGAIN_AFTER = 5.0
"""Seconds for which the same answer is not kept once more: most requests find what the one before them found."""

_MOST_NOTED = 1000


@dataclass(frozen=True, slots=True)
class Proven:
    """Who somebody is, as the database said it."""

    actor: Actor
    viewer: Viewer
    session_id: str | None = None


# Of one process only, by the hash of what was shown, and never shown while the database answers.
PROVEN = Region(
    name="auth.proven",
    holds=Proven,
    fresh=0,
    rescue=REMEMBERED.total_seconds(),
    is_global=True,
    stays_here=True,
    most_entries=5000,
    most_bytes=4 * 1024 * 1024,
)


class KeptProofs:
    """Asks each time, and keeps what was answered."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._noted: OrderedDict[str, tuple[float, Proven]] = OrderedDict()

    async def ask(self, key: str, ask: Callable[[], Awaitable[Proven | None]]) -> Proven | None:
        """What `ask` answers; in an outage what it answered last, for as long as that is remembered."""
        try:
            found = await ask()
        except Exception as error:
            if not is_outage(error):
                raise
            return (await self._cache.get_fresh(PROVEN, None, key, _raising(error))).value
        if not self._is_noted(key, found):
            await self._cache.get_fresh(PROVEN, None, key, _answering(found))
            self._note(key, found)
        return found

    def _is_noted(self, key: str, found: Proven | None) -> bool:
        """Whether the same is kept already: what was revoked or changed is kept at once."""
        noted = self._noted.get(key)
        return noted is not None and time.monotonic() - noted[0] < KEPT_AGAIN_AFTER and noted[1] == found

    def _note(self, key: str, found: Proven | None) -> None:
        self._noted.pop(key, None)
        if found is not None:
            self._noted[key] = (time.monotonic(), found)
            while len(self._noted) > _MOST_NOTED:
                self._noted.popitem(last=False)


def _raising(error: Exception) -> Callable[[], Awaitable[Proven | None]]:
    async def load() -> Proven | None:
        raise error

    return load


def _answering(found: Proven | None) -> Callable[[], Awaitable[Proven | None]]:
    async def load() -> Proven | None:
        return found

    return load
