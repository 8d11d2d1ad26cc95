"""A disk that can be filled without filling the machine's."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.components import missing, require_component, require_root


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[Path]:
    """A tmpfs of its own at `place`, which is made."""
    require_root()
    mount = require_component("mount")
    place.mkdir()
    options = f"size={megabytes}m,mode=755"
    if subprocess.run([mount, "-t", "tmpfs", "-o", options, "none", place], check=False).returncode != 0:
        missing("mounting", "run outside a container that forbids it")
    try:
        yield place
    finally:
        subprocess.run([mount.with_name("umount"), "--lazy", place], check=True)


def enlarge(disk: Path, megabytes: int) -> None:
    subprocess.run([require_component("mount"), "-o", f"remount,size={megabytes}m", disk], check=True)


@contextmanager
def filled(disk: Path, name: str = "ballast") -> Iterator[None]:
    """Not a byte is free while the block lasts, unless somebody else makes room."""
    ballast = disk / name
    try:
        for block in (1024 * 1024, 4096):
            with ballast.open("ab", buffering=0) as file, suppress(OSError):
                while True:
                    file.write(bytes(block))
        yield
    finally:
        ballast.unlink(missing_ok=True)
