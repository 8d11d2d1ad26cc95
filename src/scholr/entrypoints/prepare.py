"""Brings the database to this version, in a process of its own: `python -m scholr.entrypoints.prepare`.

A process of its own because migrating loads most of the program, and `scholr up`, which waits for this, stays for
the day. The answer goes to standard output as JSON (it holds passwords), progress and failures to standard error.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import asyncpg
import msgspec

from scholr.entrypoints.credentials import DatabaseAddresses, addresses, load_credentials
from scholr.entrypoints.environment import Environment
from scholr.entrypoints.logs import configure_logging
from scholr.platform.db.migrate import ServerTooOld, prepare_database
from scholr.platform.db.server_check import ServerUnusable, look_at_server
from scholr.platform.outbox.restored import heal_after_restore


@dataclass(frozen=True, slots=True)
class Prepared:
    """`server` is its version, `database` tells the database from every other; the two logins are the program's own."""

    server: str
    database: str
    app_database_url: str = field(repr=False)
    worker_database_url: str = field(repr=False)


async def prepare(environment: Environment) -> Prepared:
    """Check the server, make roles and schema. Safe to repeat, also after an interruption."""
    facts = await look_at_server(environment.database_url, now=time.time())
    if not facts.may_create_roles:
        raise ServerUnusable(
            f"The user {facts.user} in SCHOLR_DATABASE_URL may not create roles; "
            f'let it, with: alter role "{facts.user}" createrole; or use an administrator.'
        )
    found = addresses(environment.database_url, load_credentials(environment.data_dir))
    await bring_up_to_date(found)
    return Prepared(facts.version, facts.identity, found.app, found.worker)


async def bring_up_to_date(found: DatabaseAddresses, *, report: Callable[[str], None] = lambda _line: None) -> None:
    """Roles, schema, and what a restored dump needs before anything else is written."""
    await prepare_database(found.admin, list(found.logins), report=report)
    admin = await asyncpg.connect(found.admin, timeout=10)
    try:
        async with admin.transaction():
            await admin.execute("set local role scholr_worker")
            await heal_after_restore(admin)
    finally:
        await admin.close()


def main() -> int:
    configure_logging()
    try:
        prepared = asyncio.run(prepare(Environment()))
    except (ServerUnusable, ServerTooOld) as error:
        return _refuse(str(error))
    except asyncpg.InsufficientPrivilegeError as error:
        return _refuse(
            f"The user in SCHOLR_DATABASE_URL may not do this: {error.message}. Use an administrator of that server, "
            "or unset SCHOLR_DATABASE_URL to use the embedded one."
        )
    except asyncpg.DiskFullError:
        return _refuse("The database's disk is full; free some space and start again.")
    sys.stdout.buffer.write(msgspec.json.encode(prepared))
    return 0


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"scholr: {sentence}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
