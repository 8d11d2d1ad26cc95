"""The flags of a process: what is known of them, heard of again within seconds, and never waited for.

A kill is heard within HEARD_WITHIN seconds in every process: also while the pool has no connection to give (the look
then opens one of its own), and, through the kill file, while the database is away.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from scholr.kernel.errors import DomainError
from scholr.kernel.ids import parse_id
from scholr.platform.db.database import Database
from scholr.platform.db.statement import DefinerCall
from scholr.platform.flags.errors import SwitchedOff
from scholr.platform.flags.flag import ON, Flag
from scholr.platform.flags.kill_file import KillFile
from scholr.platform.flags.rules import Ordered, Rule, Scope, ordered

log = structlog.get_logger("scholr.flags")

REFRESH = 2.0
PATIENCE = 1.0
HEARD_WITHIN = REFRESH + 3 * PATIENCE
"""Seconds: asleep, waiting for the pool, connecting, asking."""

_RULES = DefinerCall("platform_flag_rules", 1)
_OUTAGES = (DomainError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


@dataclass(frozen=True, slots=True)
class FlagsView:
    """`version` is the number of the last change that was heard of, -1 before anything was."""

    version: int
    killed: int
    looks: int
    failures: int


class Flags:
    """Without a database everything has its default. `declared` is what operators may switch, in their order."""

    def __init__(
        self, db: Database | None = None, kill_file: Path | None = None, declared: Sequence[Flag] = ()
    ) -> None:
        self._db = db
        self.declared = tuple(declared)
        self._file = KillFile(kill_file)
        self._stored: Sequence[Rule] = ()
        self._rules: Mapping[str, Ordered] = {}
        self._version = -1
        self._looks = self._failures = 0
        self._is_deaf = False

    def variant(
        self,
        flag: Flag,
        *,
        tenant_id: UUID | None = None,
        member_id: UUID | None = None,
        cohort_id: UUID | None = None,
    ) -> str:
        """Never waits, never fails. Shares are shares of members, and of organisations where no member is named."""
        found = self._rules.get(flag.key)
        return flag.default if found is None else found.variant_for(flag, tenant_id, member_id, cohort_id)

    def is_on(
        self,
        flag: Flag,
        *,
        tenant_id: UUID | None = None,
        member_id: UUID | None = None,
        cohort_id: UUID | None = None,
    ) -> bool:
        return self.variant(flag, tenant_id=tenant_id, member_id=member_id, cohort_id=cohort_id) == ON

    def require(self, flag: Flag, *, tenant_id: UUID | None = None, member_id: UUID | None = None) -> None:
        """Raises SwitchedOff where the flag is not on."""
        if not self.is_on(flag, tenant_id=tenant_id, member_id=member_id):
            raise SwitchedOff(flag.sentence)

    def is_killed(self, key: str) -> bool:
        found = self._rules.get(key)
        return found is not None and found.is_killed

    def is_killed_here(self, key: str) -> bool:
        """By this machine's kill file, which stands beside whatever the database says."""
        return key in self._file.killed

    async def look(self) -> None:
        """Hear of what was changed; what cannot be asked stays as it was."""
        self._looks += 1
        changed = self._file.look()
        try:
            rows = await self._ask()
            self._is_deaf = False
        except _OUTAGES as error:
            self._note_failure(error)
            rows = []
        if rows:
            self._version = rows[0]["version"]
            self._stored = _understood(rows)
        if rows or changed:
            self._rules = ordered([*self._stored, *(Rule(key=key, scope=Scope.KILL) for key in self._file.killed)])

    def _note_failure(self, error: BaseException) -> None:
        """Once an outage: a line with every look of every process would hide what it is about."""
        self._failures += 1
        if not self._is_deaf:
            log.warning("the flags could not be looked at; what is known of them stays", reason=type(error).__name__)
        self._is_deaf = True

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """What was said before is known when the block begins; what is said meanwhile is heard within seconds."""
        await self.look()
        following = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    def snapshot(self) -> FlagsView:
        killed = sum(each.is_killed for each in self._rules.values())
        return FlagsView(self._version, killed, self._looks, self._failures)

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(REFRESH)
            await self.look()

    async def _ask(self) -> list[asyncpg.Record]:
        if self._db is None:
            return []
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._db.ask(_RULES, self._version)
        except _OUTAGES:
            return await _ask_alone(self._db.settings.dsn, self._version)


async def _ask_alone(dsn: str, version: int) -> list[asyncpg.Record]:
    """On a connection of its own: a switch must be heard when every other one waits for what it would switch off."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(dsn, timeout=PATIENCE, statement_cache_size=0)
    try:
        return await connection.fetch(_RULES.sql, version, timeout=PATIENCE)
    finally:
        connection.terminate()


def _understood(rows: Sequence[asyncpg.Record]) -> list[Rule]:
    """Scopes and subjects that only a newer version knows are passed over, or the switches beside them would never be
    heard of again."""
    found, strange = [], set()
    for row in rows:
        if row["key"] is None:  # there are no rules
            continue
        if row["scope"] not in _SCOPES or (row["scope"] in _BY_ID and parse_id(row["subject"]) is None):
            strange.add(row["key"])
            continue
        found.append(_rule(row))
    if strange:
        log.warning("rules that this version does not understand are passed over", keys=sorted(strange))
    return found


_SCOPES = frozenset(Scope)
_BY_ID = frozenset({Scope.TENANT, Scope.COHORT})


def _rule(row: asyncpg.Record) -> Rule:
    return Rule(
        key=row["key"], scope=Scope(row["scope"]), subject=row["subject"], variant=row["variant"], share=row["share"]
    )
