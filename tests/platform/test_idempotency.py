"""Idempotency-Key: one effect, one answer, whatever is repeated."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import litestar
import msgspec
import pytest
from litestar import Response
from litestar.datastructures import Cookie
from litestar.params import FromPath, JSONBody
from litestar.types import Scope

from scholr.kernel.actor import ANONYMOUS, Actor
from scholr.kernel.errors import Conflict, LimitReached, Unauthenticated
from scholr.kernel.ids import TenantId, new_id
from scholr.platform import housekeeping
from scholr.platform.db.retry import retried
from scholr.platform.http.app import build_routes
from scholr.platform.http.context import RequestContext
from scholr.platform.http.edge import Edge
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.http.problems import Problem
from scholr.platform.mail import send_mail
from scholr.platform.runtime import Platform
from scholr.platform.security.keys import KeyRing
from tests.support.client import api_client
from tests.support.clock import MovableClock
from tests.support.delivery import worker_db
from tests.support.school import School


class Note(msgspec.Struct):
    text: str = "x"
    answer: str = "fine"


@dataclass
class Notes:
    """An application with one route that writes a row and answers as it is told."""

    runs: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    deadlocks_left: int = 0

    def app(self, platform: Platform, actor: Actor) -> Any:
        notes = self

        @litestar.post("/api/notes")
        async def add(data: JSONBody[Note], actor: TheActor, platform: ThePlatform) -> Response[dict[str, Any]]:
            notes.runs += 1
            await notes.write(platform, actor.tenant_id, data)
            if data.answer == "wait":
                notes.begun.set()
                await notes.gate.wait()
            if data.answer == "break":
                raise ZeroDivisionError
            cookies = [Cookie("session", "secret")] if data.answer == "cookie" else []
            return Response({"id": str(new_id()), "run": notes.runs}, cookies=cookies)

        @litestar.delete("/api/notes/{number:int}", status_code=204)
        async def remove(number: FromPath[int]) -> None:
            notes.runs += number

        async def authenticate(_scope: Scope, context: RequestContext) -> None:
            context.actor = actor

        def render_error(problem: Problem, _scope: Scope) -> str:
            return problem.detail

        routes = build_routes([], render_error=render_error, extra_routes=[add, remove])
        return Edge(routes, platform, authenticate, render_error)

    async def write(self, platform: Platform, tenant_id: TenantId | None, data: Note) -> None:
        await _write_note(platform, self, tenant_id, data)


@retried
async def _write_note(platform: Platform, notes: Notes, tenant_id: TenantId | None, data: Note) -> None:
    async with platform.db.write(tenant_id) as tx:
        await send_mail(tx, to="a@example.org", subject=data.text, text="x")
        if data.answer == "conflict":
            raise Conflict("No.")
        if notes.deadlocks_left:
            notes.deadlocks_left -= 1
            raise asyncpg.DeadlockDetectedError("deadlock detected")
    if data.answer == "unauthenticated":
        raise Unauthenticated
    if data.answer == "limit":
        raise LimitReached("Slow down.", retry_after=3)


async def leave_in_the_middle(app: Any, key: str, *sent: bytes) -> list[Any]:
    """A client whose connection ends before the body did; returns what was said to nobody."""
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in sent]
    said: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        said.append(message)

    headers = [(b"host", b"localhost"), (b"content-type", b"application/json"), (b"idempotency-key", key.encode())]
    scope = {"type": "http", "method": "POST", "path": "/api/notes", "raw_path": b"/api/notes", "query_string": b""}
    await app({**scope, "headers": headers, "root_path": "", "scheme": "http", "http_version": "1.1"}, receive, send)
    return said


@dataclass
class Client:
    http: httpx.AsyncClient
    notes: Notes
    platform: Platform
    tenant_id: TenantId | None

    async def add(self, key: str | None, text: str = "x", answer: str = "fine") -> httpx.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        return await self.http.post("/api/notes", json={"text": text, "answer": answer}, headers=headers)

    async def rows(self) -> int:
        async with self.platform.db.read(self.tenant_id) as rx:
            count: int = await rx.raw.fetchval("select count(*) from platform_mail")
        return count


@asynccontextmanager
async def _client(platform: Platform, actor: Actor, notes: Notes | None = None) -> AsyncIterator[Client]:
    notes = notes or Notes()
    transport = httpx.ASGITransport(app=notes.app(platform, actor), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield Client(client, notes, platform, actor.tenant_id)


@pytest.fixture
async def client(platform: Platform, school: School) -> AsyncIterator[Client]:
    async with _client(platform, school.owner) as made:
        yield made


async def test_the_same_request_gets_the_first_answer_byte_for_byte(client: Client) -> None:
    first, second = await client.add("k"), await client.add("k")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert first.headers["content-type"] == second.headers["content-type"]
    assert (client.notes.runs, await client.rows()) == (1, 1)


async def test_without_a_key_every_request_has_its_effect(client: Client) -> None:
    await client.add(None)
    await client.add(None)
    assert await client.rows() == 2


async def test_the_quoted_form_of_the_draft_is_the_same_key(client: Client) -> None:
    first, second = await client.add('"k 1"'), await client.add("k 1")
    assert first.content == second.content


async def test_another_body_or_route_with_the_same_key_is_refused(client: Client) -> None:
    await client.add("k")
    other_body = await client.add("k", text="y")
    other_route = await client.http.delete("/api/notes/1", headers={"Idempotency-Key": "k"})
    for refused in (other_body, other_route):
        assert refused.status_code == 422
        assert refused.json()["code"] == "idempotency_key_reused"
    assert client.notes.runs == 1


async def test_an_answer_without_a_body_is_repeated_too(client: Client) -> None:
    for _ in range(2):
        answer = await client.http.delete("/api/notes/5", headers={"Idempotency-Key": "k"})
        assert (answer.status_code, answer.content) == (204, b"")
    assert client.notes.runs == 5


async def test_while_the_first_runs_the_second_is_told_to_wait(client: Client) -> None:
    first = asyncio.create_task(client.add("k", answer="wait"))
    await asyncio.wait({first, asyncio.create_task(client.notes.begun.wait())}, return_when=asyncio.FIRST_COMPLETED)
    second = await client.add("k", answer="wait")
    assert (second.status_code, second.json()["code"]) == (409, "idempotency_key_in_progress")
    assert second.headers["retry-after"] == "1"
    client.notes.gate.set()
    assert (await first).content == (await client.add("k", answer="wait")).content
    assert client.notes.runs == 1


async def test_many_at_once_have_one_effect(client: Client) -> None:
    answers = await asyncio.gather(*(client.add("k") for _ in range(12)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert await client.rows() == 1


@pytest.mark.parametrize("key", ["", '""', "a" * 256, "ü", "tab\there"])
async def test_a_malformed_key_is_refused(client: Client, key: str) -> None:
    answer = await client.http.post("/api/notes", json={}, headers=[(b"idempotency-key", key.encode("latin-1"))])
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_malformed")
    assert client.notes.runs == 0


async def test_two_keys_in_one_request_are_refused(client: Client) -> None:
    headers = [(b"idempotency-key", b"a"), (b"idempotency-key", b"b")]
    assert (await client.http.post("/api/notes", json={}, headers=headers)).status_code == 400


async def test_a_business_refusal_is_an_answer_and_its_effects_are_undone(client: Client) -> None:
    first, second = await client.add("k", answer="conflict"), await client.add("k", answer="conflict")
    assert (first.status_code, first.content) == (409, second.content)
    assert (client.notes.runs, await client.rows()) == (1, 0)


async def test_a_break_leaves_nothing_and_may_be_tried_again(client: Client) -> None:
    assert (await client.add("k", answer="break")).status_code == 500
    assert await client.rows() == 0
    assert (await client.add("k", answer="break")).status_code == 500
    assert client.notes.runs == 2


@pytest.mark.parametrize(("answer", "status"), [("unauthenticated", 401), ("limit", 429)])
async def test_a_passing_refusal_is_not_kept_but_what_it_counted_is(client: Client, answer: str, status: int) -> None:
    """A key must not undo the count of failed sign-ins."""
    for _ in range(2):
        assert (await client.add("k", answer=answer)).status_code == status
    assert (client.notes.runs, await client.rows()) == (2, 2)


async def test_an_answer_with_a_cookie_is_never_handed_out_again(client: Client) -> None:
    assert "set-cookie" in (await client.add("k", answer="cookie")).headers
    assert "idempotency-replayed" not in (await client.add("k", answer="cookie")).headers
    assert client.notes.runs == 2


async def test_a_lost_race_is_run_again_inside_the_request(client: Client) -> None:
    client.notes.deadlocks_left = 2
    assert (await client.add("k")).status_code == 201
    assert await client.rows() == 1


async def test_a_race_that_is_always_lost_asks_to_come_back(client: Client) -> None:
    client.notes.deadlocks_left = 5
    answer = await client.add("k")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert await client.rows() == 0
    assert (await client.add("k")).status_code == 201


async def test_one_key_of_two_people_or_tenants_is_two_keys(
    platform: Platform, school: School, other_school: School
) -> None:
    notes = Notes()
    for actor in (school.owner, await school.person(), other_school.owner):
        async with _client(platform, actor, notes) as client:
            assert (await client.add("k")).status_code == 201
    assert notes.runs == 3


async def test_without_a_tenant_it_holds_as_well(platform: Platform) -> None:
    key = {"Idempotency-Key": str(new_id())}
    async with api_client(platform) as client:
        first = await client.post("/api/organizations", json={"name": "Cedar"}, headers=key)
        second = await client.post("/api/organizations", json={"name": "Cedar"}, headers=key)
        other = await client.post("/api/organizations", json={"name": "Birch"}, headers=key)
        assert (first.status_code, first.content) == (201, second.content)
        assert other.status_code == 422
        answer = await client.get("/api/courses", headers={"X-Tenant-Id": first.json()["id"]})
    assert answer.status_code != 401


async def test_an_anonymous_key_is_bound_to_an_address(platform: Platform) -> None:
    notes = Notes()
    app = notes.app(platform, ANONYMOUS)
    for address in ("192.0.2.1", "192.0.2.2"):
        transport = httpx.ASGITransport(app=app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            answer = await client.post("/api/notes", json={"text": address}, headers={"Idempotency-Key": "k"})
            assert answer.status_code == 201
    assert notes.runs == 2


async def test_the_table_holds_nothing_that_can_be_read(client: Client, school: School) -> None:
    await client.add("my-key", text="my-secret")
    async with client.platform.db.read(school.tenant_id) as rx:
        row = await rx.raw.fetchrow("select * from platform_idempotency")
    assert row is not None
    stored = b"".join(value for value in row.values() if isinstance(value, bytes))
    for word in (b"my-key", b"my-secret", b"run", b"application/json"):
        assert word not in stored


async def test_an_answer_survives_the_change_of_the_deployments_key(platform: Platform, school: School) -> None:
    notes, old = Notes(), platform.keys.secrets
    async with _client(platform, school.owner, notes) as client:
        first = await client.add("k")
    renewed = replace(platform, keys=KeyRing((b"n" * 32, *old)))
    async with _client(renewed, school.owner, notes) as client:
        assert (await client.add("k")).content == first.content


async def test_while_the_first_runs_under_the_old_key_the_second_waits_under_the_new_one(
    platform: Platform, school: School
) -> None:
    """As in a roll, when a request is sent again to a process that is new."""
    renewed = replace(platform, keys=KeyRing((b"n" * 32, *platform.keys.secrets)))
    async with _client(platform, school.owner) as old, _client(renewed, school.owner) as new:
        first = asyncio.create_task(old.add("k", answer="wait"))
        await old.notes.begun.wait()
        second = await new.add("k")
        old.notes.gate.set()
        answers = (await first).status_code, second.status_code
    assert answers == (201, 409)
    assert new.notes.runs == 0


async def test_after_a_day_the_key_is_forgotten(client: Client, clock: MovableClock, school: School) -> None:
    await client.add("k")
    clock.advance(timedelta(hours=24, seconds=1))
    assert "idempotency-replayed" not in (await client.add("k")).headers
    assert client.notes.runs == 2
    clock.advance(timedelta(days=2))
    db = await worker_db(client.platform)
    async with db.write(None) as tx:
        await tx.raw.execute("delete from platform_periodic where name = 'platform.housekeeping'")
    assert await housekeeping.clean_if_due(db, clock.now(), housekeeping.Retention())
    assert not await housekeeping.clean_if_due(db, clock.now(), housekeeping.Retention())
    async with client.platform.db.read(school.tenant_id) as rx:
        assert await rx.raw.fetchval("select count(*) from platform_idempotency") == 0


async def test_every_unsafe_operation_documents_the_header(platform: Platform) -> None:
    async with api_client(platform) as client:
        document = (await client.get("/openapi.json")).json()
    reference = {"$ref": "#/components/parameters/IdempotencyKey"}
    for operations in document["paths"].values():
        for method, operation in operations.items():
            assert (reference in operation.get("parameters", ())) == (method != "get")


@pytest.mark.parametrize("sent", [(), (b'{"text": "x", ',)])
async def test_half_a_request_is_none_and_the_whole_one_can_be_sent_after_it(
    platform: Platform, school: School, sent: tuple[bytes, ...]
) -> None:
    notes = Notes()
    said = await leave_in_the_middle(notes.app(platform, school.owner), "half", *sent)
    assert [message["status"] for message in said if "status" in message] == [400]
    assert notes.runs == 0
    async with _client(platform, school.owner, notes) as client:
        answer = await client.add("half")
    assert (answer.status_code, notes.runs) == (201, 1)
