"""Token buckets of one process, kept as the time at which each is full again.

The generic cell rate algorithm (ITU-T I.371): one float for a bucket, no timer that fills anything. A request takes
from all of its buckets or from none.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from scholr.platform.ratelimit.quotas import Quota, Scope

MOST_BUCKETS = 50_000


@dataclass(frozen=True, slots=True)
class Claim:
    """A bucket that a request takes from."""

    scope: Scope
    key: str
    quota: Quota


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a request fared. `debts`: for each claim, the seconds until its bucket is full again.

    `wait` is 0 for a request that may go on; otherwise the seconds until all that refused it would let it pass, and
    `violated` names them.
    """

    claims: Sequence[Claim]
    debts: tuple[float, ...]
    wait: float = 0.0
    violated: tuple[Scope, ...] = ()


class Buckets:
    """Not for several threads: it belongs to one event loop. `now` is a monotonic clock in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._full_at: dict[str, float] = {}

    @property
    def count(self) -> int:
        """How many buckets are not full, or were not when they were last looked at."""
        return len(self._full_at)

    def take(self, claims: Sequence[Claim], cost: int) -> Verdict:
        """Take `cost` units from every bucket; from none when one of them has not as many."""
        now, full_at = self._now(), self._full_at
        after, wait = [], 0.0
        for claim in claims:
            debt = full_at.get(claim.key, now) - now
            owed = (debt if debt > 0.0 else 0.0) + cost / claim.quota.rate
            after.append(owed)
            over = owed - claim.quota.window
            if over > wait:
                wait = over
        if wait > 1e-9:
            return self._refused(claims, after, cost, wait)
        for claim, owed in zip(claims, after, strict=True):
            full_at[claim.key] = now + owed
        if len(full_at) > MOST_BUCKETS:
            self._forget(now)
        return Verdict(claims, tuple(after))

    async def settle(self) -> None:
        """Let what was taken be known to the other processes that share these buckets; here there are none."""

    async def close(self) -> None:
        """Nothing is taken any more."""

    def shared_state(self) -> Mapping[str, int]:
        """How sharing goes, in counts; empty where nothing is shared."""
        return {}

    def _refused(self, claims: Sequence[Claim], after: Sequence[float], cost: int, wait: float) -> Verdict:
        violated = tuple(
            claim.scope for claim, owed in zip(claims, after, strict=True) if owed - claim.quota.window > 1e-9
        )
        debts = tuple(owed - cost / claim.quota.rate for claim, owed in zip(claims, after, strict=True))
        return Verdict(claims, debts, wait, violated)

    def _forget(self, now: float) -> None:
        """Full buckets need no memory. If that is not enough, the fullest half goes too: they lose the least."""
        kept = sorted(((key, at) for key, at in self._full_at.items() if at > now), key=lambda pair: pair[1])
        self._full_at = dict(kept[-MOST_BUCKETS // 2 :])
