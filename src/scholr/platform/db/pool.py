"""The open connections of one login, lent out one at a time.

SQLAlchemy opens them and the ORM works on them; lending is done here, because its own pool costs several times as
much for each loan as a statement of the hot paths takes to send (`docs/adr/0012-a-pool-of-our-own.md`).
"""

import time
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, cast

import asyncpg
import structlog
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from scholr.platform.db.errors import (
    DatabaseBusy,
    DatabaseFull,
    DatabaseLost,
    DatabaseUnreachable,
    is_disk_full,
    is_server_full,
    is_server_gone,
)
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.db.timing import StatementTimes, time_orm, timed_connection
from scholr.platform.db.turns import Party, Turns
from scholr.platform.resilience.errors import DependencyUnavailable
from scholr.platform.resilience.guard import Guard

log = structlog.get_logger("scholr.database")

_OLDEST_SECONDS = 1800.0


@dataclass(slots=True, eq=False)
class Lease:
    """One connection as both see it: the ORM's, and the driver's below it."""

    connection: AsyncConnection
    raw: "asyncpg.Connection[Any]"
    opened_at: float = field(default_factory=time.monotonic)
    holder: Party | None = None

    @property
    def is_usable(self) -> bool:
        """Not closed by either side, and not too old."""
        return not self.raw.is_closed() and time.monotonic() - self.opened_at < _OLDEST_SECONDS

    @property
    def is_clean(self) -> bool:
        """With nothing left open on it by whoever had it: neither by the ORM nor at the driver below it."""
        orm = self.connection.sync_connection
        return orm is not None and not orm.in_transaction() and not self.raw.is_in_transaction()


@dataclass(frozen=True, slots=True)
class PoolView:
    """Now: `size`, `in_use`, `idle`, `waiting`. Since the process began: loans that had to `wait`, for how many
    seconds in all, and those that were `refused`, because none came back in time."""

    size: int
    in_use: int
    idle: int
    waiting: int
    waited: int
    waited_seconds: float
    refused: int


class Pool:
    """At most `size` connections; the one that came back last goes out first. Organisations take turns (`turns`)."""

    def __init__(self, engine: AsyncEngine, size: int, patience: float, guard: Guard | None = None) -> None:
        self._engine = engine
        self._guard = guard
        self._turns = Turns(size, patience)
        self._idle: deque[Lease] = deque()
        self._is_closed = False

    async def acquire(self, who: Hashable = None) -> Lease:
        """A connection for an organisation, or for nobody's work.

        Raises DatabaseBusy when too many wait, or none came back within `patience` seconds; or DatabaseUnreachable.
        """
        turns = self._turns
        holder = turns.take(who) or await turns.wait(who)
        try:
            while self._idle:
                lease = self._idle.pop()
                if lease.is_usable:
                    lease.holder = holder
                    return lease
                await _discard(lease)
            lease = await self._open()
            lease.holder = holder
        except BaseException:
            turns.give_back(holder)
            raise
        return lease

    async def release(self, lease: Lease) -> None:
        holder, lease.holder = lease.holder, None
        try:
            if lease.is_usable and lease.is_clean and not self._is_closed:
                self._idle.append(lease)
            else:
                await _discard(lease)
        finally:
            if holder is not None:
                self._turns.give_back(holder)

    async def close(self) -> None:
        """Close what is idle now, and the rest as it comes back."""
        self._is_closed = True
        while self._idle:
            await _discard(self._idle.pop())
        await self._engine.dispose()

    def borrow(self, who: Hashable = None) -> "_Loan":
        return _Loan(self, who)

    def snapshot(self) -> PoolView:
        turns = self._turns.snapshot()
        return PoolView(
            turns.size,
            turns.in_use,
            len(self._idle),
            turns.waiting,
            turns.waited,
            turns.waited_seconds,
            turns.refused,
        )

    async def _open(self) -> Lease:
        if self._guard is None:
            return await self._connect()
        try:
            return await self._guard.call(self._connect)
        except DependencyUnavailable as error:
            raise DatabaseUnreachable(retry_after=error.retry_after) from error

    async def _connect(self) -> Lease:
        try:
            connection = await self._engine.connect()
            raw = (await connection.get_raw_connection()).driver_connection
        except (OSError, asyncpg.PostgresError, DBAPIError) as error:
            if is_server_full(error):
                raise DatabaseBusy(retry_after=2) from error
            if isinstance(error, OSError) or is_server_gone(error):
                raise DatabaseUnreachable(retry_after=5) from error
            raise
        return Lease(connection, cast("asyncpg.Connection[Any]", raw))


def open_pool(settings: DatabaseSettings, statements: StatementTimes, guard: Guard | None = None) -> Pool:
    """The engine runs in autocommit because the unit of work itself sends BEGIN together with the tenant, in one round
    trip; SQLAlchemy must not send a second one."""
    engine = create_async_engine(
        make_url(settings.dsn).set(drivername="postgresql+asyncpg"),
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
        pool_reset_on_return=None,
        hide_parameters=True,
        connect_args={
            "timeout": 5,
            "server_settings": _server_settings(settings),
            "connection_class": timed_connection(statements),
        },
    )
    time_orm(engine, statements)
    return Pool(engine, settings.pool_size, settings.pool_timeout, guard)


def _server_settings(settings: DatabaseSettings) -> dict[str, str]:
    return {
        "application_name": settings.application_name,
        "statement_timeout": str(int(settings.statement_timeout * 1000)),
        "idle_in_transaction_session_timeout": str(int(settings.idle_timeout * 1000)),
        "plan_cache_mode": "force_generic_plan",
        "jit": "off",
    }


class _Loan:
    """`async with`: a connection, given back at the end; a broken one is said to be lost. (A class: twice as quick
    as a generator, and every statement of the hot paths passes here.)"""

    __slots__ = ("_lease", "_pool", "_who")

    def __init__(self, pool: Pool, who: Hashable) -> None:
        self._pool = pool
        self._who = who

    async def __aenter__(self) -> Lease:
        self._lease = await self._pool.acquire(self._who)
        return self._lease

    async def __aexit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        broken = isinstance(error, asyncpg.InternalClientError)
        if broken:
            # The driver's own state broke, which happens while a server shuts down: nobody may go on with it.
            self._lease.raw.terminate()
        await self._pool.release(self._lease)
        if broken:
            raise DatabaseLost(retry_after=5) from error
        if error is not None and is_driver_error(error):
            explain(error)


def is_driver_error(error: BaseException) -> bool:
    return isinstance(error, (asyncpg.PostgresError, asyncpg.InterfaceError, DBAPIError))


def explain(error: BaseException) -> None:
    """Raise what went wrong with the server rather than with the statement."""
    if is_server_gone(error):
        raise DatabaseLost(retry_after=5) from error
    if is_disk_full(error):
        log.error("the database has no room left")
        raise DatabaseFull(retry_after=60) from error


async def _discard(lease: Lease) -> None:
    try:
        if lease.raw.is_closed():
            await lease.connection.invalidate()
        await lease.connection.close()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, DBAPIError):
        lease.raw.terminate()
