"""Every table, found by introspection: a new one is covered the day its migration is written."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.support.database import TestDatabase
from tests.support.every_table import Table, every_table, fill

# Unique in the whole deployment by their nature, with the reason why that tells nobody anything.
GLOBALLY_UNIQUE = {
    "uq_auth_api_token_token_hash": "the hash of 256 random bits, looked up before the tenant is known",
    "uq_identity_invitation_token_hash": "the hash of 256 random bits, looked up before the tenant is known",
    "uq_learning_certificate_code": "a random code that strangers verify",
    "uq_identity_domain_host": "a host name leads to one organisation; only a verified one is unique",
}


@pytest.fixture
async def admin(database: TestDatabase) -> AsyncIterator["asyncpg.Connection[Any]"]:
    connection = await asyncpg.connect(database.admin)
    yield connection
    await connection.close()


async def test_every_table_forces_row_level_security(admin: "asyncpg.Connection[Any]") -> None:
    tables = await every_table(admin)
    assert len(tables) > 40
    bare = [table.name for table in tables if not (table.enabled and table.forced and table.policies)]
    assert bare == []


async def test_what_the_worker_sees_across_tenants_is_written_down(admin: "asyncpg.Connection[Any]") -> None:
    """Work across tenants is listed in one place, or nobody can say what it is."""
    listed = (Path(__file__).parents[2] / "docs" / "operations" / "roles.md").read_text(encoding="utf-8")
    opened = {table.name for table in await every_table(admin) if "worker" in table.policies}
    assert opened == set(re.findall(r"`(platform_[a-z_]+)`", listed))


async def test_the_owner_owns_and_the_application_owns_nothing(admin: "asyncpg.Connection[Any]") -> None:
    assert {table.owner for table in await every_table(admin)} == {"scholr_owner"}
    rows = await admin.fetch(
        "select r.rolname, r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb,"
        " (select count(*) from pg_class c where c.relowner = r.oid) as owned,"
        " array(select g.rolname::text from pg_auth_members m join pg_roles g on g.oid = m.roleid"
        "       where m.member = r.oid) as groups"
        " from pg_roles r where r.rolname in ('scholr_app', 'scholr_test_app')"
    )
    assert len(rows) == 2
    for row in rows:
        assert not (row["rolsuper"] or row["rolbypassrls"] or row["rolcreaterole"] or row["rolcreatedb"])
        assert row["owned"] == 0
        assert row["groups"] == (["scholr_app"] if row["rolname"] == "scholr_test_app" else [])


async def test_every_tenants_row_is_keyed_by_its_tenant_first(admin: "asyncpg.Connection[Any]") -> None:
    rows = await admin.fetch(
        "select c.relname, (select a.attname from pg_attribute a where a.attrelid = c.oid and a.attnum = i.indkey[0])"
        " as first from pg_class c left join pg_index i on i.indrelid = c.oid and i.indisprimary"
        " where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and exists ("
        "   select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')"
    )
    assert [row["relname"] for row in rows if row["first"] != "tenant_id"] == []


async def test_no_foreign_key_between_tenant_tables_can_leave_the_tenant(admin: "asyncpg.Connection[Any]") -> None:
    rows = await admin.fetch(
        "select k.conname, array(select a.attname::text from unnest(k.conkey) with ordinality u(n, o)"
        "   join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.n order by o) as here,"
        " array(select a.attname::text from unnest(k.confkey) with ordinality u(n, o)"
        "   join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.n order by o) as there"
        " from pg_constraint k where k.contype = 'f' and k.connamespace = 'public'::regnamespace and exists ("
        "   select from pg_attribute a where a.attrelid = k.confrelid and a.attname = 'tenant_id')"
    )
    assert rows
    loose = [
        row["conname"] for row in rows if ("tenant_id", "tenant_id") not in zip(row["here"], row["there"], strict=True)
    ]
    assert loose == []


async def test_uniqueness_does_not_tell_of_another_tenant(admin: "asyncpg.Connection[Any]") -> None:
    """A unique index without the tenant would answer "taken" for what another tenant has."""
    rows = await admin.fetch(
        "select i.indexrelid::regclass::text as name from pg_index i join pg_class c on c.oid = i.indrelid"
        " where i.indisunique and c.relnamespace = 'public'::regnamespace"
        " and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')"
        " and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id'"
        "   and a.attnum = any(i.indkey))"
    )
    found = sorted(row["name"] for row in rows if row["name"] not in GLOBALLY_UNIQUE)
    assert not found, ", ".join(found)


async def test_definer_functions_are_narrow(admin: "asyncpg.Connection[Any]") -> None:
    """They run above the policies: each has its own search path, its own owner, and is not for everybody."""
    rows = await admin.fetch(
        "select p.proname, pg_get_userbyid(p.proowner) as owner, p.proconfig,"
        " has_function_privilege('public', p.oid, 'execute') as for_everybody"
        " from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef"
    )
    assert rows
    for row in rows:
        assert row["owner"] == "scholr_definer", row["proname"]
        assert any(setting.startswith("search_path=") for setting in row["proconfig"] or ()), row["proname"]
        assert not row["for_everybody"], row["proname"]


@dataclass(frozen=True, slots=True)
class Filled:
    """`app` is a session of the application bound to `ours`."""

    app: "asyncpg.Connection[Any]"
    tables: list[Table]
    ours: UUID
    theirs: UUID

    async def attempt(self, sql: str, *args: object) -> int:
        """Rows touched; -1 when the server refused."""
        undo = self.app.transaction()
        await undo.start()
        try:
            status = await self.app.execute(sql, *args)
            return int(status.rsplit(" ", 1)[-1])
        except asyncpg.InsufficientPrivilegeError:
            return -1
        finally:
            await undo.rollback()

    async def seen(self, table: Table, where: str, *args: object) -> int:
        """Rows seen; -1 when the application may not read the table at all."""
        try:
            count: int = await self.app.fetchval(f"select count(*) from {table.name} where {where}", *args)
        except asyncpg.InsufficientPrivilegeError:
            return -1
        return count


@asynccontextmanager
async def _filled(database: TestDatabase) -> AsyncIterator[Filled]:
    admin, app = await asyncpg.connect(database.admin), await asyncpg.connect(database.app)
    try:
        tables = await every_table(admin)
        ours, theirs = await fill(admin, tables)
        await app.execute("select set_config('app.tenant_id', $1, false)", str(ours))
        yield Filled(app, tables, ours, theirs)
    finally:
        await app.close()
        await admin.close()


async def test_the_application_cannot_reach_another_tenant_through_any_table(own_database: TestDatabase) -> None:
    async with _filled(own_database) as filled:
        for table in filled.tables:
            if table.of_tenant:
                await _cannot_reach(filled, table)


async def _cannot_reach(filled: Filled, table: Table) -> None:
    name, ours, theirs = table.name, filled.ours, filled.theirs
    assert await filled.seen(table, "tenant_id = $1", theirs) <= 0, f"{name}: sees another tenant"
    readable = await filled.seen(table, "tenant_id = $1", ours)
    assert readable in (-1, 1), f"{name}: does not see its own"
    moved = await filled.attempt(f"update {name} set tenant_id = $1 where tenant_id = $2", theirs, ours)
    assert moved == -1, f"{name}: a row was moved to another tenant"
    touched = await filled.attempt(f"update {name} set tenant_id = tenant_id where tenant_id = $1", theirs)
    assert touched <= 0, f"{name}: changed another tenant's row"
    deleted = await filled.attempt(f"delete from {name} where tenant_id = $1", theirs)
    assert deleted <= 0, f"{name}: deleted another tenant's row"


async def test_the_application_cannot_insert_for_another_tenant(own_database: TestDatabase) -> None:
    admin = await asyncpg.connect(own_database.admin)
    await admin.execute("set session_replication_role = replica")  # append-only tables refuse by trigger
    async with _filled(own_database) as filled:
        for table in filled.tables:
            if not table.of_tenant:
                continue
            row = await admin.fetchrow(f"select * from {table.name} where tenant_id = $1", filled.theirs)
            assert row is not None
            await admin.execute(f"delete from {table.name} where tenant_id = $1", filled.theirs)
            generated = await _generated(admin, table)
            columns = [name for name in row.keys() if name not in generated]  # noqa: SIM118  # a Record iterates values
            placeholders = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
            sql = f"insert into {table.name} ({', '.join(columns)}) values ({placeholders})"
            assert await filled.attempt(sql, *(row[name] for name in columns)) == -1, table.name
    await admin.close()


async def _generated(admin: "asyncpg.Connection[Any]", table: Table) -> set[str]:
    rows = await admin.fetch(
        "select attname from pg_attribute where attrelid = $1::regclass and attnum > 0"
        " and (attgenerated <> '' or attidentity <> '' or format_type(atttypid, null) in ('xid8', 'pg_snapshot'))",
        table.name,
    )
    return {row["attname"] for row in rows}


async def test_without_a_tenant_the_application_sees_nothing(own_database: TestDatabase) -> None:
    async with _filled(own_database) as filled:
        await filled.app.execute("select set_config('app.tenant_id', '', false)")
        visible = [table.name for table in filled.tables if await filled.seen(table, "true") > 0]
        assert visible == []


async def test_what_belongs_to_no_tenant_is_not_open_to_the_application(own_database: TestDatabase) -> None:
    """People are seen by themselves; the worker's tables by the worker."""
    async with _filled(own_database) as filled:
        for table in filled.tables:
            if not table.of_tenant:
                assert await filled.seen(table, "true") <= 0, table.name
