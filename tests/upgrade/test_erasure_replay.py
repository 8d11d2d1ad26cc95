"""A dump from before an erasure is restored: it is refused, then erased again; its words could not be read anyway."""

import asyncio
import dataclasses
import secrets
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.compliance import facade as compliance
from scholr.entrypoints.safety import UnsafeConfiguration, refuse_forgotten
from scholr.entrypoints.wiring import PlatformSettings, build_platform, live_modules
from scholr.platform.db.embedded_account import find_program
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.http.settings import HttpSettings, Profile
from scholr.platform.mail.local import LocalMailer
from scholr.platform.runtime import Platform
from scholr.platform.security.keys import KeyRing
from scholr.platform.security.personal import ERASED
from scholr.platform.storage.objects import open_store
from scholr.platform.storage.settings import StorageSettings
from tests.contexts.compliance.erasable import (
    ACCOMMODATED,
    ADDRESS,
    ANSWERED,
    NAME,
    NOTED,
    REASONED,
    REVOKED,
    WORDS,
    admin_of,
    erased,
    figures,
    live,
)
from tests.support.clock import MovableClock
from tests.support.database import TestDatabase
from tests.support.delivery import attach, detach
from tests.support.rates import GENEROUS
from tests.support.school import open_school
from tests.support.words import columns_with


@asynccontextmanager
async def program_on(database: TestDatabase, keys: KeyRing, folder: Path) -> AsyncIterator[Platform]:
    """A process with nothing remembered; files and secrets are those of the deployment."""
    http = HttpSettings(Profile.DEMO, "127.0.0.1", 8080, "http://localhost:8080")
    settings = PlatformSettings(
        DatabaseSettings(database.app, pool_size=5),
        http,
        keys,
        mailer=LocalMailer(folder / "mail"),
        storage=open_store(StorageSettings(folder / "files")),
        rates=GENEROUS,
    )
    built = build_platform(settings, clock=MovableClock())
    try:
        await attach(built, database.worker)
        yield built
    finally:
        await detach(built)
        await built.db.close()


def later(platform: Platform) -> None:
    """Past the time in which a record may belong to a confirmation that is under way."""
    assert isinstance(platform.clock, MovableClock)
    platform.clock.advance(compliance.UNDER_WAY * 2)


async def run(program: str, *arguments: str) -> None:
    await asyncio.to_thread(subprocess.run, [str(find_program(program)), *arguments], check=True, text=True)


async def put_back(database: TestDatabase, file: Path) -> None:
    """The dump instead of what is there, in the same server, where the roles are."""
    name = make_url(database.admin).database
    server = await asyncpg.connect(
        make_url(database.admin).set(database="postgres").render_as_string(hide_password=False)
    )
    try:
        await server.execute(f'drop database "{name}" with (force)')
        await server.execute(f'create database "{name}"')
    finally:
        await server.close()
    await run("pg_restore", "--exit-on-error", "--single-transaction", f"--dbname={database.admin}", str(file))


async def test_a_restored_dump_is_erased_again_before_it_serves(own_database: TestDatabase, tmp_path: Path) -> None:
    keys, file = KeyRing((secrets.token_bytes(32),)), tmp_path / "scholr.dump"
    async with program_on(own_database, keys, tmp_path) as platform:
        school = await open_school(platform, "Aldersea")
        life = await live(school)
        await run(
            "pg_dump",
            "--format=custom",
            "--exclude-table-data=platform_data_key",
            f"--file={file}",
            f"--dbname={own_database.admin}",
        )
        before = await figures(school, life)
        await erased(school, life.id)
        later(platform)
        await refuse_forgotten(platform)
    await put_back(own_database, file)
    async with admin_of(own_database) as admin:
        again = {each.word for each in await columns_with(admin, WORDS)}
        assert {NAME, ADDRESS} <= again
        assert not again & {ANSWERED, NOTED, REASONED, ACCOMMODATED, REVOKED}
    async with program_on(own_database, keys, tmp_path) as platform:
        later(platform)
        found = await assessment.attempt_result(platform, school.owner, attempt_id=life.attempt)
        assert ERASED in str(found)
        with pytest.raises(UnsafeConfiguration, match="replay-erasures"):
            await refuse_forgotten(platform)
        assert await compliance.replay(platform, live_modules()) == 1
        assert await compliance.replay(platform, live_modules()) == 0
        await refuse_forgotten(platform)
        async with admin_of(own_database) as admin:
            assert await columns_with(admin, WORDS) == []
        assert await figures(dataclasses.replace(school, platform=platform), life) == before
