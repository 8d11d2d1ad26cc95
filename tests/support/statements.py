"""Counting what a request asks of the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Engine, event

_OF_THE_PROCESS = "platform_tenant_plans"
"""What a process asks by itself every few seconds, whoever's request comes first."""

_TRANSACTION = ("begin", "commit", "rollback", "savepoint", "release")


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """Every statement that the application sends meanwhile, without the begin and end of transactions."""
    sent: list[str] = []

    def note(query: str) -> None:
        if not query.lower().startswith(_TRANSACTION) and _OF_THE_PROCESS not in query:
            sent.append(query)

    def by_orm(_connection: Any, _cursor: Any, query: str, *_rest: Any) -> None:
        note(query)

    def listening(patch: pytest.MonkeyPatch, name: str) -> None:
        original = getattr(asyncpg.Connection, name)

        async def counted(self: Any, query: str, *args: Any, **options: Any) -> Any:
            note(query)
            return await original(self, query, *args, **options)

        patch.setattr(asyncpg.Connection, name, counted)

    event.listen(Engine, "before_cursor_execute", by_orm)
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name in ("fetch", "fetchrow", "fetchval", "execute", "executemany"):
                listening(patch, name)
            yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", by_orm)
