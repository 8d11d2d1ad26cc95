"""Sealing again, with the current key, what lies sealed with one that is to be dropped.

Each batch is a transaction of its own, and what is sealed with the current key already is passed over: stopped in the
middle, it goes on where it was when it is started again, and two at once do no harm.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import asyncpg

from scholr.platform.security.encryption import Undecryptable, Vault
from scholr.platform.security.keys import KeyRing

BATCH = 500
_FIRST = UUID(int=0)
# PostgreSQL itself quotes the names.
_UPDATE = "select format('update %I set %I = $1 where %I = $2', $1::text, $2::text, $3::text)"


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column that holds what `Vault(keys, purpose)` sealed. `key` is a column of type uuid that is the primary key,
    and `setting` what row-level security compares it with (`app.person_id`). The group scholr_definer may read `key`.
    """

    table: str
    key: str
    column: str
    purpose: str
    setting: str

    def __post_init__(self) -> None:
        if not all(name.isidentifier() for name in (self.table, self.key, self.column)):
            raise ValueError("a sealed column is named by plain identifiers")


class Standing(StrEnum):
    """Which key something lies under: the current one, a retired one, or none that is known."""

    CURRENT = "current"
    RETIRED = "retired"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Batch:
    """How one batch stood before it was sealed again."""

    current: int
    retired: int
    unknown: int


async def look_through(
    admin: "asyncpg.Connection[Any]", column: SealedColumn, keys: KeyRing, *, reseal: bool, size: int = BATCH
) -> AsyncIterator[Batch]:
    """Every row, in batches; with `reseal`, those under a retired key are sealed with the current one."""
    vault, after = Vault(keys, column.purpose), _FIRST
    while found := await _next_keys(admin, column, after, size):
        async with admin.transaction():
            # Not as a superuser: row-level security stays on, and each row is opened by its own person.
            await admin.execute("set local role scholr_owner")
            standings = [await _one(admin, column, each, vault, reseal=reseal) for each in found]
        yield Batch(*(standings.count(each) for each in (Standing.CURRENT, Standing.RETIRED, Standing.UNKNOWN)))
        after = found[-1]


async def _next_keys(admin: "asyncpg.Connection[Any]", column: SealedColumn, after: UUID, size: int) -> Sequence[UUID]:
    async with admin.transaction():
        await admin.execute("set local role scholr_definer")
        rows = await admin.fetch(
            f"select {column.key} from {column.table} where {column.key} > $1 order by {column.key} limit $2",
            after,
            size,
        )
    return [row[0] for row in rows]


async def _one(
    admin: "asyncpg.Connection[Any]", column: SealedColumn, key: UUID, vault: Vault, *, reseal: bool
) -> Standing:
    await admin.execute("select set_config($1, $2, true)", column.setting, str(key))
    lock = " for update" if reseal else ""
    sealed = await admin.fetchval(f"select {column.column} from {column.table} where {column.key} = $1{lock}", key)
    if sealed is None or vault.is_current(sealed):  # gone in the meantime, or as it should be
        return Standing.CURRENT
    try:
        fresh = vault.reseal(sealed)
    except Undecryptable:
        return Standing.UNKNOWN
    if reseal:
        update = await admin.fetchval(_UPDATE, column.table, column.column, column.key)
        await admin.execute(update, fresh, key)
    return Standing.RETIRED
