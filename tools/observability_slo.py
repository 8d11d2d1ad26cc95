"""OpenSLO v1: the service, the source of its figures, and one SLO for each objective."""

from typing import Any

from scholr.platform.observability.objectives import OBJECTIVES, Objective
from scholr.platform.observability.signals import FAILED, OK

API = "openslo/v1"
WINDOW = [{"duration": "1M", "isRolling": False, "calendar": {"startTime": "2026-01-01 00:00:00", "timeZone": "UTC"}}]


def files() -> dict[str, list[dict[str, Any]]]:
    return {"service": [_service(), _source()], **{each.name: [_slo(each)] for each in OBJECTIVES}}


def _service() -> dict[str, Any]:
    spec = {"description": "A learning management system: its web processes and its workers."}
    return {"apiVersion": API, "kind": "Service", "metadata": {"name": "scholr", "displayName": "Scholr"}, "spec": spec}


def _source() -> dict[str, Any]:
    spec = {"type": "Prometheus", "connectionDetails": {"url": "http://prometheus:9090"}}
    return {"apiVersion": API, "kind": "DataSource", "metadata": {"name": "prometheus"}, "spec": spec}


def _slo(objective: Objective) -> dict[str, Any]:
    good, total = _good_and_all(objective)
    indicator = {
        "metadata": {"name": f"{objective.name}-good"},
        "spec": {"ratioMetric": {"counter": True, "good": _metric(good), "total": _metric(total)}},
    }
    return {
        "apiVersion": API,
        "kind": "SLO",
        "metadata": {"name": objective.name, "labels": {"kind": objective.kind.value}},
        "spec": {
            "description": objective.sentence,
            "service": "scholr",
            "indicator": indicator,
            "timeWindow": WINDOW,
            "budgetingMethod": "Occurrences",
            "objectives": [{"displayName": objective.sentence, "target": objective.target}],
        },
    }


def _good_and_all(objective: Objective) -> tuple[str, str]:
    classes = "|".join(objective.of)
    requests = f'scholr_class_requests_total{{class=~"{classes}",outcome=~"{OK}|{FAILED}"}}'
    answered = f'scholr_class_duration_seconds_count{{class=~"{classes}"}}'
    in_time = f'scholr_class_duration_seconds_bucket{{class=~"{classes}",le="{objective.within}"}}'
    ok = f'scholr_class_requests_total{{class=~"{classes}",outcome="{OK}"}}'
    good = in_time if objective.within else ok
    return f"sum({good})", f"sum({answered if objective.kind in ('slow', 'waiting') else requests})"


def _metric(query: str) -> dict[str, Any]:
    return {"metricSource": {"metricSourceRef": "prometheus", "type": "Prometheus", "spec": {"query": query}}}
