"""What each process leaves unloaded: the demo stays small because none carries what its configuration does not name."""

import re
import subprocess
import sys
from pathlib import Path

import scholr
from scholr.platform.chosen import chosen

# Loaded by `chosen` once an address or a setting asks for it, or needed by commands only.
NOBODY = {
    "hvac",
    "redis",
    "nats",
    "httpx2",
    "opentelemetry",
    "google.protobuf",
    "requests",
    "alembic",
    "mako",
    "cyclopts",
}
SERVES_NOBODY = {"litestar", "uvicorn", "jinja2", "webauthn", "OpenSSL", "yaml", "latex2mathml", "typst", "segno"}
SUPERVISES = {"sqlalchemy", "asyncpg", "uvloop", "cryptography", "structlog", "pygments", "scholr.contexts"}

LEFT_OUT = {
    "http": NOBODY,
    "worker": NOBODY | SERVES_NOBODY | {"scholr.web", "scholr.platform.http.api", "scholr.platform.http.app"},
    "web": NOBODY | SERVES_NOBODY | (SUPERVISES - {"structlog", "pygments"}) | {"scholr.web"},
    "up": NOBODY | SERVES_NOBODY | SUPERVISES | {"scholr.web"},
}


def test_a_process_loads_only_what_it_is_configured_for() -> None:
    # One interpreter each, all at once: most of a second each goes into loading.
    running = {
        part: subprocess.Popen(
            [sys.executable, "-c", f"import sys, scholr.entrypoints.{part}; print(*sys.modules)"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for part in LEFT_OUT
    }
    loaded = {part: set(process.communicate()[0].split()) for part, process in running.items()}
    assert all(f"scholr.entrypoints.{part}" in names for part, names in loaded.items())
    assert {part: loaded[part] & unwanted for part, unwanted in LEFT_OUT.items()} == {part: set() for part in LEFT_OUT}


def test_whatever_may_be_chosen_is_there() -> None:
    """Names in strings, which no type checker follows."""
    sources = Path(scholr.__file__).parent.rglob("*.py")
    names = {name for source in sources for name in re.findall(r'chosen\("([^"]+)"\)', source.read_text())}
    assert len(names) > 5
    assert all(callable(chosen(name)) for name in names)
