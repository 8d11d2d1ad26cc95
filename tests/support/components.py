"""Programs that some tests need and that no Python package brings.

Where one is missing the test is skipped by name on a developer's machine and fails under CI=true, because CI
installs them all (`.ci/run`).
"""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

# The component, the names that its program goes by, and the Debian package that brings it.
_PROGRAMS = {
    "chromium": (("chromium", "chromium-browser", "google-chrome"), "chromium"),
    "nats-server": (("nats-server",), "nats-server"),
    "mount": (("mount",), "mount"),
    "buildah": (("buildah",), "buildah"),
    "debootstrap": (("debootstrap",), "debootstrap"),
    "promtool": (("promtool",), "prometheus"),
}


def require_component(name: str) -> Path:
    """The path of the program. A name that is not listed above is a mistake in the test: KeyError."""
    candidates, package = _PROGRAMS[name]
    found = next(filter(None, map(shutil.which, candidates)), None)
    if found is None:
        missing(name, f"apt-get install {package}")
    return Path(found)


def require_root() -> None:
    if os.geteuid() != 0:
        missing("root", "it switches between accounts or mounts a disk")


def missing(name: str, remedy: str) -> NoReturn:
    """Skip the test, or fail it in CI."""
    message = f"this test needs {name} ({remedy})"
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)
