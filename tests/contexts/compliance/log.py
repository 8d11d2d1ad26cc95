"""What tests of the audit log need: its entries, and a superuser who tampers with them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg

from scholr.contexts.compliance import queries
from scholr.contexts.compliance.adapters.shelves import StoredShelf
from scholr.contexts.compliance.model import Entry
from scholr.contexts.compliance.service.signing import sign_checkpoint, signer_of
from scholr.contexts.compliance.service.verifying import Verdict, verify
from scholr.kernel.ids import TenantId
from scholr.platform.runtime import Platform
from tests.support.database import TestDatabase
from tests.support.delivery import settle
from tests.support.school import School

Admin: TypeAlias = "asyncpg.Connection[Any]"


async def entries_of(school: School) -> list[Entry]:
    """All of them, in the order of the chain."""
    async with school.platform.db.read(school.tenant_id) as rx:
        return await queries.chain_from(rx, 0, 10**9, 10_000)


async def actions_of(school: School) -> list[str]:
    return [entry.action for entry in await entries_of(school)]


async def with_entries(school: School, many: int) -> list[Entry]:
    """Let members be added until the log has some entries."""
    for _ in range(many):
        await school.person()
    await settle(school.platform)
    return await entries_of(school)


async def judged(platform: Platform, tenant_id: TenantId, *, outside: bool = True) -> Verdict:
    shelf = StoredShelf(platform.storage) if outside else None
    return await verify(platform.db, tenant_id, signer_of(platform).public, shelf)


async def signed(school: School) -> int:
    """A checkpoint where the chain ends; returns the entry's number."""
    made = await sign_checkpoint(school.platform, school.tenant_id)
    assert made is not None
    return made.seq


@asynccontextmanager
async def superuser(database: TestDatabase) -> AsyncIterator[Admin]:
    """Somebody who owns the server and has switched the triggers off."""
    connection = await asyncpg.connect(database.admin)
    try:
        await connection.execute("set session_replication_role = replica")
        yield connection
    finally:
        await connection.close()
