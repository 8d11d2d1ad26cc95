"""The unit of work: one transaction, one tenant, reads and writes as different types."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from scholr.kernel.events import Event
from scholr.kernel.ids import TenantId
from scholr.platform.db.statement import DefinerCall, Statement
from scholr.platform.db.tenancy import TenantSession
from scholr.platform.outbox.record import insert_events


@dataclass(slots=True, eq=False)
class ReadUnit:
    """A transaction that only reads. `tenant_id` None sees no tenant rows at all."""

    connection: AsyncConnection
    raw: "asyncpg.Connection[asyncpg.Record]"
    tenant_id: TenantId | None
    _session: AsyncSession | None = field(default=None, init=False)

    @property
    def session(self) -> AsyncSession:
        """The ORM session of this transaction, made when first used; the tenant is added to every statement."""
        if self._session is None:
            self._session = AsyncSession(
                bind=self.connection,
                sync_session_class=TenantSession,
                expire_on_commit=False,
                info={"tenant_id": self.tenant_id},
            )
        return self._session

    async def fetch(self, statement: Statement, *args: object) -> list[asyncpg.Record]:
        """Run a hot statement; `$1` is this unit's tenant, `args` start at `$2`. jsonb comes back as text."""
        return await self.raw.fetch(statement.sql, self.tenant_id, *args)

    async def ask(self, call: DefinerCall, *args: object) -> list[asyncpg.Record]:
        """Call a definer function inside this transaction; it sees what its own body allows, not the tenant's rows."""
        return await self.raw.fetch(call.sql, *args)

    async def fetch_row(self, statement: Statement, *args: object) -> asyncpg.Record | None:
        return await self.raw.fetchrow(statement.sql, self.tenant_id, *args)

    async def fetch_value(self, statement: Statement, *args: object) -> Any:  # a column of any type
        return await self.raw.fetchval(statement.sql, self.tenant_id, *args)


@dataclass(slots=True, eq=False)
class WriteUnit(ReadUnit):
    """A transaction that may write. Events emitted here commit with the state, or not at all."""

    _after_commit: list[Callable[[], None]] = field(default_factory=list, init=False)

    def require_tenant(self) -> TenantId:
        if self.tenant_id is None:
            raise RuntimeError("this use case needs a tenant and was opened without one")
        return self.tenant_id

    async def execute(self, statement: Statement, *args: object) -> int:
        """Run a hot write; returns the number of rows that it touched."""
        status = await self.raw.execute(statement.sql, self.tenant_id, *args)
        return int(status.rsplit(" ", 1)[-1]) if status[-1].isdigit() else 0

    async def execute_many(self, statement: Statement, rows: Sequence[Sequence[object]]) -> None:
        await self.raw.executemany(statement.sql, [(self.tenant_id, *row) for row in rows])

    async def emit(self, *events: Event) -> None:
        """Add events to the outbox in this transaction, after what the ORM has pending."""
        if self._session is not None:
            await self._session.flush()
        await insert_events(self.raw, events)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Run `callback` once this transaction has committed; it must not fail and must not wait."""
        self._after_commit.append(callback)


async def close_session(unit: ReadUnit) -> None:
    if unit._session is not None:
        await unit._session.close()


def set_tenant_sql(tenant_id: TenantId | None, person_id: UUID | None) -> str:
    """SQL that binds the tenant and the person to the transaction. Only UUIDs are spliced in."""
    tenant = str(UUID(str(tenant_id))) if tenant_id else ""
    person = str(UUID(str(person_id))) if person_id else ""
    return f"select set_config('app.tenant_id', '{tenant}', true), set_config('app.person_id', '{person}', true)"
