"""Makes a checkout runnable on a bare machine: `python3 tools/bootstrap.py run` (or `dev`, with what tests need).

Needs nothing but Python with venv and a package index. Everything it makes lies inside the checkout:

    .tools/uv        the pinned installer, in a virtual environment of its own
    .tools/log.txt   what the last run's programs printed
    .venv            the locked environment, with Scholr installed from src/

Each step leaves a stamp when it is finished and removes it before it begins. So a step that is up to date is
skipped, and one that was interrupted is done again.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import FrameType

OLDEST_PYTHON = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
LOCKS = {"run": ("runtime.lock", "build.lock"), "dev": ("dev.lock",)}
NEEDED_MB = {"run": 900, "dev": 1800}  # of disk, for an environment made from nothing
# Settings of the caller's that would send packages somewhere else than into the environments made here.
MISLEADING = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")

_FULL = ("No space left on device", "os error 28", "Disk quota exceeded")
_UNREACHABLE = (
    "error sending request",
    "Could not connect",
    "dns error",
    "NewConnectionError",
    "ConnectionError",
    "Failed to establish a new connection",
    "Temporary failure in name resolution",
    "Connection refused",
    "timed out",
    "Read timeout",
    "certificate verify failed",
    "invalid peer certificate",
    "No matching distribution found for uv",
    "npm error network",
    "ECONNREFUSED",
    "ENOTFOUND",
    "ETIMEDOUT",
)
_ALTERED = ("hash mismatch", "Hash mismatch", "DO NOT MATCH THE HASHES")


class SetupError(Exception):
    """The checkout cannot be made runnable; the text is one sentence that says what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Make this checkout runnable.")
    parser.add_argument("kind", choices=sorted(LOCKS), help="run: to serve the demo; dev: to test and lint as well")
    kind = parser.parse_args(arguments).kind
    try:
        require_python(sys.version_info[:2])
        signal.signal(signal.SIGTERM, _interrupt)
        with only_one_at_a_time(ROOT / ".tools") as lock:
            set_up(Checkout(ROOT, lock), kind)
    except SetupError as error:
        print(f"scholr: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"scholr: {explain_os_error(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nscholr: interrupted; the next run goes on from here.", file=sys.stderr)
        return 130
    return 0


def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
    """Leave through the blocks that end the running program, as Ctrl-C does."""
    raise KeyboardInterrupt(number)


def set_up(checkout: Checkout, kind: str) -> None:
    """Bring the installer, the environment, Scholr itself and the front-end up to date, in this order."""
    ensure_uv(checkout)
    ensure_environment(checkout, kind)
    ensure_scholr(checkout)
    ensure_frontend(checkout)


class Checkout:
    """The paths of one checkout and the programs that are run in it."""

    def __init__(self, root: Path, lock: int | None = None) -> None:
        self.root = root
        self.tools = root / ".tools"
        self.environment = root / ".venv"
        self.python = self.environment / "bin" / "python"
        self.uv = self.tools / "uv" / "bin" / "uv"
        self.log = self.tools / "log.txt"
        # Inherited by every program run here, so that one which outlives a killed set-up still keeps others out.
        self.inherited = () if lock is None else (lock,)

    def run(self, title: str, command: Sequence[str | Path], extra: Mapping[str, str] | None = None) -> None:
        """Run a slow program under a progress line. Raises SetupError, explained, when it fails."""
        with progress(title), self.log.open("w", encoding="utf-8") as log:
            result = subprocess.run(
                [str(part) for part in command],
                check=False,
                cwd=self.root,
                env={**clean_environment(), **(extra or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=self.inherited,
            )
            if result.returncode != 0:
                said = self.log.read_text(encoding="utf-8", errors="replace")
                raise SetupError(explain_failure(title, said, self.log))

    def run_uv(self, title: str, *arguments: str | Path) -> None:
        self.run(title, [self.uv, *arguments], {**self._cache(), **index_for_uv()})

    def _cache(self) -> dict[str, str]:
        """uv keeps its cache in the home directory; without one, in here."""
        if os.environ.get("UV_CACHE_DIR") or os.environ.get("HOME"):
            return {}
        return {"UV_CACHE_DIR": str(self.tools / "cache")}


# --- the steps -------------------------------------------------------------------------------------------------------


def ensure_uv(checkout: Checkout) -> None:
    lock = checkout.root / "requirements" / "uv.lock"
    folder = checkout.tools / "uv"
    stamp = Stamp(folder / "stamp", fingerprint([lock], str(checkout.root), sys.executable))
    if stamp.is_current() and works([checkout.uv, "--version"]):
        return
    require_space(checkout.root, 150)
    stamp.clear()
    with progress("Making a place for the tools"):
        make_venv(folder, with_pip=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install"]
    options = ["--require-hashes", "--only-binary", ":all:", "--no-deps", "-r", str(lock)]
    checkout.run("Installing uv, which installs the rest", [*pip, *options])
    stamp.write()


def ensure_environment(checkout: Checkout, kind: str) -> None:
    """Install exactly what the lock says. An environment for development serves for running as well."""
    unfinished = checkout.environment / "unfinished"
    stamps = {name: _environment_stamp(checkout, name) for name in LOCKS}
    fitting = ("run", "dev") if kind == "run" else ("dev",)
    usable = checkout.python.exists() and works([checkout.python, "-c", ""])
    if usable and not unfinished.exists() and any(stamps[name].is_current() for name in fitting):
        return
    moved = _made_for(checkout) not in (None, str(checkout.root))
    if not usable or unfinished.exists() or moved:
        require_space(checkout.root, NEEDED_MB[kind])
        make_venv(checkout.environment, with_pip=False)
    (checkout.environment / "scholr-stamp").unlink(missing_ok=True)  # the sync below removes what no lock names
    unfinished.write_text("An installation was interrupted here; the next set-up makes this environment anew.\n")
    locks = [str(checkout.root / "requirements" / name) for name in LOCKS[kind]]
    sync = ["pip", "sync", "--python", str(checkout.python), "--require-hashes", "--compile-bytecode", *locks]
    checkout.run_uv("Installing the locked packages", *sync)
    stamps[kind].write()
    unfinished.unlink()


def _environment_stamp(checkout: Checkout, kind: str) -> Stamp:
    locks = [checkout.root / "requirements" / name for name in LOCKS[kind]]
    return Stamp(checkout.environment / "stamp", f"{checkout.root}\n{fingerprint(locks, kind)}")


def _made_for(checkout: Checkout) -> str | None:
    """The checkout that the environment was made for: its scripts hold that path, so it cannot be moved along."""
    stamp = checkout.environment / "stamp"
    return stamp.read_text().splitlines()[0] if stamp.is_file() else None


def ensure_scholr(checkout: Checkout) -> None:
    """Install the program from src/, so that `scholr` and its version exist."""
    inputs = [checkout.root / "pyproject.toml", checkout.environment / "stamp"]
    stamp = Stamp(checkout.environment / "scholr-stamp", fingerprint(inputs, str(checkout.root)))
    if stamp.is_current() and (checkout.environment / "bin" / "scholr").exists():
        return
    stamp.clear()
    options = ["--no-deps", "--no-build-isolation", "--python", str(checkout.python)]
    checkout.run_uv("Installing Scholr", "pip", "install", *options, "-e", checkout.root)
    stamp.write()


def ensure_frontend(checkout: Checkout) -> None:
    builder = checkout.root / "tools" / "build_frontend.py"
    source = checkout.root / "frontend"
    if not builder.exists():
        return
    files = [path for path in sorted(source.rglob("*")) if path.is_file() and not _is_generated(path, source)]
    stamp = Stamp(checkout.environment / "frontend-stamp", fingerprint([builder, *files], str(checkout.root)))
    bundle = checkout.root / "src" / "scholr" / "web" / "static" / "dist"
    if stamp.is_current() and bundle.is_dir():
        return
    require_space(checkout.root, 400)
    stamp.clear()
    checkout.run("Building the front-end", [checkout.python, builder])
    stamp.write()


def _is_generated(path: Path, source: Path) -> bool:
    return any(part == "node_modules" or part.startswith(".") for part in path.relative_to(source).parts)


def make_venv(folder: Path, *, with_pip: bool) -> None:
    """Make a virtual environment anew."""
    require_modules(("venv", "ensurepip"))
    shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-m", "venv", *([] if with_pip else ["--without-pip"]), str(folder)]
    if subprocess.run(command, check=False, env=clean_environment(), capture_output=True).returncode != 0:
        # It does not say why; a disk without room for what pip alone takes is the likelier reason where it is so.
        full = shutil.disk_usage(folder.parent).free < 20 * 2**20
        shutil.rmtree(folder, ignore_errors=True)
        raise SetupError(_sentence_for_full_disk() if full else _sentence_for_missing_venv())


# --- what is up to date ----------------------------------------------------------------------------------------------


class Stamp:
    """A file that says from which inputs a step's result was made."""

    def __init__(self, path: Path, content: str) -> None:
        self.path = path
        self.content = content

    def is_current(self) -> bool:
        return self.path.is_file() and self.path.read_text() == self.content

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)

    def write(self) -> None:
        """Whole or not at all: an interrupted write must not look like a finished step."""
        unfinished = self.path.with_suffix(".new")
        unfinished.write_text(self.content)
        unfinished.replace(self.path)


def fingerprint(files: Sequence[Path], *more: str) -> str:
    """One hash of the files' names and contents and of what else the result depends on."""
    found = hashlib.sha256("\0".join(more).encode())
    for path in files:
        found.update(f"\0{path.name}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def works(command: Sequence[str | Path]) -> bool:
    try:
        program = [str(part) for part in command]
        done = subprocess.run(program, check=False, capture_output=True, env=clean_environment())
    except OSError:
        return False
    return done.returncode == 0


@contextmanager
def only_one_at_a_time(tools: Path) -> Iterator[int]:
    """Two set-ups of one checkout at once take turns; the second then finds everything done."""
    tools.mkdir(exist_ok=True)
    with (tools / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up of this checkout is running; waiting for it …", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


# --- the surroundings ------------------------------------------------------------------------------------------------


def require_python(version: tuple[int, ...]) -> None:
    if version < OLDEST_PYTHON:
        found, needed = ".".join(map(str, version)), ".".join(map(str, OLDEST_PYTHON))
        raise SetupError(
            f"this is Python {found} and Scholr needs {needed} or later; "
            f"install one and run `make PYTHON=python{needed} up`."
        )


def require_modules(names: Sequence[str]) -> None:
    """Debian splits what makes virtual environments off Python."""
    if any(importlib.util.find_spec(name) is None for name in names):
        raise SetupError(_sentence_for_missing_venv())


def require_space(place: Path, megabytes: int) -> None:
    free = shutil.disk_usage(place).free // 2**20
    if free < megabytes:
        raise SetupError(
            f"the disk that holds {place} has {free} MB free and {megabytes} MB are needed; "
            "free some space and try again."
        )


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in MISLEADING and value != ""}


def index_for_uv() -> dict[str, str]:
    """uv does not read pip's settings; where pip was told to use another index, uv is told the same."""
    if os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("UV_INDEX_URL"):
        return {}
    pip = [ROOT / ".tools" / "uv" / "bin" / "python", "-m", "pip", "config", "list"]
    listing = subprocess.run([str(part) for part in pip], check=False, capture_output=True, text=True)
    settings = dict(line.split("=", 1) for line in listing.stdout.splitlines() if "=" in line)
    for name in (":env:.index-url", "install.index-url", "global.index-url"):
        if name in settings:
            return {"UV_DEFAULT_INDEX": json.loads(settings[name].replace("'", '"'))}
    return {}


# --- what the person sees --------------------------------------------------------------------------------------------


@contextmanager
def progress(title: str) -> Iterator[None]:
    """One line per slow step, with the seconds it has taken; on a terminal they count while it runs."""
    began, done = time.monotonic(), threading.Event()
    terminal = sys.stdout.isatty()
    start, end = (f"\r{title}", "") if terminal else (title, "\n")
    print(f"{title} …", end=end, flush=True)

    def count() -> None:
        while not done.wait(0.2 if terminal else 15):
            seconds = int(time.monotonic() - began)
            print(f"{start} … {seconds} s", end=end, flush=True)

    counter = threading.Thread(target=count, daemon=True)
    counter.start()
    try:
        yield
    except BaseException:
        done.set()
        counter.join()
        print(flush=True)
        raise
    done.set()
    counter.join()
    print(f"{start} … done in {time.monotonic() - began:.1f} s", flush=True)


def explain_failure(title: str, output: str, log: Path) -> str:
    if any(sign in output for sign in _FULL):
        return _sentence_for_full_disk()
    if any(sign in output for sign in _ALTERED):
        return f"{title} failed: a package differs from the one that was locked, so it was not installed; see {log}."
    if any(sign in output for sign in _UNREACHABLE):
        return (
            f"{title} failed: the package index cannot be reached; check the network and the proxy settings, "
            f"then run the same command again (details: {log})."
        )
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return f"{title} failed ({lines[-1] if lines else 'it said nothing'}); details are in {log}."


def explain_os_error(error: OSError) -> str:
    if any(sign in str(error) for sign in _FULL):
        return _sentence_for_full_disk()
    if isinstance(error, PermissionError):
        return (
            f"{error.filename} may not be written; run as the user who owns this checkout, "
            "or make it your own with chown."
        )
    return f"{error.strerror} ({error.filename})."


def _sentence_for_full_disk() -> str:
    return f"the disk that holds {ROOT} is full; free some space and run the same command again."


def _sentence_for_missing_venv() -> str:
    version = ".".join(map(str, sys.version_info[:2]))
    return (
        "this Python cannot make virtual environments; "
        f"install its venv module (on Debian and Ubuntu: apt install python{version}-venv) and try again."
    )


if __name__ == "__main__":
    sys.exit(main())
