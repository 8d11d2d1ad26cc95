"""Everything that is held about one person, read by what each table declares (`personal.describe`).

A table that is declared is in the export; nobody can forget to add it.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Table

from scholr.platform.db.personal import About, Holder, Kind, Whose, about
from scholr.platform.db.tables import Base
from scholr.platform.db.unit import ReadUnit

MOST_ROWS = 100_000
_NOT_A_THING_OF_THEIRS = ("tenant_id",)


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is meant. `person_id` None leaves out what belongs to the account rather than to the membership."""

    membership_id: UUID
    person_id: UUID | None
    email: str


@dataclass(frozen=True, slots=True)
class Held:
    """What one table says of the person: rows as JSON objects, without the columns that are withheld.

    `made`: the rows are things (a course, a question bank) that the person made or changed, and say only which.
    `is_whole` False: there are more than `MOST_ROWS`, and these are the first.
    """

    table: str
    context: str
    why: str
    made: bool
    rows: Sequence[dict[str, Any]]  # as many shapes as there are tables
    is_whole: bool = True


# What a sealed value of a column said, given `table.column` and the value.
Opener = Callable[[str, object], object]


async def held_about(rx: ReadUnit, subject: Subject, opened: Opener) -> AsyncIterator[Held]:
    """Table by table, in the order of their names; those without a row about the person are left out.

    The unit has to be opened for `subject.person_id` to see their account. `opened` is the person's key.
    """
    for table in sorted(Base.metadata.tables.values(), key=lambda each: each.name):
        found = about(table)
        if found is None:
            continue
        query = _query(table, found, subject)
        if query is None:
            continue
        sql, arguments = query
        rows = [_read(table.name, row[0], opened) for row in await rx.raw.fetch(sql, *arguments)]
        if rows:
            name = "".join(table.name)  # plain text: SQLAlchemy's own kind of it cannot be encoded
            is_whole = len(rows) <= MOST_ROWS
            yield Held(name, name.partition("_")[0], found.why, found.whose is None, rows[:MOST_ROWS], is_whole)


def _read(table: str, row: str, opened: Opener) -> dict[str, Any]:
    return {column: opened(f"{table}.{column}", value) for column, value in msgspec.json.decode(row).items()}


def _query(table: Table, found: About, subject: Subject) -> tuple[str, list[object]] | None:
    """The statement that finds the person's rows; None where there can be none."""
    if found.whose is None:
        return _made_by(table, found, subject)
    condition, arguments = _condition(found.whose, subject)
    if condition is None:
        return None
    hidden = [*found.withheld, *_NOT_A_THING_OF_THEIRS]
    arguments.append(hidden)
    of_tenant = _within_tenant(table)
    return (
        f"select (to_jsonb(x) - ${len(arguments)}::text[])::text from {table.name} x"
        f" where {of_tenant}{condition} limit {MOST_ROWS + 1}",
        arguments,
    )


def _condition(whose: Whose, subject: Subject) -> tuple[str | None, list[object]]:
    if whose.holder is Holder.PERSON:
        return (None, []) if subject.person_id is None else (f"x.{whose.column} = $1", [subject.person_id])
    if whose.holder is Holder.ADDRESS:
        return f"lower(x.{whose.column}) = lower($1)", [subject.email]
    if whose.through is None:
        return f"x.{whose.column} = $1", [subject.membership_id]
    home = about(Base.metadata.tables[whose.through])
    if home is None or home.whose is None:
        raise ValueError(f"{whose.through} does not say whose its rows are")
    return (
        f"x.{whose.column} in (select h.id from {whose.through} h"
        f" where h.tenant_id = {_TENANT} and h.{home.whose.column} = $1)",
        [subject.membership_id],
    )


def _made_by(table: Table, found: About, subject: Subject) -> tuple[str, list[object]] | None:
    """Which things the person made: keys, names and moments, not the things themselves."""
    traces = [name for name, kind in found.personal.items() if kind is Kind.TRACE]
    if not traces:
        return None
    shown = [*_SAYS_WHICH.intersection(column.name for column in table.columns), *traces]
    pairs = ", ".join(f"'{name}', x.{name}" for name in sorted(shown))
    condition = " or ".join(f"x.{name} = $1" for name in traces)
    return (
        f"select jsonb_build_object({pairs})::text from {table.name} x"
        f" where {_within_tenant(table)}({condition}) limit {MOST_ROWS + 1}",
        [subject.membership_id],
    )


_SAYS_WHICH = frozenset({"id", "title", "filename", "kind", "created_at"})
_TENANT = "(nullif(current_setting('app.tenant_id', true), ''))::uuid"


def _within_tenant(table: Table) -> str:
    """The policies see to it anyway; this lets the index serve it."""
    return f"x.tenant_id = {_TENANT} and " if "tenant_id" in table.columns else ""
