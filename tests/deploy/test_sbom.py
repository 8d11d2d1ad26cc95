"""The bill of materials names what is installed, and says it in a form that others can read."""

import json
from pathlib import Path
from typing import Any

import pytest
from tools.sbom import LOCK, locked, problem, render


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render())
    return found


@pytest.mark.slow
def test_it_is_valid_cyclonedx() -> None:
    """Thousands of hashes, each matched against a pattern; `make sbom` does the same before it writes the file."""
    assert problem(render()) is None


def test_a_short_one_is_valid_cyclonedx(tmp_path: Path) -> None:
    lock = tmp_path / "short.lock"
    short = [f"{requirement}  --hash=sha256:{hashes[0]}" for requirement, hashes in list(locked(LOCK))[:20]]
    lock.write_text("\n".join(short))
    text = render(lock)
    assert problem(text) is None
    assert problem(text.replace('"library"', '"book"')) is not None


def test_each_locked_package_is_in_it_with_the_hashes_that_installing_checks(bill: dict[str, Any]) -> None:
    listed = {
        component["purl"]: {each["content"] for each in component["externalReferences"][0]["hashes"]}
        for component in bill["components"]
    }
    assert listed == {
        f"pkg:pypi/{requirement.name}@{next(iter(requirement.specifier)).version}": set(hashes)
        for requirement, hashes in locked(LOCK)
    }


def test_what_is_installed_here_has_a_licence(bill: dict[str, Any]) -> None:
    nameless = [each["name"] for each in bill["components"] if "licenses" not in each and "properties" not in each]
    assert nameless == []
    assert bill["metadata"]["component"]["licenses"][0]["license"]["id"] == "MIT"


def test_the_program_depends_on_all_of_it(bill: dict[str, Any]) -> None:
    tree = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
    assert set(tree["scholr"]) == {each["bom-ref"] for each in bill["components"]}


def test_a_lock_with_one_more_package_makes_a_longer_bill(tmp_path: Path) -> None:
    lock = tmp_path / "more.lock"
    lock.write_text(LOCK.read_text() + f"\none-more==1.0 \\\n    --hash=sha256:{'0' * 64}\n")
    names = [each["name"] for each in json.loads(render(lock))["components"]]
    assert "one-more" in names
