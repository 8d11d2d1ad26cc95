"""Who may do what inside PostgreSQL.

Four group roles without login hold the privileges; logins are members of one of them.

- `scholr_owner` owns the tables (row-level security is forced on it too);
- `scholr_app` is what requests and handlers run as: no BYPASSRLS, one tenant at a time;
- `scholr_worker` sees the few tables that work across tenants (relay, jobs, sweeps);
- `scholr_definer` owns the narrow SECURITY DEFINER functions (sign-in, invitation).
"""

from dataclasses import dataclass
from typing import Any

import asyncpg

GROUPS = ("scholr_owner", "scholr_app", "scholr_worker", "scholr_definer")
LONGEST_NAME = 63
"""Bytes of a role's name; PostgreSQL cuts the rest off with no more than a notice."""
_ROLE_LOCK = 0x5C401_0001


class RoleNameTaken(ValueError):
    """A login would have the name of a group, and every login of that group its password."""


@dataclass(frozen=True, slots=True)
class Login:
    """A login role to be made; `group` is one of GROUPS."""

    name: str
    password: str
    group: str


async def ensure_roles(admin: "asyncpg.Connection[Any]", logins: list[Login]) -> None:
    """Create what is missing and set the passwords; safe to run at every start and from two at once.

    Raises RoleNameTaken before anything is changed.
    """
    for login in logins:
        if login.name in GROUPS:
            raise RoleNameTaken(f"{login.name} is one of Scholr's groups; no login can have that name.")
    async with admin.transaction():
        # Roles belong to the whole cluster, so the lock must not depend on the database.
        await admin.execute("select pg_advisory_xact_lock($1)", _ROLE_LOCK)
        existing = {r["rolname"] for r in await admin.fetch("select rolname from pg_roles")}
        for group in GROUPS:
            if group not in existing:
                await admin.execute(f"create role {group} nologin noinherit nobypassrls")
            await admin.execute(f"grant {group} to current_user")
        # So that migrations can hand functions over, without the owner gaining what the definer sees.
        await admin.execute("grant scholr_definer to scholr_owner with inherit false, set true")
        for login in logins:
            await _ensure_login(admin, login, exists=login.name in existing)


async def _ensure_login(admin: "asyncpg.Connection[Any]", login: Login, *, exists: bool) -> None:
    # Only a superuser may name these attributes when altering, even to leave them as they are; at creation anyone may.
    verb, powerless = ("alter", "") if exists else ("create", "nosuperuser nobypassrls")
    sql = await admin.fetchval(
        "select format($1, $2::text, $3::text)",
        f"{verb} role %I login inherit {powerless} password %L",
        login.name,
        login.password,
    )
    await admin.execute(sql)
    await admin.execute(
        await admin.fetchval("select format('grant %I to %I', $1::text, $2::text)", login.group, login.name)
    )


async def own_schema(admin: "asyncpg.Connection[Any]") -> None:
    """Give the schema to the owner role, and nothing to everybody."""
    await admin.execute("revoke create on schema public from public")
    await admin.execute("grant usage on schema public to scholr_app, scholr_worker")
    await admin.execute("grant usage, create on schema public to scholr_owner, scholr_definer")
