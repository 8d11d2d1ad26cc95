"""What the edge itself answers: too much at once, too long, about to end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from litestar.types import Message, Receive, Scope, Send

from scholr.platform.http import edge as edge_module
from scholr.platform.http.context import RequestContext
from scholr.platform.http.edge import Edge
from scholr.platform.http.load import BUSY, MOST_IN_FLIGHT
from scholr.platform.resilience.deadline import remaining
from scholr.platform.runtime import Platform
from scholr.web.errors import render_error


async def nobody(_scope: Scope, _context: RequestContext) -> None:
    """Proves nothing."""


class App:
    """Answers with the seconds that were left of the deadline, after `seconds`."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._seconds = seconds
        self.reached = 0

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        self.reached += 1
        while (await receive()).get("more_body"):
            pass
        await asyncio.sleep(self._seconds)
        body = str(remaining()).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


@asynccontextmanager
async def client_of(edge: Edge) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=edge)  # type: ignore[arg-type]  # Litestar's and httpx's ASGI types differ
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
        yield client


async def test_too_much_at_once_is_turned_away_before_anything_is_done(platform: Platform) -> None:
    app = App()
    edge = Edge(app, platform, nobody, render_error)
    for _ in range(MOST_IN_FLIGHT):
        edge.load.enter()

    async with client_of(edge) as client:
        page = await client.get("/learn", headers={"accept": "text/html"})
        answer = await client.get("/api/courses")
        health = await client.get("/health/live")

    assert (page.status_code, answer.status_code, health.status_code) == (503, 503, 200)
    assert answer.json()["code"] == "overloaded"
    assert 1 <= int(answer.headers["retry-after"]) <= 30
    assert f'content="{page.headers["retry-after"]}"' in page.text, "the page comes back by itself"
    assert app.reached == 1


async def test_below_the_line_nobody_notices(platform: Platform) -> None:
    edge = Edge(App(), platform, nobody, render_error)
    for _ in range(BUSY - 2):
        edge.load.enter()
    async with client_of(edge) as client:
        assert (await client.get("/admin/reports")).status_code == 200
    assert edge.load.in_flight == BUSY - 2


async def test_work_that_takes_too_long_ends_with_an_explanation(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge_module, "_USUAL_SECONDS", 0.05)
    edge = Edge(App(seconds=10), platform, nobody, render_error)
    async with client_of(edge) as client:
        answer = await client.get("/api/courses")
    assert answer.status_code == 503
    assert answer.json()["code"] == "deadline_passed"
    assert edge.load.in_flight == 0


async def test_the_time_that_a_body_takes_to_come_is_not_taken_from_the_work(platform: Platform) -> None:
    edge = Edge(App(), platform, nobody, render_error)

    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(4):
            await asyncio.sleep(0.05)
            yield b"x"

    async with client_of(edge) as client:
        left = float((await client.put("/api/x", content=slowly())).text)
    assert left > edge_module._USUAL_SECONDS - 0.1


async def test_a_process_that_is_about_to_end_says_so_and_goes_on_answering(platform: Platform) -> None:
    edge = Edge(App(), platform, nobody, render_error)
    edge.load.is_draining = True
    async with client_of(edge) as client:
        ready = await client.get("/health/ready")
        other_name = await client.get("/actuator/health")
        live = await client.get("/health/live")
        answer = await client.get("/api/courses")
    assert (ready.status_code, ready.json()["code"]) == (503, "draining")
    assert other_name.status_code == 503
    assert live.status_code == answer.status_code == 200
    assert answer.headers["connection"] == "close"


async def test_what_had_begun_before_the_end_asks_its_connection_to_go_too(platform: Platform) -> None:
    """Kept open, it would be closed under the client's next request."""
    edge = Edge(App(seconds=0.05), platform, nobody, render_error)
    async with client_of(edge) as client:
        answering = asyncio.create_task(client.get("/api/courses"))
        await asyncio.sleep(0.01)
        edge.load.is_draining = True
        answer = await answering
    assert answer.headers["connection"] == "close"


class Trickle:
    """A client, as ASGI sees it: it brings nothing, and takes nothing beyond the head."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()

    async def receive(self) -> Any:
        self.reached.set()
        await asyncio.Event().wait()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            self.reached.set()
            await asyncio.Event().wait()


async def parts(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x", "more_body": True})


@pytest.mark.parametrize(("method", "app"), [("PUT", App()), ("GET", parts)], ids=["its body", "its answer"])
async def test_a_request_that_waits_for_its_client_is_no_load(
    platform: Platform, method: str, app: App | Callable[..., Awaitable[None]]
) -> None:
    edge = Edge(app, platform, nobody, render_error)
    client = Trickle()
    scope: Any = {
        "type": "http",
        "method": method,
        "path": "/api/x",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
    }
    asking = asyncio.create_task(edge(scope, client.receive, client.send))
    async with asyncio.timeout(5):
        await client.reached.wait()
    assert edge.load.in_flight == 0
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert edge.load.in_flight == 0
