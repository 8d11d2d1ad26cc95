"""A server without room says so in words that callers understand, wherever in a transaction it happens."""

from pathlib import Path

import asyncpg
import pytest

from scholr.entrypoints.wiring import PlatformSettings, build_platform
from scholr.platform.db.errors import DatabaseFull
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.http.settings import HttpSettings, Profile
from scholr.platform.mail.local import LocalMailer
from scholr.platform.runtime import Platform
from scholr.platform.security.keys import KeyRing
from tests.support.client import api_client
from tests.support.database import TestDatabase
from tests.support.school import School, open_school

_RAISE = "do $$ begin raise exception 'no space left' using errcode = '53100'; end $$"


async def test_in_a_transaction_of_its_own(platform: Platform, school: School) -> None:
    with pytest.raises(DatabaseFull):
        async with platform.db.write(school.tenant_id) as tx:
            await tx.raw.execute(_RAISE)


async def test_in_a_part_of_an_ambient_one(platform: Platform, school: School) -> None:
    async with platform.db.ambient_write(school.tenant_id):
        with pytest.raises(DatabaseFull):
            async with platform.db.write(school.tenant_id) as tx:
                await tx.raw.execute(_RAISE)


async def test_in_an_ambient_one_itself(platform: Platform, school: School) -> None:
    with pytest.raises(DatabaseFull):
        async with platform.db.ambient_write(school.tenant_id) as tx:
            await tx.raw.execute(_RAISE)


async def test_through_the_orm(platform: Platform, school: School) -> None:
    with pytest.raises(DatabaseFull):
        async with platform.db.write(school.tenant_id) as tx:
            await (await tx.session.connection()).exec_driver_sql(_RAISE)


async def test_where_an_answer_is_kept_for_repeating(own_database: TestDatabase, tmp_path: Path) -> None:
    """The work was done, its answer could not be written down: nothing of either stays, and 503 says so."""
    await _refuse_to_keep(own_database)
    platform = build_platform(
        PlatformSettings(
            DatabaseSettings(own_database.app, pool_size=2),
            HttpSettings(Profile.DEMO, "127.0.0.1", 8080, "http://localhost:8080"),
            KeyRing((bytes(32),)),
            mailer=LocalMailer(tmp_path),
        )
    )
    try:
        school = await open_school(platform, "Aldersea")
        async with api_client(platform, school.tenant_id) as client:
            answer = await client.post("/api/courses", json={"title": "x"}, headers={"Idempotency-Key": "1"})
            courses = (await client.get("/api/courses")).json()["items"]
    finally:
        await platform.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "database_full")
    assert courses == []


async def _refuse_to_keep(database: TestDatabase) -> None:
    connection = await asyncpg.connect(database.admin)
    try:
        await connection.execute(
            "create function full_disk() returns trigger language plpgsql as"
            " $$ begin raise exception 'no space left' using errcode = '53100'; end $$;"
            "create trigger full_disk before insert on platform_idempotency"
            " for each row execute function full_disk()"
        )
    finally:
        await connection.close()
