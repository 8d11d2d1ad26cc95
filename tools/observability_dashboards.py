"""Grafana dashboards as code: golden signals, the database, background work, and the objectives."""

from collections.abc import Sequence
from typing import Any

from scholr.platform.observability.objectives import OBJECTIVES

_SOURCE = {"type": "prometheus", "uid": "${source}"}


def files() -> dict[str, dict[str, Any]]:
    return {"golden-signals": _golden(), "database": _database(), "background": _background(), "objectives": _slo()}


def _golden() -> dict[str, Any]:
    rate = "sum by (class) (rate(scholr_class_requests_total[5m]))"
    failed = (
        'sum by (class) (rate(scholr_class_requests_total{outcome="failed"}[5m]))'
        ' / sum by (class) (rate(scholr_class_requests_total{outcome=~"ok|failed"}[5m]))'
    )
    quantile = "histogram_quantile({share}, sum by (class, le) (rate(scholr_class_duration_seconds_bucket[5m])))"
    routes = "topk(10, sum by (method, route) (rate(scholr_http_request_seconds_total[5m])))"
    return _dashboard(
        "Scholr: golden signals",
        _panel("Requests each second", "reqps", rate, "{{class}}"),
        _panel("Share that fails", "percentunit", failed, "{{class}}"),
        _panel("Half are quicker than", "s", quantile.format(share=0.5), "{{class}}", exemplars=True),
        _panel("99 of 100 are quicker than", "s", quantile.format(share=0.99), "{{class}}", exemplars=True),
        _panel("In flight", "short", "sum by (instance) (scholr_http_requests_in_flight)", "{{instance}}"),
        _panel("Event loop's lag", "s", "max by (instance) (scholr_event_loop_lag_seconds)", "{{instance}}"),
        _panel("Routes that take the most time", "s", routes, "{{method}} {{route}}"),
        _panel("Refused each second", "reqps",
               'sum by (class) (rate(scholr_class_requests_total{outcome="refused"}[5m]))',
               "{{class}}"),
    )  # fmt: skip


def _database() -> dict[str, Any]:
    busy = "sum by (instance) (scholr_pool_in_use) / sum by (instance) (scholr_pool_size)"
    waited = "sum by (instance) (rate(scholr_pool_waited_seconds[5m]))"
    replica = "sum(rate(scholr_replica_{}[5m]))"
    return _dashboard(
        "Scholr: database",
        _panel("Connections in use", "percentunit", busy, "{{instance}}"),
        _panel(
            "Requests that wait for a connection", "short", "sum by (instance) (scholr_pool_waiting)", "{{instance}}"
        ),
        _panel("Seconds waited, each second", "s", waited, "{{instance}}"),
        _panel("Refused since start", "short", "sum by (instance) (scholr_pool_refused)", "{{instance}}"),
        _panel("Breakers that are open", "short", "sum by (name) (scholr_dependencies_breaker_open)", "{{name}}"),
        _panel(
            "Failures of dependencies", "short", "sum by (name) (rate(scholr_dependencies_failures[5m]))", "{{name}}"
        ),
        _panel(
            "Reads for the replica, each second",
            "reqps",
            replica.format("reads"),
            "it answered",
            beside=((replica.format("passed_over"), "the primary did"), (replica.format("behind"), "it was behind")),
        ),
        _panel("How far the replica is behind", "s", "max by (instance) (scholr_replica_lag_seconds)", "{{instance}}"),
    )


def _background() -> dict[str, Any]:
    def age(name: str) -> str:
        return f"max(scholr_backlog_{name})"

    return _dashboard(
        "Scholr: background work",
        _panel("Oldest event that waits", "s", age("events_oldest_seconds"), "events"),
        _panel("Events that wait", "short", age("events_waiting"), "events"),
        _panel("Oldest job that is due", "s", age("jobs_oldest_due_seconds"), "jobs"),
        _panel("Jobs", "short", '{__name__=~"scholr_backlog_jobs_(waiting|running|failed)"}', "{{__name__}}"),
        _panel("Oldest mail that waits", "s", age("mail_oldest_seconds"), "mail"),
        _panel("Parked and dead deliveries", "short", '{__name__=~"scholr_backlog_deliveries_.*"}', "{{__name__}}"),
        _panel("Workers alive", "short", age("workers"), "workers"),
    )


def _slo() -> dict[str, Any]:
    panels = []
    for objective in OBJECTIVES:
        burn = f'{{__name__=~"scholr:slo_burn:rate(1h|6h|3d)",slo="{objective.name}"}}'
        panels.append(_panel(objective.sentence, "short", burn, "{{__name__}}"))
    return _dashboard("Scholr: objectives (1 = the budget lasts exactly the month)", *panels)


def _panel(
    title: str, unit: str, expr: str, legend: str, *, exemplars: bool = False, beside: Sequence[tuple[str, str]] = ()
) -> dict[str, Any]:
    """`beside` are further lines, each an expression and its name."""
    lines = [
        {"refId": letter, "expr": line, "legendFormat": name, "exemplar": exemplars, "datasource": _SOURCE}
        for letter, (line, name) in zip("ABCDE", ((expr, legend), *beside), strict=False)
    ]
    return {
        "type": "timeseries",
        "title": title,
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "targets": lines,
    }


def _dashboard(title: str, *panels: dict[str, Any]) -> dict[str, Any]:
    placed = [
        {"id": number + 1, **panel, "gridPos": {"h": 8, "w": 12, "x": 12 * (number % 2), "y": 8 * (number // 2)}}
        for number, panel in enumerate(panels)
    ]
    source = {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}
    return {
        "uid": "scholr-" + title.partition(": ")[2].split(" (")[0].replace(" ", "-"),
        "title": title,
        "tags": ["scholr"],
        "timezone": "browser",
        "schemaVersion": 41,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [source]},
        "panels": placed,
    }
