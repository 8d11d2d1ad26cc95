"""Reads that may be a few seconds old, from a streaming replica. Whatever goes wrong there, the primary is to answer.

That holds for every error, also for one of ours: what the replica does not find may only be too new for it, so a no is
believed when the primary says it (`docs/adr/0021-reads-that-may-be-stale.md`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import TypeVar

import structlog

from scholr.kernel.ids import TenantId
from scholr.platform.db.pool import Lease, open_pool
from scholr.platform.db.settings import ReplicaSettings
from scholr.platform.db.standing import (
    PrimaryPosition,
    ReplicaPosition,
    Standing,
    Verdict,
    judge,
    replica_position,
)
from scholr.platform.db.timing import StatementTimes
from scholr.platform.db.unit import ReadUnit, close_session
from scholr.platform.resilience.errors import Cause, DeadlinePassed, DependencyUnavailable
from scholr.platform.resilience.guard import Guard
from scholr.platform.resilience.patience import Patience

T = TypeVar("T")

Reading = Callable[[ReadUnit], Awaitable[T]]
AskPrimary = Callable[[], Awaitable[PrimaryPosition | None]]

log = structlog.get_logger("scholr.database")

_OPENING = 1.0
"""Seconds for a connection and its first answer. (The policy's timeout is for a read as a whole.)"""


class PassedOver(Exception):
    """The replica has not answered, and nothing of what it may have said was handed out."""


@dataclass(frozen=True, slots=True)
class ReplicaView:
    """Since the process began: `reads` that it answered, those that were `passed_over` to the primary, and how many of
    these because it was `behind`. `lag_seconds` as last measured, None where it is not known."""

    state: Standing
    lag_seconds: float | None
    most_lag_seconds: float
    reads: int
    passed_over: int
    behind: int
    connections: int


class Replica:
    """Connections of the application's login to a standby of the same server. Not for several threads."""

    def __init__(self, settings: ReplicaSettings, guard: Guard) -> None:
        self.statements = StatementTimes()
        self._settings = settings
        self._guard = guard
        self._pool = open_pool(settings.database, self.statements)
        self._measuring = asyncio.Lock()
        self._measured_at = float("-inf")
        self._verdict = Verdict(Standing.UNKNOWN)
        self._reads = self._passed_over = self._behind = 0

    async def close(self) -> None:
        await self._pool.close()

    def snapshot(self) -> ReplicaView:
        return ReplicaView(
            state=self._verdict.standing,
            lag_seconds=self._verdict.lag,
            most_lag_seconds=self._settings.most_lag,
            reads=self._reads,
            passed_over=self._passed_over,
            behind=self._behind,
            connections=self._pool.snapshot().in_use,
        )

    async def read(self, tenant_id: TenantId | None, begin: str, reading: Reading[T], primary: AskPrimary) -> T:
        """What `reading` finds in a transaction that `begin` opens and binds to the tenant.

        Raises PassedOver when the primary has to be asked instead, DeadlinePassed when there is no time left for that.
        """
        try:
            answer = await self._answer(tenant_id, begin, reading, primary)
        except DeadlinePassed:
            raise
        except PassedOver:
            self._passed_over += 1
            raise
        except Exception as error:  # whatever it was: the same is asked of the primary, and what that says is raised
            self._passed_over += 1
            log.info("read from the primary instead of the replica", because=type(error).__name__)
            raise PassedOver from error
        self._reads += 1
        return answer

    async def _answer(self, tenant_id: TenantId | None, begin: str, reading: Reading[T], primary: AskPrimary) -> T:
        if self._guard.breaker.is_refusing:  # before the primary is asked how far it is, for nothing
            raise PassedOver
        if not await self._is_fresh(primary):
            raise PassedOver
        return await self._guard.call(lambda: self._read(tenant_id, begin, reading))

    async def _read(self, tenant_id: TenantId | None, begin: str, reading: Reading[T]) -> T:
        async with AsyncExitStack() as stack:
            async with Patience(_OPENING):
                lease = await stack.enter_async_context(self._pool.borrow(tenant_id))
                stack.enter_context(_ended_by_errors(lease))
                await lease.raw.execute(begin)
            unit = ReadUnit(lease.connection, lease.raw, tenant_id)
            try:
                answer = await reading(unit)
            finally:
                await close_session(unit)
            await lease.raw.execute("commit")
        return answer

    async def _is_fresh(self, primary: AskPrimary) -> bool:
        """As last measured; whoever comes when that is too long ago measures again, and others wait for the answer."""
        if self._is_due():
            async with self._measuring:
                if self._is_due():
                    await self._measure(primary)
        if self._verdict.standing is Standing.BEHIND:
            self._behind += 1
        return self._verdict.standing is Standing.FRESH

    def _is_due(self) -> bool:
        return time.monotonic() - self._measured_at >= self._settings.measure_every

    async def _measure(self, primary: AskPrimary) -> None:
        try:
            before = await primary()
            replica = await self._guard.call(self._position, at_most=_OPENING)
        except Exception as error:
            if not (isinstance(error, DependencyUnavailable) and error.cause is Cause.FULL):
                self._verdict = Verdict(Standing.AWAY)
            raise
        finally:  # also in vain, or all who wait would try in turn
            self._measured_at = time.monotonic()
        self._verdict = judge(before, replica, most_lag=self._settings.most_lag)
        if self._verdict.standing not in (Standing.FRESH, Standing.BEHIND):
            log.warning("the replica is not read from", standing=self._verdict.standing.value)

    async def _position(self) -> ReplicaPosition:
        async with self._pool.borrow() as lease:
            with _ended_by_errors(lease):
                return await replica_position(lease.raw)


@contextmanager
def _ended_by_errors(lease: Lease) -> Iterator[None]:
    """Whatever it was, the connection is closed: a server that hangs would not answer a rollback either."""
    try:
        yield
    except BaseException:
        lease.raw.terminate()
        raise
