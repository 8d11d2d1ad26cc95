"""`scholr keys`: which secret keys are in use, and how what is stored comes to lie under the current one."""

import asyncio
import sys

import asyncpg
from cyclopts import App
from rich.console import Console

from scholr.entrypoints.environment import Environment
from scholr.entrypoints.reach import Unreachable, the_platform, the_workers_database, with_database
from scholr.entrypoints.settings import platform_settings
from scholr.entrypoints.wiring import live_modules
from scholr.platform.security.resealing import BATCH, SealedColumn, look_through

keys = App(name="keys", help="The deployment's secret keys: what lies under which, and sealing again.")
out = Console(highlight=False)


@keys.command
def status() -> None:
    """Count what is stored under the current key, and under those that are being retired. Changes nothing."""
    sys.exit(asyncio.run(_look(reseal=False, size=BATCH)))


@keys.command
def reencrypt(*, batch: int = BATCH) -> None:
    """Seal everything stored with the current key, so that retired ones can be dropped. Safe to stop and to repeat."""
    sys.exit(asyncio.run(_look(reseal=True, size=max(1, batch))))


async def _look(*, reseal: bool, size: int) -> int:
    environment = with_database(Environment())
    if not environment.database_url:
        raise Unreachable("This needs the administrator's address, as `scholr migrate` does: set SCHOLR_DATABASE_URL.")
    ring = platform_settings(environment).keys
    out.print(f"{len(ring.secrets)} key{'s' if len(ring.secrets) > 1 else ''} in the settings, the first is current")
    admin = await asyncpg.connect(environment.database_url, timeout=10)
    try:
        unknown = 0
        for column in (each for module in live_modules() for each in module.sealed):
            current = retired = lost = 0
            async for found in look_through(admin, column, ring, reseal=reseal, size=size):
                current, retired, lost = current + found.current, retired + found.retired, lost + found.unknown
            out.print(_sentence(column, current, retired, lost, reseal=reseal))
            unknown += lost
    finally:
        await admin.close()
    unknown += await _look_at_data_keys(environment, reseal=reseal, size=size)
    return 1 if unknown else 0


async def _look_at_data_keys(environment: Environment, *, reseal: bool, size: int) -> int:
    """Those of people, under which their words lie: an old key that is dropped before them takes every word along."""
    async with the_platform(environment) as platform, the_workers_database(environment) as worker_db:
        again = await platform.personal.rewrap(worker_db, at_once=size) if reseal else 0
        current, retired, lost = await platform.personal.wrapped_under(worker_db)
    done = f"{again} sealed again" if reseal else f"{retired} under a retired key"
    said = f"data keys of people: {current} under the current key, {done}"
    out.print(f"{said}, {lost} under a key that is not in the settings" if lost else said)
    return lost


def _sentence(column: SealedColumn, current: int, retired: int, lost: int, *, reseal: bool) -> str:
    done = "sealed again" if reseal else "under a retired key"
    said = f"{column.table}.{column.column}: {current} under the current key, {retired} {done}"
    return f"{said}, {lost} under a key that is not in the settings" if lost else said
