"""A web process that is killed in the middle of requests: whoever sends them again gets one effect each."""

import asyncio
import secrets
import signal
from collections import Counter
from pathlib import Path

import httpx

from scholr.entrypoints.wiring import PlatformSettings, build_platform
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.http.settings import HttpSettings, Profile
from scholr.platform.security.keys import KeyRing
from tests.support.database import TestDatabase
from tests.support.school import open_school
from tests.support.server import RunningServer, started_server

REQUESTS = 120
AT_ONCE = 12
BEFORE_THE_KILL = 30


async def test_requests_with_a_key_survive_a_killed_server(own_database: TestDatabase, tmp_path: Path) -> None:
    tenant_id = await _open_school(own_database)
    key_of_the_deployment = secrets.token_hex(32)
    titles = {f"key-{number}": f"Course {number}" for number in range(REQUESTS)}
    with started_server(own_database, tmp_path, secret_key=key_of_the_deployment) as server:
        answered = await _until_killed(server, tenant_id, titles)
    assert BEFORE_THE_KILL <= len(answered) < REQUESTS, "the server was not killed in the middle"

    with started_server(own_database, tmp_path, secret_key=key_of_the_deployment) as server:
        async with _client(server.url, tenant_id) as client:
            again = {key: await _create(client, key, title) for key, title in titles.items()}
            made = Counter(await _titles(client))
    assert {key: again[key] for key in answered} == answered, "an answer that was given is another one now"
    assert made == Counter(titles.values())


async def _open_school(database: TestDatabase) -> str:
    http = HttpSettings(Profile.DEMO, "127.0.0.1", 8080, "http://localhost:8080")
    settings = PlatformSettings(DatabaseSettings(database.app, pool_size=2), http, KeyRing((bytes(32),)))
    platform = build_platform(settings)
    try:
        return str((await open_school(platform, "Aldersea")).tenant_id)
    finally:
        await platform.db.close()


def _client(url: str, tenant_id: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, headers={"X-Tenant-Id": tenant_id}, timeout=30)


async def _create(client: httpx.AsyncClient, key: str, title: str) -> str:
    answer = await client.post("/api/courses", json={"title": title}, headers={"Idempotency-Key": key})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def _until_killed(server: RunningServer, tenant_id: str, titles: dict[str, str]) -> dict[str, str]:
    """What was answered, by key, before the process was gone; the kill comes while others are being served."""
    answered: dict[str, str] = {}
    waiting = list(titles.items())

    async def one_after_another(client: httpx.AsyncClient) -> None:
        while waiting:
            key, title = waiting.pop()
            try:
                answered[key] = await _create(client, key, title)
            except httpx.TransportError:
                return
            if len(answered) == BEFORE_THE_KILL:
                server.process.send_signal(signal.SIGKILL)

    async with _client(server.url, tenant_id) as client:
        await asyncio.gather(*(one_after_another(client) for _ in range(AT_ONCE)))
    return answered


async def _titles(client: httpx.AsyncClient) -> list[str]:
    found: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": "200", **({"cursor": cursor} if cursor else {})}
        page = (await client.get("/api/courses", params=query)).json()
        found += [item["title"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found
