"""Who looks after the deployment. Asked over an administrator's connection: the program's own may change nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from scholr.platform.db.database import Database
from scholr.platform.db.statement import DefinerCall

_STAYS = DefinerCall("auth_operator_stays", 0)
_DEEDS = DefinerCall("auth_operator_deeds", 1)


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


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody's time as an operator, for auditors: `id` is the stay's and names nobody."""

    id: UUID
    added_at: datetime
    removed_at: datetime | None
    has_second_step: bool


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done during a stay; None for one that is no longer known. `subject` is what it was done to."""

    at: datetime
    stay: UUID | None
    act: str
    subject: str


async def operator_stays(worker_db: Database) -> Sequence[Stay]:
    """All that ever were, the first first. Over the worker's login only."""
    return [Stay(*row.values()) for row in await worker_db.ask(_STAYS)]


async def operator_deeds(worker_db: Database, since: datetime) -> Sequence[Deed]:
    """In their order. Over the worker's login only."""
    return [Deed(*row.values()) for row in await worker_db.ask(_DEEDS, since)]
