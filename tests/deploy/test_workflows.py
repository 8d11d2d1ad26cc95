"""The pipeline cannot run here: what can be known without running is held here, and by zizmor (`make lint`)."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"^\s*(?:- )?uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def jobs_of(workflow: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(workflow.read_text())["jobs"]
    return found


def commands(workflow: Path) -> str:
    return "\n".join(step.get("run", "") for job in jobs_of(workflow).values() for step in job["steps"])


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_hash_and_say_their_version(workflow: Path) -> None:
    uses = [line for line in workflow.read_text().splitlines() if "uses:" in line]
    assert uses
    assert [line for line in uses if not PINNED.match(line)] == []


def test_one_action_has_one_pin_everywhere() -> None:
    pins = set(re.findall(r"uses: (\S+@\S+)", "\n".join(path.read_text() for path in WORKFLOWS)))
    assert len(pins) == len({pin.split("@")[0] for pin in pins})


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_jobs_have_the_least_rights_and_an_end(workflow: Path) -> None:
    assert yaml.safe_load(workflow.read_text())["permissions"] == {}
    for job in jobs_of(workflow).values():
        assert job["timeout-minutes"] <= 60
        assert job["permissions"]["contents"] == "read"
        checkouts = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
        assert [step["with"]["persist-credentials"] for step in checkouts] == [False]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_steps_call_what_a_developer_calls(workflow: Path) -> None:
    """What the pipeline does and a machine here does not would be untested until the pipeline runs."""
    text = commands(workflow)
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", text)) <= targets
    parts = set(re.findall(r"^  ([a-z]+)\)", (ROOT / ".ci" / "run").read_text(), re.MULTILINE))
    assert set(re.findall(r"\.ci/run ([a-z]+)", text)) <= parts


def test_the_pipeline_goes_from_building_to_a_smoke_test() -> None:
    jobs = jobs_of(ROOT / ".github" / "workflows" / "ci.yml")
    assert jobs["image"]["needs"] == ["test", "architecture"]
    said = "\n".join(step.get("run", "") for step in jobs["image"]["steps"])
    assert said.index("make compose") < said.index("make smoke") < said.index("--scale web=2") < said.index("make sbom")
