"""`scholr operator`: who looks after the deployment. Only an administrator's database address can change it."""

import asyncio
import getpass
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import structlog
from cyclopts import App
from rich.console import Console
from rich.table import Table

from scholr.contexts.auth import facade as auth
from scholr.entrypoints.environment import Environment
from scholr.entrypoints.reach import Unreachable, with_database
from scholr.kernel.errors import NotFound

operator = App(name="operator", help="Who looks after the deployment, and sees its operate area.")

out = Console(highlight=False, soft_wrap=True)
log = structlog.get_logger("scholr.operators")


class NoAccount(NotFound):
    code = "no_account"


@operator.command
def add(email: str) -> None:
    """Let a person who has an account operate the deployment; the next request of theirs knows."""
    said = asyncio.run(change(Environment(), "add", email))
    out.print(f"{email} {'operates the deployment now' if said == 'added' else 'was an operator already'}")
    if not asyncio.run(_has_factor(email)):
        out.print(
            "Neither second step nor passkey yet: whoever learns the password could set one up. Let them do it now."
        )


@operator.command
def remove(email: str) -> None:
    """Take it back, with the next request. What they did stays in the history."""
    asyncio.run(change(Environment(), "remove", email))
    out.print(f"{email} is no operator any more")


@operator.command(name="list")
def list_() -> None:
    """Operators, and those who were."""

    async def run() -> Sequence[auth.OperatorView]:
        async with administering(Environment()) as admin:
            return await auth.list_operators(admin)

    found = asyncio.run(run())
    if not found:
        out.print("none; add one with: scholr operator add EMAIL")
        return
    table = Table("e-mail", "name", "since", "added by", "until", "second step")
    for each in found:
        until = f"{each.removed_at:%F %T} ({each.removed_by})" if each.removed_at else ""
        second = "yes" if each.has_second_step else "missing"
        table.add_row(each.email, each.name, f"{each.added_at:%F %T}", each.added_by, until, second)
    out.print(table)


async def _has_factor(email: str) -> bool:
    async with administering(Environment()) as admin:
        return any(each.has_second_step for each in await auth.list_operators(admin) if each.email == email.lower())


async def change(environment: Environment, act: str, email: str) -> str:
    """Add or remove; returns what it came to. Raises NoAccount, Unreachable."""
    by = f"{getpass.getuser()}@{socket.gethostname()}"
    async with administering(environment) as admin:
        if act == "add":
            said = await auth.add_operator(admin, email=email, by=by, now=datetime.now(UTC))
        else:
            said = await auth.remove_operator(admin, email=email, by=by, now=datetime.now(UTC))
    if said == "unknown":
        missing = "has no account" if act == "add" else "is no operator"
        raise NoAccount(f"{email} {missing}.")
    log.info("operators changed", act=act, said=said, by=by)
    return said


@asynccontextmanager
async def administering(environment: Environment) -> "AsyncIterator[asyncpg.Connection[Any]]":
    """A connection as the database's administrator; the running program's own address is not enough."""
    url = with_database(environment).database_url
    if not url:
        raise Unreachable("Only an administrator's address may do this: set SCHOLR_DATABASE_URL for this command.")
    connection = await asyncpg.connect(url, timeout=10)
    try:
        yield connection
    finally:
        await connection.close()
