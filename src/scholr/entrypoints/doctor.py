"""`scholr doctor`: looks at everything that a deployment stands on, and says what to do about what is wrong."""

import asyncio
import shutil
import sys
import time
from collections.abc import AsyncIterator, Iterator
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import asyncpg
import typst
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

import scholr
from scholr.entrypoints.environment import Environment
from scholr.entrypoints.findings import Finding, State
from scholr.entrypoints.live_state import examine_live_state
from scholr.entrypoints.preflight import LEAST_FREE_MB, StartError, explain_settings, require_port
from scholr.entrypoints.probe import http_status
from scholr.entrypoints.replica_state import examine_replica
from scholr.platform.db.embedded import running_dsn
from scholr.platform.db.embedded_account import EmbeddedPostgresError
from scholr.platform.db.head import head_revision
from scholr.platform.db.roles import GROUPS
from scholr.platform.db.server_check import ServerFacts, ServerUnusable, look_at_server

OLDEST_PYTHON = (3, 11)
LARGEST_SKEW = 2.0  # seconds between this machine's clock and the database's
DAY = 86400.0


def doctor() -> int:
    """Check what Scholr stands on. Exit code 1 when something must be mended."""
    console = Console(highlight=False)
    try:
        environment = Environment()
    except ValidationError as error:
        console.print(Text(f"scholr: {explain_settings(error)}", style="red"), soft_wrap=True)
        return 1
    findings = asyncio.run(examine(environment))
    console.print(as_table(findings))
    return 1 if any(finding.state is State.FAIL for finding in findings) else 0


async def examine(environment: Environment) -> list[Finding]:
    here = [*_examine_machine(environment), await _examine_port(environment)]
    return [*here, *[finding async for finding in _examine_database(environment)]]


def as_table(findings: list[Finding]) -> Table:
    colours = {State.OK: "green", State.WARN: "yellow", State.FAIL: "red"}
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for title in ("Check", "", "Found", "What to do"):
        table.add_column(title, overflow="fold")
    for finding in findings:
        table.add_row(finding.name, Text(finding.state, style=colours[finding.state]), finding.found, finding.remedy)
    return table


def _examine_machine(environment: Environment) -> Iterator[Finding]:
    yield _examine_python()
    yield _examine_disk(environment.data_dir.absolute())
    yield _examine_clock(time.time())
    yield _examine_bundle()
    yield _examine_documents()


def _examine_python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        return Finding("Python", State.FAIL, found, "install Python 3.11 or later")
    return Finding("Python", State.OK, found)


def _examine_disk(data_dir: Path) -> Finding:
    place = next(part for part in (data_dir, *data_dir.parents) if part.is_dir())
    free = shutil.disk_usage(place).free // 2**20
    found = f"{free} MB free for {data_dir}"
    if free < LEAST_FREE_MB:
        return Finding("Disk", State.FAIL, found, f"make {LEAST_FREE_MB} MB free, or set SCHOLR_DATA_DIR")
    if free < 5 * LEAST_FREE_MB:
        return Finding("Disk", State.WARN, found, "make room soon")
    return Finding("Disk", State.OK, found)


def _examine_clock(now: float) -> Finding:
    """A clock before the program was installed is wrong; sign-ins, deadlines and certificates would be too."""
    installed = Path(scholr.__file__).stat().st_mtime
    found = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    if now < installed - DAY:
        return Finding("Clock", State.FAIL, found, "it is earlier than the program itself; set this machine's clock")
    return Finding("Clock", State.OK, found)


def _examine_bundle() -> Finding:
    if files("scholr.web").joinpath("static", "dist", "manifest.json").is_file():
        return Finding("Front-end", State.OK, "bundle present")
    return Finding("Front-end", State.FAIL, "no bundle", "run: python tools/build_frontend.py")


def _examine_documents() -> Finding:
    """Certificates are PDFs: make a small one."""
    try:
        page = typst.compile("Certificate · Zertifikat · شهادة".encode(), format="pdf")
    except RuntimeError as error:
        return Finding("Documents", State.FAIL, f"typst: {error}", "reinstall with make clean, then make up")
    if not isinstance(page, bytes) or not page.startswith(b"%PDF-"):
        return Finding("Documents", State.FAIL, "typst made no PDF", "reinstall with make clean, then make up")
    return Finding("Documents", State.OK, f"typst {version('typst')} makes PDFs")


async def _examine_port(environment: Environment) -> Finding:
    host, port = environment.host, environment.port
    status = await http_status(host, port, "/health/ready")
    if status == 200:
        return Finding("Port", State.OK, f"Scholr answers on {port}")
    if status == 503:
        return Finding("Port", State.WARN, f"Scholr answers on {port}, but is not ready", "see the database below")
    try:
        require_port(host, port)
    except StartError as error:
        return Finding("Port", State.FAIL, f"{port} cannot be used", str(error))
    return Finding("Port", State.OK, f"{port} is free")


async def _examine_database(environment: Environment) -> AsyncIterator[Finding]:
    try:
        dsn = environment.database_url or running_dsn(environment.data_dir / "postgres")
        if dsn is None:
            yield Finding("Database", State.WARN, "the embedded server is not running", "start it with: make up")
            return
        facts = await look_at_server(dsn, now=time.time())
    except (ServerUnusable, EmbeddedPostgresError) as error:
        yield Finding("Database", State.FAIL, "not usable", str(error))
        return
    yield Finding("Database", State.OK, f"PostgreSQL {facts.version}, database {facts.database}")
    yield _examine_skew(facts)
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        replica = await examine_replica(environment, connection)
        known = {row["rolname"] for row in await connection.fetch("select rolname from pg_roles")}
        has_table = await connection.fetchval("select to_regclass('alembic_version') is not null")
        revision = await connection.fetchval("select version_num from alembic_version") if has_table else None
        live = await examine_live_state(connection) if revision == head_revision() else []
    finally:
        await connection.close()
    yield _examine_roles(known)
    yield _examine_schema(revision, head_revision())
    for finding in (*replica, *live):
        yield finding


def _examine_skew(facts: ServerFacts) -> Finding:
    found = f"{facts.clock_skew:+.1f} s from this machine's"
    if abs(facts.clock_skew) > LARGEST_SKEW:
        return Finding("Database clock", State.WARN, found, "let both machines follow the same time server")
    return Finding("Database clock", State.OK, found)


def _examine_roles(known: set[str]) -> Finding:
    missing = [name for name in GROUPS if name not in known]
    if missing:
        return Finding("Roles", State.FAIL, f"missing: {', '.join(missing)}", "run: scholr migrate")
    return Finding("Roles", State.OK, ", ".join(GROUPS))


def _examine_schema(revision: str | None, wanted: str) -> Finding:
    if revision == wanted:
        return Finding("Schema", State.OK, f"at {revision}")
    if revision is not None and revision > wanted:
        return Finding("Schema", State.WARN, f"at {revision}, newer than this program's {wanted}", "install the newer")
    return Finding("Schema", State.FAIL, f"at {revision or 'nothing'}, needs {wanted}", "run: scholr migrate")


if __name__ == "__main__":
    sys.exit(doctor())
