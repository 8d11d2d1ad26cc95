"""How long each statement takes, counted where every statement passes: at the driver's connection.

A statement is known by its text, which holds no values: those travel beside it. What binds a tenant to a
transaction is spliced into `begin` and `savepoint`: these are counted by their first word, and their text is not kept.
"""

import re
from dataclasses import dataclass
from hashlib import blake2s
from time import perf_counter
from typing import Any, ClassVar

import asyncpg
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from scholr.platform.observability.trace import note_call

MOST_STATEMENTS = 1000
OTHER = "other statements"

_UNNAMED = {word[:5]: word for word in ("begin", "commit", "rollback", "savepoint", "release")}
"""By their first five letters, as this program writes them."""
_TARGET = re.compile(r"\b(?:from|into|update|join|perform)\s+(?:only\s+)?([a-z_][a-z0-9_.]*)")
_FUNCTION = re.compile(r"^\s*select\s+([a-z_][a-z0-9_]*)\s*\(")
_SPACE = re.compile(r"\s+")


class StatementCount:
    """`sql` is the text that is sent, empty where it is not kept. `seconds` and `longest` are as the program waits."""

    __slots__ = ("calls", "failed", "longest", "name", "seconds", "sql")

    def __init__(self, name: str, sql: str) -> None:
        self.name, self.sql = name, sql
        self.calls = self.failed = 0
        self.seconds = self.longest = 0.0


@dataclass(frozen=True, slots=True)
class StatementView:
    name: str
    sql: str
    calls: int
    failed: int
    seconds: float
    longest: float


class StatementTimes:
    """Of one login in one process."""

    def __init__(self) -> None:
        self._by_sql: dict[str, StatementCount] = {}
        self._unnamed: dict[str, StatementCount] = {}
        self.folded = 0

    def note(self, sql: str, begun: float, *, failed: bool) -> None:
        """`begun` is a `perf_counter` reading."""
        seconds = perf_counter() - begun
        count = self._by_sql.get(sql) or self._counted(sql)
        count.calls += 1
        count.seconds += seconds
        if seconds > count.longest:
            count.longest = seconds
        if failed:
            count.failed += 1
        note_call(count.name, begun, seconds, failed=failed, facts=_FACTS)

    def snapshot(self) -> list[StatementView]:
        """Since the process began, what took the most time in all first."""
        counts = sorted([*self._by_sql.values(), *self._unnamed.values()], key=lambda each: -each.seconds)
        return [StatementView(c.name, c.sql, c.calls, c.failed, c.seconds, c.longest) for c in counts]

    def _counted(self, sql: str) -> StatementCount:
        name = _UNNAMED.get(sql[:5].lower())
        if name is not None:
            return self._without_text(name)
        if len(self._by_sql) >= MOST_STATEMENTS:
            self.folded += 1
            return self._without_text(OTHER)
        text = _SPACE.sub(" ", sql).strip()
        found = self._by_sql[sql] = StatementCount(name_of(text), text)
        return found

    def _without_text(self, name: str) -> StatementCount:
        found = self._unnamed.get(name)
        if found is None:
            found = self._unnamed[name] = StatementCount(name, "")
        return found


_FACTS = {"db.system.name": "postgresql"}


def name_of(sql: str) -> str:
    """The verb, what it is about, and four digits that tell it from others like it: `select catalog_course 3fa2`."""
    lower = sql.lower()
    found = _FUNCTION.match(lower) or _TARGET.search(lower)
    about = f" {found[1]}" if found else ""
    verb = next(iter(lower.split()), "")
    return f"{verb}{about} {blake2s(sql.encode(), digest_size=2).hexdigest()}"


class TimedConnection(asyncpg.Connection):
    """The driver's connection, whose statements are timed. The ORM passes by it, see `time_orm`."""

    __slots__ = ()
    times: ClassVar[StatementTimes]

    async def fetch(self, query: str, *args: Any, **options: Any) -> Any:
        begun = perf_counter()
        try:
            answer = await super().fetch(query, *args, **options)
        except BaseException:
            self.times.note(query, begun, failed=True)
            raise
        self.times.note(query, begun, failed=False)
        return answer

    async def fetchrow(self, query: str, *args: Any, **options: Any) -> Any:
        begun = perf_counter()
        try:
            answer = await super().fetchrow(query, *args, **options)
        except BaseException:
            self.times.note(query, begun, failed=True)
            raise
        self.times.note(query, begun, failed=False)
        return answer

    async def fetchval(self, query: str, *args: Any, **options: Any) -> Any:
        begun = perf_counter()
        try:
            answer = await super().fetchval(query, *args, **options)
        except BaseException:
            self.times.note(query, begun, failed=True)
            raise
        self.times.note(query, begun, failed=False)
        return answer

    async def execute(self, query: str, *args: Any, **options: Any) -> str:
        begun = perf_counter()
        try:
            answer = await super().execute(query, *args, **options)
        except BaseException:
            self.times.note(query, begun, failed=True)
            raise
        self.times.note(query, begun, failed=False)
        return answer

    async def executemany(self, command: str, args: Any, **options: Any) -> None:
        begun = perf_counter()
        failed = True
        try:
            await super().executemany(command, args, **options)
            failed = False
        finally:
            self.times.note(command, begun, failed=failed)


def timed_connection(times: StatementTimes) -> type[TimedConnection]:
    """The class that the driver is to make connections of, for one login."""
    return type("TimedConnection", (TimedConnection,), {"__slots__": (), "times": times})


def time_orm(engine: AsyncEngine, times: StatementTimes) -> None:
    """Time what the ORM sends: it prepares statements by itself."""

    def begin(_connection: Any, _cursor: Any, _sql: str, _parameters: Any, context: Any, _many: bool) -> None:
        context.scholr_begun = perf_counter()

    def end(_connection: Any, _cursor: Any, sql: str, _parameters: Any, context: Any, _many: bool) -> None:
        times.note(sql, context.scholr_begun, failed=False)

    def broke(error: Any) -> None:
        begun = getattr(error.execution_context, "scholr_begun", None)
        if begun is not None and error.statement is not None:
            times.note(error.statement, begun, failed=True)

    event.listen(engine.sync_engine, "before_cursor_execute", begin)
    event.listen(engine.sync_engine, "after_cursor_execute", end)
    event.listen(engine.sync_engine, "handle_error", broke)
