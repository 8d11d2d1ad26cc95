"""Looking for somebody in everything that a database holds."""

from collections.abc import Iterable
from dataclasses import dataclass

import asyncpg

from tests.support.every_table import Admin, every_table

_TEXTS = """
select a.attname as name from pg_attribute a join pg_type t on t.oid = a.atttypid
left join pg_type e on e.oid = t.typelem
where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped
    and coalesce(nullif(e.typname, 'char'), t.typname) in
        ('text', 'varchar', 'bpchar', 'json', 'jsonb', 'bytea', 'name', 'citext', 'xml', 'inet', 'hstore')
order by a.attnum
"""


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """`word` stands in some row of the column."""

    table: str
    column: str
    word: str


async def columns_with(admin: Admin, words: Iterable[str]) -> list[Found]:
    """Every column of every table, found by introspection, in which one of the words stands; whatever the case."""
    found = []
    for table in await every_table(admin):
        for column in await admin.fetch(_TEXTS, table.name):
            found += await _in_column(admin, table.name, column["name"], tuple(words))
    return sorted(found)


async def _in_column(admin: Admin, table: str, column: str, words: tuple[str, ...]) -> list[Found]:
    """bytea is looked at as the text that it may hold."""
    query = f"""
        select distinct w.word from "{table}" t cross join unnest($1::text[]) as w (word)
        where position(lower(w.word) in lower(t."{column}"::text)) > 0
            or position(encode(convert_to(w.word, 'UTF8'), 'hex') in t."{column}"::text) > 0
    """
    return [Found(table, column, row["word"]) for row in await admin.fetch(query, list(words))]


async def open_admin(dsn: str) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(dsn)
