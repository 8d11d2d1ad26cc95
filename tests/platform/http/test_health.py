"""What probes are told, and what that depends on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest

from scholr.entrypoints.site import build_http
from scholr.platform.db.database import Database
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.resilience.guard import Guards
from scholr.platform.resilience.policy import POLICIES, Dependency
from scholr.platform.runtime import Platform
from tests.support.database import TestDatabase

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@asynccontextmanager
async def probe(platform: Platform) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=build_http(platform))  # type: ignore[arg-type]  # two names for one ASGI type
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
        yield client


@pytest.fixture
async def small(database: TestDatabase, platform: Platform) -> AsyncIterator[Platform]:
    """A platform of its own with one connection, so that it can be held."""
    db = Database(DatabaseSettings(database.app, pool_size=1, pool_timeout=1.0))
    yield replace(platform, db=db, guards=Guards())
    await db.close()


async def test_a_process_that_never_saw_its_database_lives_but_is_not_ready(platform: Platform) -> None:
    db = Database(DatabaseSettings(NOWHERE))
    async with probe(replace(platform, db=db)) as client:
        live, ready = await client.get("/health/live"), await client.get("/health/ready")
    await db.close()
    assert (live.status_code, ready.status_code) == (200, 503)
    assert ready.json()["reason"] == "database_unreachable"


async def test_a_process_that_is_ready_stays_so_while_every_connection_is_taken(small: Platform) -> None:
    async with probe(small) as client:
        assert (await client.get("/health/ready")).status_code == 200
        async with small.db.read(None):
            ready = await client.get("/health/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "UP"})


async def test_readiness_names_what_is_answered_for_by_a_fallback_and_stays_up(small: Platform) -> None:
    search = small.guards[Dependency.SEARCH]

    async def broken() -> None:
        raise ConnectionError

    for _ in range(POLICIES[Dependency.SEARCH].breaker.least):
        with pytest.raises(ConnectionError):
            await search.call(broken)
    async with probe(small) as client:
        ready = await client.get("/health/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "UP", "degraded": ["search"]})
