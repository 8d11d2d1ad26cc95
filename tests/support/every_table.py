"""Every table of the migrated database, found by introspection, with a made-up row for each of two tenants."""

from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from scholr.kernel.ids import new_id

Admin: TypeAlias = "asyncpg.Connection[Any]"

_TABLES = """
select c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
    pg_get_userbyid(c.relowner) as owner,
    array(select polname::text from pg_policy p where p.polrelid = c.oid) as policies,
    exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id') as of_tenant
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname <> 'alembic_version'
order by 1
"""

_COLUMNS = """
select a.attname as name, format_type(a.atttypid, a.atttypmod) as type
from pg_attribute a where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped
    and a.attgenerated = '' and a.attidentity = '' and (a.attnotnull and (not a.atthasdef or a.attname = 'tenant_id'))
"""

_VALUES = {
    "uuid": "gen_random_uuid()",
    "text": "md5(random()::text)",
    "integer": "1",
    "smallint": "1",
    "bigint": "(random() * 1e15)::bigint",
    "numeric": "1",
    "double precision": "1",
    "boolean": "true",
    "timestamp with time zone": "now()",
    "date": "current_date",
    "interval": "interval '1 second'",
    "jsonb": "'{}'",
    "bytea": "decode(md5(random()::text), 'hex')",
    "inet": "'127.0.0.1'",
    "pg_snapshot": "'1:1:'",
}


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    enabled: bool
    forced: bool
    owner: str
    policies: list[str]
    of_tenant: bool


async def every_table(admin: Admin) -> list[Table]:
    return [Table(**dict(row)) for row in await admin.fetch(_TABLES)]


async def fill(admin: Admin, tables: list[Table]) -> tuple[UUID, UUID]:
    """Put a row for each of two new tenants into every table; returns the tenants.

    Only for a database of the test's own: check constraints are dropped and foreign keys are not looked at,
    since what is asked here is who may see and move the rows, not what they mean.
    """
    for row in await admin.fetch(
        "select conrelid::regclass::text as name, conname from pg_constraint"
        " where contype = 'c' and connamespace = 'public'::regnamespace"
    ):
        await admin.execute(f'alter table {row["name"]} drop constraint "{row["conname"]}"')
    await admin.execute("set session_replication_role = replica")
    ours, theirs = new_id(), new_id()
    for table in tables:
        for tenant_id in (ours, theirs):
            await admin.execute(await _made_up(admin, table, tenant_id))
    await admin.execute("set session_replication_role = origin")
    return ours, theirs


async def _made_up(admin: Admin, table: Table, tenant_id: UUID) -> str:
    names, values = [], []
    for row in await admin.fetch(_COLUMNS, table.name):
        names.append(f'"{row["name"]}"')
        values.append(f"'{tenant_id}'" if row["name"] == "tenant_id" else _value(row["type"]))
    return f"insert into {table.name} ({', '.join(names)}) values ({', '.join(values)}) on conflict do nothing"


def _value(kind: str) -> str:
    return "'{}'" if kind.endswith("[]") else _VALUES[kind.partition("(")[0]]
