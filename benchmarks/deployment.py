"""A deployment to measure: PostgreSQL with its real durability, one web process, one bare ASGI server beside it."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from socket import create_server

import asyncpg
import httpx
import psutil

from scholr.entrypoints.credentials import addresses, load_credentials
from scholr.platform.db.embedded import EmbeddedPostgres
from scholr.platform.db.migrate import prepare_database

READY_SECONDS = 60.0
STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Deployment:
    """`web`, `hello` and `postgres` are process ids; ports are on 127.0.0.1."""

    admin_dsn: str = field(repr=False)
    app_dsn: str = field(repr=False)
    port: int
    hello_port: int
    web: int
    hello: int
    postgres: int
    directory: Path

    def cpu_seconds(self, pid: int) -> float:
        """User and system time that a process has used so far."""
        used = psutil.Process(pid).cpu_times()
        return used.user + used.system

    def database_cpu_seconds(self) -> float:
        """The same of PostgreSQL with all its backends, those that have ended included."""
        server = psutil.Process(self.postgres)
        alive = 0.0
        for backend in server.children():
            with suppress(psutil.NoSuchProcess):  # it has just ended and is counted below
                used = backend.cpu_times()
                alive += used.user + used.system
        own = server.cpu_times()
        return alive + own.user + own.system + own.children_user + own.children_system

    def client(self, tenant_id: str | None = None) -> httpx.Client:
        headers = {"X-Tenant-Id": tenant_id} if tenant_id else {}
        return httpx.Client(base_url=f"http://localhost:{self.port}", headers=headers, timeout=30)

    def execute(self, sql: str) -> None:
        """Run SQL as the administrator, such as for a table that only a benchmark needs."""

        async def run() -> None:
            connection = await asyncpg.connect(self.admin_dsn)
            try:
                await connection.execute(sql)
            finally:
                await connection.close()

        asyncio.run(run())


@contextmanager
def deployed() -> Iterator[Deployment]:
    """Start everything in a directory of its own, and stop it, whatever happens in between."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scholr-bench-")))
        postgres = EmbeddedPostgres(directory / "postgres")
        admin = postgres.start()
        stack.callback(postgres.stop)
        found = addresses(admin, load_credentials(directory))
        asyncio.run(prepare_database(found.admin, list(found.logins)))
        port, hello_port = free_port(), free_port()
        variables = {
            "SCHOLR_APP_DATABASE_URL": found.app,
            "SCHOLR_WORKER_DATABASE_URL": found.worker,
            "SCHOLR_DATA_DIR": str(directory),
            "SCHOLR_PORT": str(port),
        }
        web = stack.enter_context(started(["-m", "scholr.entrypoints.http"], variables))
        hello = stack.enter_context(started(_hello(hello_port), {}))
        wait_until_answers(port, "/health/ready")
        wait_until_answers(hello_port, "/")
        yield Deployment(admin, found.app, port, hello_port, web, hello, postgres.postmaster_id or 0, directory)


def free_port() -> int:
    with create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _hello(port: int) -> list[str]:
    options = ["--loop", "uvloop", "--http", "httptools", "--ws", "none", "--no-access-log", "--log-level", "warning"]
    return ["-m", "uvicorn", "benchmarks.hello:app", "--port", str(port), *options]


@contextmanager
def started(arguments: list[str], variables: dict[str, str]) -> Iterator[int]:
    """A Python process of its own; it is asked to end, and then ended, when the block does."""
    process = subprocess.Popen([sys.executable, *arguments], env={**os.environ, **variables})
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_answers(port: int, path: str) -> None:
    """Raises RuntimeError when 127.0.0.1:`port` does not answer `path` with 200 in READY_SECONDS."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"http://localhost:{port}{path}").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"nothing answered on port {port} within {READY_SECONDS:.0f} s")
