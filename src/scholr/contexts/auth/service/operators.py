"""Who looks after the deployment. Asked over an administrator's connection: the program's own may change nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg


@dataclass(frozen=True, slots=True)
class OperatorView:
    """One stay of a person; `removed_at` None while it lasts."""

    email: str
    name: str
    added_at: datetime
    added_by: str
    removed_at: datetime | None
    removed_by: str | None
    has_second_step: bool


async def add_operator(admin: "asyncpg.Connection[Any]", *, email: str, by: str, now: datetime) -> str:
    """`added`, `was` one already, or `unknown`: the person needs an account first."""
    return str(await admin.fetchval("select auth_operator_add($1, $2, $3)", email, by, now))


async def remove_operator(admin: "asyncpg.Connection[Any]", *, email: str, by: str, now: datetime) -> str:
    """`removed`, or `unknown`."""
    return str(await admin.fetchval("select auth_operator_remove($1, $2, $3)", email, by, now))


async def list_operators(admin: "asyncpg.Connection[Any]") -> Sequence[OperatorView]:
    """Those who are, then those who were."""
    return [OperatorView(*row.values()) for row in await admin.fetch("select * from auth_operator_list()")]
