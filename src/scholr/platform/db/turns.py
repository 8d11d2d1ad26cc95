"""Who gets the next connection: organisations take turns, whatever each of them asks for.

One organisation holds at most half of the connections while another one waits, and never the last quarter: those are
there for whoever comes next, so that nobody has to wait for the slow statements of somebody else. Work that belongs to
no organisation (who is asking, is the schema right) takes turns like one, and has no bound.
"""

import asyncio
import math
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field

from scholr.platform.db.errors import DatabaseBusy

MOST_WAITING = 400
"""For each connection, how many may wait; one organisation may make up half of the line."""

_LONGEST_SAID = 30
_PARTIES = 1_000


@dataclass(slots=True, eq=False)
class Party:
    """An organisation (or None) as the pool sees it. `share` counts while others wait, `ceiling` always."""

    who: Hashable
    share: int
    ceiling: int
    held: int = 0
    waiting: "deque[asyncio.Future[None]]" = field(default_factory=deque)


@dataclass(frozen=True, slots=True)
class TurnsState:
    """`waiting` now; counts since the process began; waits in seconds, `last_wait` of who was served
    last from the line."""

    size: int
    in_use: int
    waiting: int
    waited: int
    waited_seconds: float
    refused: int
    last_wait: float


class Turns:
    """`size` places. Not for several threads: it belongs to one event loop."""

    def __init__(self, size: int, patience: float) -> None:
        self._size = self._free = size
        self._patience = patience
        self._parties: dict[Hashable, Party] = {}
        self._line: deque[Party] = deque()
        self._waiting = self._waited = self._refused = 0
        self._last_wait = self._waited_seconds = 0.0

    def snapshot(self) -> TurnsState:
        in_use = self._size - self._free
        return TurnsState(
            self._size, in_use, self._waiting, self._waited, self._waited_seconds, self._refused, self._last_wait
        )

    def take(self, who: Hashable) -> Party | None:
        """A place at once, to be given back; None when there is none for this organisation just now."""
        party = self._parties.get(who)
        if party is None:
            party = self._enter(who)
        if not self._free or party.held >= (party.share if self._line else party.ceiling):
            return None
        self._free -= 1
        party.held += 1
        return party

    async def wait(self, who: Hashable) -> Party:
        """A place, to be given back; raises DatabaseBusy when the line is too long or patience ends."""
        party = self._parties.get(who) or self._enter(who)
        most = MOST_WAITING * self._size
        if self._waiting >= most or len(party.waiting) >= most // 2:
            raise self._busy()
        loop = asyncio.get_running_loop()
        turn, began = loop.create_future(), loop.time()
        self._stand_in_line(party, turn)
        try:
            async with asyncio.timeout(self._patience):
                await turn
        except BaseException as error:
            self._leave_line(party, turn)
            if isinstance(error, TimeoutError):
                raise self._busy(at_least=2) from error
            raise
        self._waited += 1
        self._last_wait = loop.time() - began
        self._waited_seconds += self._last_wait
        return party

    def give_back(self, party: Party) -> None:
        self._free += 1
        party.held -= 1
        if self._line:
            self._hand_out()

    def _enter(self, who: Hashable) -> Party:
        if len(self._parties) >= _PARTIES:
            self._parties = {key: each for key, each in self._parties.items() if each.held or each.waiting}
        size = self._size
        share, ceiling = (size, size) if who is None else ((size + 1) // 2, size - size // 4)
        party = self._parties[who] = Party(who, share, ceiling)
        return party

    def _stand_in_line(self, party: Party, turn: "asyncio.Future[None]") -> None:
        if not party.waiting:
            self._line.append(party)
        party.waiting.append(turn)
        self._waiting += 1
        self._hand_out()

    def _leave_line(self, party: Party, turn: "asyncio.Future[None]") -> None:
        """Whoever gives up takes no turn, and hands on the one that came in the same moment."""
        if turn.done() and not turn.cancelled():
            self.give_back(party)
            return
        if turn in party.waiting:
            party.waiting.remove(turn)
            self._waiting -= 1
            if not party.waiting:
                self._line.remove(party)
        self._hand_out()

    def _hand_out(self) -> None:
        while self._free and (party := self._next()):
            turn = party.waiting.popleft()
            self._waiting -= 1
            self._line.remove(party)
            if party.waiting:
                self._line.append(party)
            if not turn.done():
                self._free -= 1
                party.held += 1
                turn.set_result(None)

    def _next(self) -> Party | None:
        """The first in line that may have more; at most two are at their share at any time."""
        alone = len(self._line) == 1
        return next((each for each in self._line if each.held < (each.ceiling if alone else each.share)), None)

    def _busy(self, at_least: int = 1) -> DatabaseBusy:
        """Those who were served last have waited as long as whoever comes now will have to."""
        self._refused += 1
        return DatabaseBusy(retry_after=min(_LONGEST_SAID, max(at_least, math.ceil(self._last_wait))))
