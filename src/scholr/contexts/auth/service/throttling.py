"""Slowing down those who guess, without telling them whether there is anything to guess."""

import hashlib
from dataclasses import dataclass

from scholr.contexts.auth import repository
from scholr.contexts.auth.errors import TooManyAttempts
from scholr.platform.runtime import Platform

# Attempts that pass within fifteen minutes; each further one waits twice as long. One account from one address gets
# few, so that a stranger who hammers an account slows himself down and not its owner; a whole address gets many,
# because a school sits behind one: a class of 200 may be signing in at the same moment, and each attempt counts until
# it has succeeded.
_ACCOUNT_FROM_ADDRESS = 5
_ACCOUNT = 20
_ADDRESS = 300


@dataclass(frozen=True, slots=True)
class Attempt:
    """A counted attempt. `succeeded` gives it back."""

    own: tuple[bytes, ...]
    shared: tuple[bytes, ...]

    async def succeeded(self, platform: Platform) -> None:
        await repository.forgive(platform.db, own=self.own, shared=self.shared)


async def count_attempt(platform: Platform, *, action: str, account: str, address: str) -> Attempt:
    """Count before trying, so that many at once gain nothing. Raises TooManyAttempts with seconds to wait."""
    both, alone = _key(action, account, address), _key(action, account)
    shared = _key(action, "", address)
    limits = [(both, _ACCOUNT_FROM_ADDRESS), (alone, _ACCOUNT), (shared, _ADDRESS)]
    wait = await repository.count_attempt(platform.db, limits, platform.clock.now())
    if wait > 0:
        raise TooManyAttempts(f"Too many attempts. Try again in {_spoken(wait)}.", retry_after=wait)
    return Attempt((both, alone), (shared,))


def _key(*parts: str) -> bytes:
    """Neither an address nor an e-mail is kept in the table, only a hash to compare with."""
    return hashlib.sha256("\x00".join(parts).encode()).digest()


def _spoken(seconds: int) -> str:
    if seconds < 90:
        return f"{seconds} seconds" if seconds != 1 else "one second"
    return f"{round(seconds / 60)} minutes"
