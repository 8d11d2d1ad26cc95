"""Every check that reads the code without running it: `make lint`, or `python tools/lint.py ruff mypy` for some.

All of them run, even after one has failed, so that one look shows everything there is to mend.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.script import ScriptDirectory

from build_frontend import node_home
from check import ROOT, Outcome, run
from lint_delivery import DELIVERY_CHECKS
from scholr.platform.db.migrate import alembic_config

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BIN = Path(sys.executable).parent
# `prepare_database` sets these on the connection before every migration; the linter wants to see them.
TIMEOUTS = "set lock_timeout = '5s';\nset statement_timeout = '10min';\n"
# Alembic's own table, which is not ours to type better.
BOOKKEEPING = "    version_num VARCHAR(32)"
# What pip-audit says where the package index has no advisories at all; then nothing was checked.
NO_ADVISORIES = "could not be audited"


def lint_style() -> Outcome:
    return run(BIN / "ruff", "check", "src", "tests", "tools", "benchmarks")


def lint_format() -> Outcome:
    return run(BIN / "ruff", "format", "--check", "src", "tests", "tools", "benchmarks")


def lint_types() -> Outcome:
    return run(BIN / "mypy")


def lint_fences() -> Outcome:
    return run(BIN / "lint-imports", "--no-cache")


def lint_migrations() -> Outcome:
    """Render each migration to SQL, as `alembic upgrade --sql` does, and look for locks that would stop a service."""
    with tempfile.TemporaryDirectory() as folder:
        files = [render_migration(revision, Path(folder)) for revision in revisions()]
        return run(BIN / "squawk", "--config", ROOT / ".squawk.toml", *files)


def revisions() -> list[tuple[str, str]]:
    """Pairs of (the revision before, the revision), oldest first; "base" stands before the first."""
    script = ScriptDirectory.from_config(alembic_config())
    found = [each.revision for each in script.walk_revisions()][::-1]
    return list(zip(["base", *found], found, strict=False))


def render_migration(step: tuple[str, str], folder: Path) -> Path:
    before, revision = step
    text = io.StringIO()
    config = alembic_config()
    config.output_buffer = text
    command.upgrade(config, revision if before == "base" else f"{before}:{revision}", sql=True)
    path = folder / f"{revision}.sql"
    path.write_text(
        TIMEOUTS + text.getvalue().replace(BOOKKEEPING, f"-- squawk-ignore prefer-text-field\n{BOOKKEEPING}")
    )
    return path


def lint_security() -> Outcome:
    return run(BIN / "bandit", "-r", "src", "-q", "-c", "pyproject.toml", "-ll", "-ii")


def lint_dependencies() -> Outcome:
    """Known vulnerabilities in what is shipped. Strict, or else a package without advisories would count as safe."""
    locks = [argument for name in ("runtime", "build") for argument in ("-r", ROOT / "requirements" / f"{name}.lock")]
    found = run(BIN / "pip-audit", "--strict", "--disable-pip", "--require-hashes", "--progress-spinner", "off", *locks)
    if not found.passed and NO_ADVISORIES in found.output:
        return Outcome(None, "this package index has no advisories; run it where the public index can be reached")
    return found


def lint_frontend() -> Outcome:
    frontend = ROOT / "frontend"
    compiler = frontend / "node_modules" / "typescript" / "bin" / "tsc"
    if not compiler.exists():
        return Outcome(
            False, "the front-end's packages are missing; run `make lint` or `python tools/build_frontend.py`"
        )
    return run(node_home() / "bin" / "node", compiler, "--noEmit", cwd=frontend)


CHECKS: dict[str, Callable[[], Outcome]] = {
    "ruff": lint_style,
    "format": lint_format,
    "mypy": lint_types,
    "imports": lint_fences,
    "migrations": lint_migrations,
    "bandit": lint_security,
    "pip-audit": lint_dependencies,
    "typescript": lint_frontend,
    **DELIVERY_CHECKS,
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check the code without running it.")
    parser.add_argument("checks", nargs="*", metavar="check", help=f"some of: {', '.join(CHECKS)} (default: all)")
    wanted = parser.parse_args(arguments).checks or list(CHECKS)
    unknown = [name for name in wanted if name not in CHECKS]
    if unknown:
        parser.error(f"there is no check {unknown[0]}")
    failed = [name for name in wanted if not report(name)]
    if failed:
        print(f"\nfailed: {', '.join(failed)}")
    return 1 if failed else 0


def report(name: str) -> bool:
    began = time.monotonic()
    outcome = CHECKS[name]()
    word = {True: "ok", False: "FAILED", None: "NOT CHECKED"}[outcome.passed]
    print(f"{name:12} {word} ({time.monotonic() - began:.1f} s)", flush=True)
    if outcome.passed is not True:
        print(outcome.output.rstrip(), flush=True)
    return outcome.passed is not False


if __name__ == "__main__":
    sys.exit(main())
