"""The one place where transactions begin and end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from scholr.kernel.errors import DomainError
from scholr.kernel.ids import PersonId, TenantId
from scholr.platform.db.pool import PoolView, explain, is_driver_error, open_pool
from scholr.platform.db.replica import PassedOver, Reading, Replica
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.db.standing import PrimaryPosition, primary_position
from scholr.platform.db.statement import DefinerCall, Statement
from scholr.platform.db.timing import StatementTimes
from scholr.platform.db.unit import ReadUnit, WriteUnit, close_session, set_tenant_sql
from scholr.platform.resilience.guard import Guard
from scholr.platform.resilience.patience import Patience

T = TypeVar("T")

_POSITION_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Binding:
    """For whom a transaction, or a part of one, works."""

    tenant_id: TenantId | None
    person_id: PersonId | None = None

    @property
    def sql(self) -> str:
        return set_tenant_sql(self.tenant_id, self.person_id)


@dataclass(slots=True)
class _Ambient:
    """`binding` is that of the innermost part that is open."""

    unit: WriteUnit
    task: asyncio.Task[object] | None
    binding: _Binding


_ambient: ContextVar[_Ambient | None] = ContextVar("scholr_ambient_unit", default=None)


class Database:
    """A pool of connections under one login, and the replica that answers some reads in its place.

    `timeouts`: the statement timeout in milliseconds of organisations whose plan has another one than the login.
    """

    def __init__(
        self, settings: DatabaseSettings, guard: Guard | None = None, *, replica: Replica | None = None
    ) -> None:
        self.settings = settings
        self.replica = replica
        self.timeouts: dict[UUID, int] = {}
        self.statements = replica.statements if replica else StatementTimes()  # one count for both
        self._reached = ""
        self._pool = open_pool(settings, self.statements, guard)

    async def close(self) -> None:
        await self._pool.close()
        if self.replica is not None:
            await self.replica.close()

    def _bind(self, tenant_id: TenantId | None, person_id: PersonId | None) -> str:
        sql = set_tenant_sql(tenant_id, person_id)
        if self.timeouts and tenant_id is not None and tenant_id in self.timeouts:
            return f"{sql}, set_config('statement_timeout', '{self.timeouts[tenant_id]:d}', true)"
        return sql

    def pool(self) -> PoolView:
        """How busy the connections are."""
        return self._pool.snapshot()

    @asynccontextmanager
    async def read(self, tenant_id: TenantId | None, *, person_id: PersonId | None = None) -> AsyncIterator[ReadUnit]:
        """Open a read-only transaction; inside an ambient unit, read in that one."""
        ambient = _joinable()
        if ambient is not None:
            async with _savepoint(ambient, _Binding(tenant_id, person_id)) as joined:
                yield joined
            return
        begin = f"begin read only; {self._bind(tenant_id, person_id)}"
        async with self._pool.borrow(tenant_id) as lease, _transaction(lease.raw, begin):
            unit = ReadUnit(lease.connection, lease.raw, tenant_id)
            try:
                yield unit
            finally:
                await close_session(unit)

    async def read_anywhere(
        self, tenant_id: TenantId | None, reading: Reading[T], *, person_id: PersonId | None = None
    ) -> T:
        """What `reading` finds, which may be some seconds old: only for what nobody looks up to see what they have
        just done, and for nothing that is kept, or decides.

        Read from the replica where there is one that is near enough, else here. `reading` may be run twice, the second
        time from its beginning, so that all it finds is what it returns. Inside an ambient unit it reads in that one.
        """
        if self.replica is not None and _joinable() is None:
            begin = f"begin read only; {self._bind(tenant_id, person_id)}"
            with suppress(PassedOver):
                return await self.replica.read(tenant_id, begin, reading, self._position)
        async with self.read(tenant_id, person_id=person_id) as rx:
            return await reading(rx)

    async def _position(self) -> PrimaryPosition | None:
        """How far the log is written; None where that cannot be had quickly."""
        try:
            async with Patience(_POSITION_SECONDS), self._pool.borrow() as lease:
                return await primary_position(lease.raw)
        except (OSError, DomainError, asyncpg.PostgresError):
            return None

    @asynccontextmanager
    async def write(self, tenant_id: TenantId | None, *, person_id: PersonId | None = None) -> AsyncIterator[WriteUnit]:
        """Open a transaction that commits when the block ends and rolls back when it raises.

        Inside an ambient unit (an idempotent request) the block becomes a savepoint of it.
        """
        ambient = _joinable()
        if ambient is not None:
            async with _savepoint(ambient, _Binding(tenant_id, person_id)) as unit:
                yield unit
            return
        async with self._pool.borrow(tenant_id) as lease:
            unit = WriteUnit(lease.connection, lease.raw, tenant_id)
            async with _transaction(lease.raw, f"begin; {self._bind(tenant_id, person_id)}"):
                try:
                    yield unit
                    await _flush(unit)
                finally:
                    await close_session(unit)
        for callback in unit._after_commit:
            callback()

    @asynccontextmanager
    async def ambient_write(
        self, tenant_id: TenantId | None, *, person_id: PersonId | None = None
    ) -> AsyncIterator[WriteUnit]:
        """A unit that every `read` and `write` of this task joins, so that all commit together or not at all.

        Each becomes a savepoint, bound to the tenant that it names: what fails inside one is undone and the
        rest stays. Tasks that are started meanwhile do not join, since one connection does one thing at a time.
        """
        async with self.write(tenant_id, person_id=person_id) as unit:
            token = _ambient.set(_Ambient(unit, asyncio.current_task(), _Binding(tenant_id, person_id)))
            try:
                yield unit
            finally:
                _ambient.reset(token)

    async def call(self, statement: Statement, tenant_id: TenantId, *args: object) -> list[asyncpg.Record]:
        """Run one statement that is a whole transaction by itself, in one round trip.

        The statement calls a SQL function that binds the tenant (`$1`) before it touches a table.
        """
        ambient = _joinable()
        if ambient is not None:
            async with _savepoint(ambient, _Binding(tenant_id)) as unit:
                return await unit.fetch(statement, *args)
        if self.timeouts and tenant_id in self.timeouts:
            async with self.write(tenant_id) as bounded:
                return await bounded.fetch(statement, *args)
        async with self._pool.borrow(tenant_id) as lease:
            return await lease.raw.fetch(statement.sql, tenant_id, *args)

    async def may_bypass_policies(self) -> bool:
        """Whether this login is a superuser or has BYPASSRLS, so that isolation would rest on one layer."""
        async with self._pool.borrow() as lease:
            return bool(
                await lease.raw.fetchval("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
            )

    async def ask(self, call: DefinerCall, *args: object) -> list[asyncpg.Record]:
        """Call a definer function that works without a tenant, as a transaction by itself, in one round trip."""
        ambient = _joinable()
        if ambient is not None:
            async with _savepoint(ambient, _Binding(None)) as unit:
                return await unit.ask(call, *args)
        async with self._pool.borrow() as lease:
            return await lease.raw.fetch(call.sql, *args)

    async def has_reached(self, revision: str) -> bool:
        """Whether the schema stands at `revision` or later; once it does it is not asked again: it never goes back."""
        if not self._reached >= revision:
            self._reached = await self.schema_revision() or ""
        return self._reached >= revision

    async def schema_revision(self) -> str | None:
        """The migration that the database stands at; None before the first one. Raises DatabaseUnreachable."""
        async with self._pool.borrow() as lease:
            try:
                found = await lease.raw.fetchval("select version_num from alembic_version")
            except asyncpg.UndefinedTableError:
                return None
        return str(found) if found else None


@asynccontextmanager
async def _transaction(raw: "asyncpg.Connection[Any]", begin: str) -> AsyncIterator[None]:
    try:
        await raw.execute(begin)
        yield
        await raw.execute("commit")
    except BaseException:
        await _roll_back(raw)
        raise


async def _roll_back(raw: "asyncpg.Connection[Any]") -> None:
    """Leave the connection clean; one that cannot be cleaned is closed, and the pool replaces it."""
    if raw.is_closed():
        return
    try:
        await raw.execute("rollback")
    except Exception:  # whatever it was: the next unit must not get a connection with half a transaction on it
        raw.terminate()


def _joinable() -> _Ambient | None:
    """The ambient unit, if this is the task that opened it."""
    ambient = _ambient.get()
    return ambient if ambient is not None and ambient.task is asyncio.current_task() else None


@asynccontextmanager
async def _savepoint(ambient: _Ambient, binding: _Binding) -> AsyncIterator[WriteUnit]:
    """A part of the ambient transaction with a tenant and a session of its own."""
    outer, enclosing = ambient.unit, ambient.binding
    raw, unit = outer.raw, WriteUnit(outer.connection, outer.raw, binding.tenant_id)
    await _flush(outer)
    await raw.execute(f"savepoint use_case; {binding.sql}")
    ambient.binding = binding
    try:
        yield unit
        await _flush(unit)
    except BaseException as error:
        if not raw.is_closed():
            await raw.execute("rollback to savepoint use_case; release savepoint use_case")
        if is_driver_error(error):
            explain(error)  # here, since what handles errors stands inside the ambient unit
        raise
    else:
        await raw.execute(f"release savepoint use_case; {enclosing.sql}")
        outer._after_commit.extend(unit._after_commit)
    finally:
        ambient.binding = enclosing
        await close_session(unit)


async def _flush(unit: ReadUnit) -> None:
    if unit._session is not None:
        await unit._session.flush()
