"""Passwords: Argon2id in a small pool of threads, so that the event loop never waits for one."""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from scholr.kernel.errors import Unavailable
from scholr.platform.memory import give_back

T = TypeVar("T")

# OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, two passes, one lane. The pool bounds the memory.
MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1
THREADS = 2
LONGEST_QUEUE = 64
QUIET_SECONDS = 1.0
"""After the last password: the next ones would need the memory again, a third of what a hash costs."""


class PasswordsBusy(Unavailable):
    code = "busy"
    message = "Too many people are signing in at once. Please try again in a moment."


@dataclass(frozen=True, slots=True)
class Verdict:
    """`fresh_hash` is set when the password was right and its hash was made with older parameters."""

    right: bool
    fresh_hash: str | None = None


class Passwords:
    """Hashes and compares; more than LONGEST_QUEUE callers at once are told to come back."""

    def __init__(self, threads: int = THREADS, quiet_seconds: float = QUIET_SECONDS) -> None:
        self._hasher = PasswordHash((Argon2Hasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES),))
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="scholr-password")
        self._decoy = self._hasher.hash("the password of nobody")
        self._waiting = 0
        self._quiet_seconds = quiet_seconds
        self._quiet: asyncio.TimerHandle | None = None

    async def hash(self, password: str) -> str:
        """A salted hash in PHC string form. Raises PasswordsBusy."""
        return await self._run(lambda: self._hasher.hash(normal_password(password)))

    async def verify(self, password: str, stored: str | None) -> Verdict:
        """Compare with a stored hash. None (no such account) takes as long and is never right."""
        return await self._run(lambda: self._compare(normal_password(password), stored))

    def _compare(self, password: str, stored: str | None) -> Verdict:
        right, fresh = self._hasher.verify_and_update(password, stored or self._decoy)
        return Verdict(right, fresh) if stored is not None else Verdict(False)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= LONGEST_QUEUE:
            raise PasswordsBusy(retry_after=2)
        self._waiting += 1
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
            if self._quiet is not None:
                self._quiet.cancel()
            self._quiet = loop.call_later(self._quiet_seconds, self._threads.submit, give_back)


@cache
def passwords() -> Passwords:
    """The one pool of this process, made when the first password arrives."""
    return Passwords()


def normal_password(password: str) -> str:
    """One form for what different keyboards send as the same text (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFC", password)
