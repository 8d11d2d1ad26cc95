"""A platform and a worker's login on a database that ends with the measurement."""

import asyncio
import secrets
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

from tests.support.database import TestDatabase, clone, make_template

from scholr.entrypoints.wiring import PlatformSettings, build_platform
from scholr.platform.db.database import Database
from scholr.platform.db.embedded import EmbeddedPostgres
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.http.settings import HttpSettings, Profile
from scholr.platform.runtime import Platform
from scholr.platform.security.keys import KeyRing
from scholr.platform.storage.objects import open_store
from scholr.platform.storage.settings import StorageSettings

Measure: TypeAlias = Callable[[Platform, Database], Awaitable[None]]


def measured_alone(measure: Measure) -> None:
    """Run it against an embedded server of its own, which is stopped afterwards."""
    server = EmbeddedPostgres(ephemeral=True)
    dsn = server.start()
    try:
        database = clone(dsn, make_template(dsn), "bench_own")
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(_measured(database, Path(folder), measure))
    finally:
        server.stop()


async def _measured(database: TestDatabase, folder: Path, measure: Measure) -> None:
    http = HttpSettings(Profile.DEMO, "127.0.0.1", 8080, "http://localhost:8080")
    keys, files = KeyRing((secrets.token_bytes(32),)), open_store(StorageSettings(folder))
    platform = build_platform(PlatformSettings(DatabaseSettings(database.app), http, keys, storage=files))
    worker_db = Database(DatabaseSettings(database.worker))
    try:
        await measure(platform, worker_db)
    finally:
        await worker_db.close()
        await platform.close()
