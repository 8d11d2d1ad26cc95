"""What is generated from the table of objectives is current, valid, and pages once for what it must."""

import re
import runpy
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from scholr.platform.db.replica import ReplicaView
from scholr.platform.db.standing import Standing
from scholr.platform.observability.exposition import exposition
from scholr.platform.observability.objectives import OBJECTIVES, Kind, Objective
from scholr.platform.observability.reporter import Reporter
from scholr.platform.observability.trace import Part
from scholr.platform.runtime import Platform
from tests.support.components import require_component

ROOT = Path(__file__).parents[3]
TOOL = ROOT / "tools" / "observability.py"
FILES = ROOT / "deploy" / "observability"
RULES = FILES / "prometheus" / "rules.yaml"


def _tool() -> Mapping[str, Any]:
    return runpy.run_path(str(TOOL))


def _promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    promtool = require_component("promtool")
    return subprocess.run([promtool, *arguments], capture_output=True, text=True, timeout=300, check=False)


def _alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


def test_the_generated_files_are_current() -> None:
    assert _tool()["differences"]() == [], "run tools/observability.py"


def test_prometheus_takes_the_rules() -> None:
    checked = _promtool("check", "rules", RULES)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def _incidents(folder: Path, *names: str) -> tuple[dict[str, Any], Path]:
    """Only the incidents whose names begin so, for a file beside a copy of the rules."""
    whole = yaml.safe_load((FILES / "prometheus" / "incidents.test.yaml").read_text())
    whole["tests"] = [each for each in whole["tests"] if each["name"].startswith(names)]
    assert len(whole["tests"]) == len(names)
    (folder / "rules.yaml").write_text(RULES.read_text())
    return whole, folder / "incidents.yaml"


def test_an_outage_pages_once(tmp_path: Path) -> None:
    whole, path = _incidents(tmp_path, "total outage")
    path.write_text(yaml.safe_dump(whole))
    ran = _promtool("test", "rules", path)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.slow
def test_a_page_too_many_would_be_noticed(tmp_path: Path) -> None:
    whole, path = _incidents(tmp_path, "total outage")
    whole["tests"][0]["promql_expr_test"][0]["exp_samples"] = []
    path.write_text(yaml.safe_dump(whole))
    assert _promtool("test", "rules", path).returncode != 0


@pytest.mark.slow
def test_each_incident_pages_once_and_noise_nobody() -> None:
    ran = _promtool("test", "rules", FILES / "prometheus" / "incidents.test.yaml")
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_alert_has_a_runbook_that_says_what_it_must() -> None:
    alerts = _alerts()
    assert {"ScholrFailing", "ScholrSlow", "ScholrEventsLate", "ScholrMailLate", "ScholrSilent"} <= {
        alert["alert"] for alert in alerts if alert["labels"]["severity"] == "page"
    }
    for alert in alerts:
        page = ROOT / alert["annotations"]["runbook"]
        assert page.is_file(), f"{alert['alert']} has no runbook at {page.relative_to(ROOT)}"
        text = page.read_text()
        for heading in ("## What people notice", "## Look first", "## Likely causes", "## What to do", "## It is over"):
            assert heading in text, f"{page.name}: {heading}"
    named = {alert["alert"] for alert in alerts}
    assert {page.stem for page in (ROOT / "docs/operations/runbooks").glob("Scholr*.md")} == named


_TEXT = {"type": "string", "minLength": 1}
_NAME = {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "maxLength": 63}
_METRIC = {
    "type": "object",
    "required": ["metricSource"],
    "additionalProperties": False,
    "properties": {
        "metricSource": {
            "type": "object",
            "required": ["metricSourceRef", "type", "spec"],
            "additionalProperties": False,
            "properties": {"metricSourceRef": _NAME, "type": _TEXT, "spec": {"type": "object", "required": ["query"]}},
        }
    },
}
# The parts of the OpenSLO v1 specification that are used here, stricter than its published JSON schema, which
# leaves most of an SLO open.
OPEN_SLO = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "additionalProperties": False,
    "properties": {
        "apiVersion": {"const": "openslo/v1"},
        "kind": {"const": "SLO"},
        "metadata": {"type": "object", "required": ["name"], "properties": {"name": _NAME}},
        "spec": {
            "type": "object",
            "required": ["service", "indicator", "timeWindow", "budgetingMethod", "objectives"],
            "additionalProperties": False,
            "properties": {
                "description": {"type": "string", "maxLength": 1050},
                "service": _NAME,
                "budgetingMethod": {"enum": ["Occurrences", "Timeslices", "RatioTimeslices"]},
                "timeWindow": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 1,
                    "items": {"type": "object", "required": ["duration", "isRolling"]},
                },
                "objectives": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["target"],
                        "properties": {"target": {"type": "number", "minimum": 0, "exclusiveMaximum": 1}},
                    },
                },
                "indicator": {
                    "type": "object",
                    "required": ["metadata", "spec"],
                    "properties": {
                        "spec": {
                            "type": "object",
                            "required": ["ratioMetric"],
                            "properties": {
                                "ratioMetric": {
                                    "type": "object",
                                    "required": ["counter", "good", "total"],
                                    "additionalProperties": False,
                                    "properties": {"counter": {"type": "boolean"}, "good": _METRIC, "total": _METRIC},
                                }
                            },
                        }
                    },
                },
            },
        },
    },
}


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda each: each.name)
def test_each_objective_is_an_open_slo(objective: Objective) -> None:
    (document,) = yaml.safe_load_all((FILES / "slo" / f"{objective.name}.yaml").read_text())
    Draft202012Validator(OPEN_SLO).validate(document)
    assert document["spec"]["objectives"][0]["target"] == objective.target


def test_what_no_bucket_ends_at_cannot_be_promised() -> None:
    with pytest.raises(ValueError, match="not the end of a bucket"):
        Objective("x", Kind.SLOW, ("page",), 0.99, "", 0.25)


def test_every_alert_has_an_incident_that_raises_it() -> None:
    whole = yaml.safe_load((FILES / "prometheus" / "incidents.test.yaml").read_text())
    raised = {
        sample["labels"].partition('alertname="')[2].rstrip('"}')
        for each in whole["tests"]
        for looked in each["promql_expr_test"]
        for sample in looked["exp_samples"]
    }
    assert raised == {alert["alert"] for alert in _alerts()}


_METRIC_NAME = re.compile(r"\bscholr_[a-z_]+")
_ONLY_SOMETIMES = {
    "scholr_dependencies_breaker_open": "a breaker that is open",
    "scholr_dependencies_in_use": "a dependency that was called",
    "scholr_dependencies_failures": "a dependency that was called",
}


async def test_what_rules_dashboards_and_runbooks_ask_for_is_told(alone: Platform) -> None:
    """A name that nothing exports makes an empty panel, and an alert that never comes."""
    replica = ReplicaView(Standing.FRESH, 0.1, 10.0, reads=1, passed_over=0, behind=0, connections=1)
    alone.signals.watch("replica", lambda: replica)
    alone.signals.answered("GET", "/catalogue", 200, 0.01, Part(alone.signals.tracer, "request", "server", None), "")
    assert await Reporter(alone, (alone.db,)).flush()
    page = exposition(alone.signals, "")[0].decode()
    told = {line.partition("{")[0].partition(" ")[0] for line in page.splitlines() if not line.startswith("#")}
    asked = [RULES, *(FILES / "grafana").glob("*.json"), *(ROOT / "docs/operations/runbooks").glob("Scholr*.md")]
    for path in asked:
        for name in _METRIC_NAME.findall(path.read_text()):
            known = name in _ONLY_SOMETIMES or any(f"{each}_".startswith(f"{name.rstrip('_')}_") for each in told)
            assert known, f"{path.name} asks for {name}, which no process tells"
