"""The words in which migrations protect their tables. Part of the history: add, never change."""

from alembic import op

TENANT = "(select nullif(current_setting('app.tenant_id', true), '')::uuid)"
PERSON = "(select nullif(current_setting('app.person_id', true), '')::uuid)"

TENANT_COLUMN = "tenant_id uuid not null default (nullif(current_setting('app.tenant_id', true), ''))::uuid"
TIMESTAMPS = "created_at timestamptz not null default now(), updated_at timestamptz not null default now()"
"""Columns as most tables have them, to stand in a `create table`."""


def run(*statements: str) -> None:
    for sql in statements:
        op.execute(sql)


def protect_tenant_table(table: str, *, key: str = "tenant_id") -> None:
    """Force row-level security on `table`: only rows of the current tenant are seen, written or moved."""
    protect_table(table, f"{key} = {TENANT}")


def protect_table(table: str, rule: str) -> None:
    """Force row-level security with `rule` for reading and writing, and let the application use the table."""
    run(
        f"alter table {table} enable row level security",
        f"alter table {table} force row level security",
        f"create policy isolation on {table} using ({rule}) with check ({rule})",
        f"grant select, insert, update, delete on {table} to scholr_app",
    )


def open_to_worker(table: str, privileges: str = "select, insert, update, delete") -> None:
    """Let the cross-tenant worker see every row of `table`. Each use is listed in docs/operations/roles.md."""
    run(
        f"create policy worker on {table} to scholr_worker using (true) with check (true)",
        f"grant {privileges} on {table} to scholr_worker",
    )


def open_to_definer(table: str, privileges: str = "select") -> None:
    """Let the owner of the narrow SECURITY DEFINER functions see every row of `table`."""
    run(
        f"create policy definer on {table} to scholr_definer using (true) with check (true)",
        f"grant {privileges} on {table} to scholr_definer",
    )


def definer_function(signature: str, create_sql: str, *, to: str = "scholr_app") -> None:
    """Create a function that runs as `scholr_definer`; `create_sql` must set its own search_path.

    `signature` is `name(argument types)`, as GRANT wants it.
    """
    # The rights first: once the function is handed over, the owner's REVOKE would only be a warning.
    run(
        create_sql,
        f"revoke all on function {signature} from public",
        f"grant execute on function {signature} to {to}",
        f"alter function {signature} owner to scholr_definer",
    )
