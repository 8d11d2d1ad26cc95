"""A row about one person in every table that holds something of people, with a value of its own in each column."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Column, DateTime, Integer, LargeBinary, Table, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from scholr.entrypoints.wiring import live_modules
from scholr.kernel.ids import PersonId, TenantId, new_id
from scholr.migrations.metadata import METADATA
from scholr.platform.db.database import Database
from scholr.platform.db.personal import About, Erasure, Holder, Kind, about
from scholr.platform.db.subject import Subject
from scholr.platform.erasure import ForgettingHandler, Stage
from tests.contexts.compliance.log import Admin

_FIRST_DAY = datetime(2031, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Planted:
    """`words` is what has to be found, by `table.column`; `hidden` what must not be."""

    tenant_id: TenantId
    person_id: PersonId
    subject: Subject
    words: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)


async def plant(admin: Admin, *, first: int = 1) -> Planted:
    """For a database of the test's own: its check constraints are dropped."""
    for row in await admin.fetch(
        "select conrelid::regclass::text as name, conname from pg_constraint"
        " where contype = 'c' and connamespace = 'public'::regnamespace"
    ):
        await admin.execute(f'alter table {row["name"]} drop constraint "{row["conname"]}"')
    person = PersonId(new_id())
    planted = Planted(TenantId(new_id()), person, Subject(new_id(), person, f"planted{first}@example.org"))
    thing, numbers = new_id(), count(first)
    for table in METADATA.tables.values():
        found = about(table)
        if found is not None and found.personal | ({"": ""} if found.whose else {}):
            await admin.execute(*_row(table, found, planted, thing, numbers))
    return planted


def _row(table: Table, found: About, planted: Planted, thing: UUID, numbers: Iterator[int]) -> tuple[object, ...]:
    names, values = [], []
    for column in table.columns:
        if column.computed is not None or column.identity is not None or str(column.type) in ("xid8",):
            continue
        value, word = _value(column, next(numbers))
        fixed = _fixed(column.name, found, planted, thing)
        if fixed is not None:
            value = fixed
        elif column.name in found.withheld:
            planted.hidden[f"{table.name}.{column.name}"] = word
        elif _is_told(column, found):
            planted.words[f"{table.name}.{column.name}"] = word
        names.append(f'"{column.name}"')
        values.append(value)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    return (f"insert into {table.name} ({', '.join(names)}) values ({places})", *values)


def _is_told(column: "Column[object]", found: About) -> bool:
    """What a sweep can tell from other values: nobody's tables name only who acted, and yes and no are everywhere."""
    return column.name in found.personal and found.whose is not None and not isinstance(column.type, Boolean)


def _fixed(name: str, found: About, planted: Planted, thing: UUID) -> object:
    """Whose the row is; None for the columns that are free."""
    if name == "tenant_id":
        return planted.tenant_id
    if found.whose is None:
        return planted.subject.membership_id if found.personal.get(name) is Kind.TRACE else None
    if name == found.whose.column:
        if found.whose.through is not None:
            return thing
        holders = {
            Holder.MEMBERSHIP: planted.subject.membership_id,
            Holder.PERSON: planted.person_id,
            Holder.ADDRESS: planted.subject.email,
        }
        return holders[found.whose.holder]
    return thing if name == "id" else None


def _value(column: "Column[object]", number: int) -> tuple[object, str]:
    """A value of the column's type that no other column has, and how JSON says it."""
    word = f"planted{number:05d}word"
    kind = column.type
    if isinstance(kind, ARRAY):
        return _many(kind, number, word)
    if isinstance(kind, Uuid):
        made = new_id()
        return made, str(made)
    if isinstance(kind, DateTime):
        moment = _FIRST_DAY + timedelta(seconds=number)
        return moment, f"{moment:%Y-%m-%dT%H:%M:%S}"
    if isinstance(kind, Boolean):
        return True, "true"
    if isinstance(kind, Integer):
        return 7_100_000 + number, str(7_100_000 + number)
    if isinstance(kind, LargeBinary):
        return word.encode(), word.encode().hex()
    return (f'"{word}"', word) if isinstance(kind, JSONB) else (word, word)


def _many(kind: "ARRAY[object]", number: int, word: str) -> tuple[object, str]:
    value, said = _value(Column("one", kind.item_type), number)
    return [value], said if not isinstance(value, str) else word


async def forget_everywhere(database: Database, tenant_id: TenantId, member_id: UUID) -> None:
    """What the parts of an erasure do, in their order."""
    handlers = [each.handler for module in live_modules() for each in module.subscriptions]
    parts = [each for each in handlers if isinstance(each, ForgettingHandler)]
    for part in sorted(parts, key=lambda each: each.stage is Stage.DIRECTORY):
        async with database.write(tenant_id) as tx:
            await part.forget(tx, member_id)


async def what_is_left(admin: Admin, planted: Planted) -> list[str]:
    """Columns that still say what was planted though their table declares otherwise.

    Words that are kept sealed (`Erasure.SEALED`) need a real attempt and are held by the sweep over a lived life.
    """
    left = []
    for table in METADATA.tables.values():
        found = about(table)
        if found is None or found.erasure not in (Erasure.DELETED, Erasure.BLANKED) or found.whose is None:
            continue
        said = json.dumps([row[0] for row in await admin.fetch(f"select to_jsonb(x)::text from {table.name} x")])
        gone = found.personal if found.erasure is Erasure.DELETED else _named(found)
        names = [f"{table.name}.{column}" for column in gone]
        left += [name for name in names if planted.words.get(name, "nothing planted") in said]
    return left


def _named(found: About) -> list[str]:
    """What says who it is, and what was written."""
    return [name for name, kind in found.personal.items() if kind in (Kind.IDENTITY, Kind.CONTACT, Kind.WORDS)]
