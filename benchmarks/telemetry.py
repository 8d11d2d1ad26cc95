"""What seeing costs: CPU of a lesson page in one process, without any of it, with counters, with traces.

    .venv/bin/python -m benchmarks.telemetry

The variants take turns in short rounds, so that a noisy machine disturbs all alike; what counts is the median of what
each costs compared with the first in the same round. Requests go to the application itself, without a socket, and
threads of the exporter are part of the figure.
"""

import asyncio
import statistics
import sys
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import asyncpg
from litestar.types import ASGIApp
from rich.console import Console

from benchmarks.deployment import Deployment, deployed
from benchmarks.school import BenchSchool, furnish
from benchmarks.session import learner_session
from scholr.contexts.auth.authentication import Authenticator
from scholr.entrypoints.environment import Environment
from scholr.entrypoints.settings import platform_settings
from scholr.entrypoints.site import build_http, live_routes
from scholr.entrypoints.wiring import build_platform
from scholr.platform.http.edge import Edge
from scholr.platform.runtime import Platform
from scholr.web.errors import render_error

ROUNDS = 45
REQUESTS = 50
COUNTERS_AT_MOST, SAMPLED_AT_MOST = 0.03, 0.10


@dataclass(slots=True)
class Variant:
    """`rounds` are microseconds of CPU for one request."""

    name: str
    app: ASGIApp
    platform: Platform
    rounds: list[float] = field(default_factory=list)

    @property
    def cost(self) -> float:
        return statistics.median(self.rounds)

    def beside(self, bare: "Variant") -> float:
        """How much more than `bare`, as a share."""
        return statistics.median(own / its for own, its in zip(self.rounds, bare.rounds, strict=True)) - 1


class _Collector(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


async def _bare(platform: Platform) -> ASGIApp:
    """The same program without the layer that counts and without timed statements."""
    async with platform.db._pool.borrow() as lease:
        timed = type(lease.raw)
    for name in ("fetch", "fetchrow", "fetchval", "execute", "executemany"):
        setattr(timed, name, getattr(asyncpg.Connection, name))
    return Edge(live_routes(), platform, Authenticator(platform), render_error)


async def _variants(deployment: Deployment, collector: str) -> list[Variant]:
    def platform(endpoint: str = "", ratio: float = 0.0) -> Platform:
        environment = Environment(
            app_database_url=deployment.app_dsn,
            data_dir=deployment.directory,
            port=deployment.port,
            otlp_endpoint=endpoint,
            trace_ratio=ratio,
        )
        return build_platform(platform_settings(environment, service="web"))

    bare, counted = platform(), platform()
    found = [Variant("nothing", await _bare(bare), bare), Variant("counters", build_http(counted), counted)]
    for ratio in (0.01, 1.0):
        traced = platform(collector, ratio)
        found.append(Variant(f"and {ratio:.0%} of traces", build_http(traced), traced))
    return found


async def _open(app: ASGIApp, path: str, cookie: str) -> int:
    status = 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    headers = [(b"host", b"localhost"), (b"cookie", cookie.encode()), (b"accept", b"text/html")]
    scope: Any = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("localhost", 80),
    }  # fmt: skip
    await app(scope, receive, send)  # type: ignore[arg-type]  # ASGI's own shape
    return status


async def _measure(deployment: Deployment, school: BenchSchool, cookie: str, collector: str) -> list[Variant]:
    path = f"/learn/courses/{school.course_id}/lessons/{school.lesson_ids[3]}"
    variants = await _variants(deployment, collector)
    for number in range(ROUNDS + 1):
        for place in range(len(variants)):
            variant = variants[(place + number) % len(variants)]
            begun = time.process_time()
            for _ in range(REQUESTS):
                if await _open(variant.app, path, cookie) != 200:
                    raise RuntimeError("the lesson did not open")
            if number:  # the first round warms up
                variant.rounds.append((time.process_time() - begun) / REQUESTS * 1e6)
    for variant in variants:
        await variant.platform.db.close()
        if variant.platform.signals.telemetry is not None:
            variant.platform.signals.telemetry.shut_down()
    return variants


def main() -> int:
    console = Console(width=100)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Collector)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        with deployed() as deployment:
            school = furnish(deployment, learners=200)
            cookie = learner_session(deployment, school)
            url = f"http://127.0.0.1:{server.server_port}"
            variants = asyncio.run(_measure(deployment, school, cookie, url))
    finally:
        server.shutdown()
    bare = variants[0]
    for each in variants:
        console.print(f"{each.name:24} {each.cost:8.0f} µs a lesson page   {each.beside(bare):+7.1%}")
    counters, sampled = variants[1].beside(bare), variants[2].beside(bare)
    return 0 if counters <= COUNTERS_AT_MOST and sampled <= SAMPLED_AT_MOST else 1


if __name__ == "__main__":
    sys.exit(main())
