"""The image, built by buildah, and its processes, run as an engine would run them, but without an engine.

No registry can be reached from every machine that runs tests, so the base is a Debian with its own Python of the same
release (`debootstrap`), handed to the same Containerfile through its argument. A process gets namespaces of its own
for mounts, the image's root read-only with a tmpfs on /tmp, the image's user without any capability or way to gain
one, and nothing of this process's environment.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.components import require_component, require_root

ROOT = Path(__file__).resolve().parents[2]
CONTAINERFILE = ROOT / "deploy" / "image" / "Containerfile"
DEBIAN = "trixie"
BASE, NAME = "localhost/scholr-test-base", "localhost/scholr-test"
# Where this machine says how its package indexes are reached; the build may look there and keeps nothing of it.
_INDEX_SETTINGS = (Path("/etc/pip.conf"), Path("/etc/ssl/certs"))
_SETTLE_ROOT = """
set -e
mount --bind "$0" "$0"
mount -o remount,ro,bind "$0"
mount -t tmpfs -o size=64m,mode=1777 tmpfs "$0/tmp"
mount -t proc proc "$0/proc"
mount --rbind /dev "$0/dev"
for file in /etc/hosts /etc/resolv.conf; do
  if [ -e "$0$file" ]; then mount --bind "$file" "$0$file"; fi
done
if [ -n "$SCHOLR_TEST_DATA" ]; then mount --bind "$SCHOLR_TEST_DATA" "$0/var/lib/scholr"; fi
exec chroot "$0" setpriv --reuid="$1" --regid="$2" --clear-groups --no-new-privs --bounding-set=-all \\
  --inh-caps=-all env -i --chdir=/var/lib/scholr "${@:3}"
"""


@dataclass(frozen=True, slots=True)
class Image:
    """`root` is the image's file system, `config` what an engine would read from it, `size` in bytes."""

    root: Path
    config: Mapping[str, Any]
    size: int

    @property
    def user(self) -> tuple[str, str]:
        uid, gid = self.config["User"].split(":")
        return uid, gid

    def start(
        self, command: Sequence[str], environment: Mapping[str, str], *, data: Path | None = None
    ) -> "subprocess.Popen[str]":
        """`command` as given; for the image's own processes put its entry point first. `data` is mounted writable."""
        variables = [*self.config["Env"], *(f"{name}={value}" for name, value in environment.items())]
        return subprocess.Popen(
            ["unshare", "--mount", "bash", "-c", _SETTLE_ROOT, str(self.root), *self.user, *variables, *command],
            env={"PATH": os.environ["PATH"], "SCHOLR_TEST_DATA": str(data or "")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> tuple[int, str]:
        """The exit code and what was printed."""
        process = self.start(command, environment or {})
        output, _ = process.communicate(timeout=120)
        return process.returncode, output

    @contextmanager
    def running(
        self, arguments: Sequence[str], environment: Mapping[str, str], *, data: Path | None = None
    ) -> Iterator["subprocess.Popen[str]"]:
        """One of the image's processes, stopped by the image's own signal if it still runs."""
        process = self.start([*self.config["Entrypoint"], *arguments], environment, data=data)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.Signals[self.config["StopSignal"]])
            try:
                process.communicate(timeout=40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()


class Builder:
    """buildah with a store of its own, so that nothing is left and nothing else is seen."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        store = ["--storage-driver", "vfs", "--root", str(folder / "root"), "--runroot", str(folder / "run")]
        self._command = [str(require_component("buildah")), *store]

    def call(self, *arguments: str | Path) -> str:
        done = subprocess.run(
            [*self._command, *map(str, arguments)], check=False, cwd=ROOT, capture_output=True, text=True, timeout=900
        )
        if done.returncode != 0:
            raise AssertionError(f"buildah {arguments[0]} failed:\n{(done.stdout + done.stderr)[-4000:]}")
        return done.stdout.strip()

    def make_base(self) -> None:
        container = self.call("from", "scratch")
        self.call("copy", "--quiet", container, _debian(), "/")
        self.call("commit", "--quiet", container, BASE)
        self.call("rm", container)

    def build(self) -> Image:
        volumes = [f"--volume={path}:{path}:ro" for path in _INDEX_SETTINGS if path.exists()]
        self.call(
            *("bud", "--isolation", "chroot", "--format", "docker", "--pull-never"),
            *(*volumes, f"--volume={self._npm_settings()}:/root/.npmrc:ro"),
            *("--build-arg", f"PYTHON_IMAGE={BASE}", "--file", CONTAINERFILE, "--tag", NAME, "."),
        )
        described = json.loads(self.call("inspect", "--type", "image", NAME))
        root = Path(self.call("mount", self.call("from", "--pull-never", NAME)))
        listed = json.loads(self.call("images", "--json", NAME))
        return Image(root, described["Docker"]["config"], _bytes(listed[0]["size"]))

    def _npm_settings(self) -> Path:
        """npm does not look at the system's certificates by itself."""
        own, path = Path.home() / ".npmrc", self._folder / "npmrc"
        bundle = os.environ.get("NODE_EXTRA_CA_CERTS")
        path.write_text((own.read_text() if own.exists() else "") + (f"\ncafile={bundle}\n" if bundle else "\n"))
        return path


def _bytes(size: str) -> int:
    number, unit = size.split()
    return int(float(number) * {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}[unit.upper()])


def _debian() -> Path:
    """The base's file system, made once and kept among the tools."""
    kept = ROOT / ".tools" / f"debian-{DEBIAN}"
    if not kept.is_dir():
        with tempfile.TemporaryDirectory(prefix="debian-", dir=ROOT / ".tools") as folder:
            fresh = Path(folder) / "root"
            packages = "python3,python3-venv,python3-pip,ca-certificates"
            program = require_component("debootstrap")
            command = [program, "--variant=minbase", f"--include={packages}", DEBIAN, fresh]
            done = subprocess.run([str(part) for part in command], check=False, capture_output=True, timeout=600)
            if done.returncode != 0:
                raise AssertionError(f"debootstrap failed:\n{done.stdout.decode()[-2000:]}")
            fresh.rename(kept)
    return kept


@contextmanager
def built_image() -> Iterator[Image]:
    """The image of this checkout. Slow: it is built from nothing."""
    require_root()
    folder = Path(tempfile.mkdtemp(prefix="scholr-image-"))
    try:
        builder = Builder(folder)
        builder.make_base()
        yield builder.build()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
