"""Prometheus: recording rules for every objective, and the few alerts that may wake somebody."""

from typing import Any

from scholr.platform.observability.objectives import OBJECTIVES, PAGES, TICKETS, WINDOWS, Burn, Kind, Objective
from scholr.platform.observability.signals import FAILED, OK

RUNBOOKS = "docs/operations/runbooks"
NAMES = {minutes: name for name, minutes in WINDOWS.items()}

# What a page is about, the kinds and names of objectives that it watches, its sentence, and the pages that say it all
# when they are out too: one cause wakes people once.
SYMPTOMS: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    ("failing", "ScholrFailing", 'kind="failing"', "Requests fail; budgets burn.", ()),
    ("slow", "ScholrSlow", 'kind=~"slow|prompt"', "Answers come too late; budgets burn.", ("failing",)),
    ("events", "ScholrEventsLate", 'slo="events"', "Events wait for more than a minute.", ()),
    ("mail", "ScholrMailLate", 'slo="mail"', "Mail waits for more than five minutes.", ("events",)),
)
FEW_READS = 10  # in half an hour, below which a replica that is not read from is no news
WHERE = (
    'budgets: {{ range query "scholr:slo_burn:rate5m > 1" }}{{ .Labels.slo }} {{ .Value | printf "%.0f" }}x {{ end }}'
)


def file() -> dict[str, Any]:
    return {
        "groups": [
            {"name": "scholr-objectives", "interval": "1m", "rules": [*_recordings(), *_symptoms(), *_alerts()]},
            {"name": "scholr-tickets", "interval": "5m", "rules": _tickets()},
        ]
    }


def bad_and_all(objective: Objective, window: str) -> tuple[str, str]:
    """Two expressions: how many were bad in the window, and how many there were."""
    classes = "|".join(objective.of)
    requests, duration = "scholr_class_requests_total", "scholr_class_duration_seconds"
    ok_or_failed = f'sum(increase({requests}{{class=~"{classes}",outcome=~"{OK}|{FAILED}"}}[{window}]))'
    answered = f'sum(increase({duration}_count{{class=~"{classes}"}}[{window}]))'
    in_time = f'sum(increase({duration}_bucket{{class=~"{classes}",le="{objective.within}"}}[{window}]))'
    if objective.kind is Kind.FAILING:
        return f'sum(increase({requests}{{class=~"{classes}",outcome="{FAILED}"}}[{window}]))', ok_or_failed
    whole = ok_or_failed if objective.kind is Kind.PROMPT else answered
    return f"clamp_min({whole} - {in_time}, 0)", whole


def _recordings() -> list[dict[str, Any]]:
    found = []
    for objective in OBJECTIVES:
        labels = {"slo": objective.name, "kind": objective.kind.value}
        for window in WINDOWS:
            bad, every = bad_and_all(objective, window)
            found.append({"record": f"scholr:slo_bad:increase{window}", "expr": bad, "labels": labels})
            names = f'slo="{objective.name}",kind="{objective.kind.value}"'
            burn = f"sum(scholr:slo_bad:increase{window}{{{names}}}) / ({every} > 0) / {objective.budget:.6g}"
            found.append({"record": f"scholr:slo_burn:rate{window}", "expr": burn, "labels": labels})
    return found


def _burning(matcher: str, burns: tuple[Burn, ...]) -> str:
    return "\nor\n".join(_one(matcher, burn) for burn in burns)


def _one(matcher: str, burn: Burn) -> str:
    long, short = NAMES[burn.long], NAMES[burn.short]
    return (
        f"(\n  scholr:slo_burn:rate{long}{{{matcher}}} > {burn.rate}\n"
        f"  and scholr:slo_burn:rate{short}{{{matcher}}} > {burn.rate}\n"
        f"  and scholr:slo_bad:increase{long}{{{matcher}}} >= {burn.least}\n)"
    )


def _symptoms() -> list[dict[str, Any]]:
    """How many objectives burn for each symptom; nothing where another symptom already says it."""
    found = []
    for name, _alert, matcher, _sentence, said_by in SYMPTOMS:
        expr = f"count(\n{_burning(matcher, PAGES)}\n)"
        for other in said_by:
            expr += f"\nunless on () scholr:symptom:{other}"
        found.append({"record": f"scholr:symptom:{name}", "expr": expr})
    return found


def _alerts() -> list[dict[str, Any]]:
    found = [
        _alert(alert, f"scholr:symptom:{name} > 0", "page", sentence, WHERE, "1m", keep="5m")
        for name, alert, _matcher, sentence, _said_by in SYMPTOMS
    ]
    silent = 'absent(scholr_process_start_time_seconds{service="web"})'
    nobody = "no web process could be scraped for three minutes"
    return [*found, _alert("ScholrSilent", silent, "page", "No web process answers.", nobody, "3m")]


def _replica_is_unread() -> str:
    """Of the reads that a replica was meant for, more were the primary's; nothing where no replica is configured."""
    passed, read = (f"sum(increase(scholr_replica_{name}[30m]))" for name in ("passed_over", "reads"))
    return f"{passed} > {read} and {passed} >= {FEW_READS}"


def _tickets() -> list[dict[str, Any]]:
    slowly = _burning('slo!=""', TICKETS)
    dead, failed = "max(scholr_backlog_deliveries_dead) > 0", "max(scholr_backlog_jobs_failed) > 0"
    return [
        _alert(
            "ScholrBudgetRunsOut",
            slowly,
            "ticket",
            "{{ $labels.slo }} will spend its month's budget early.",
            WHERE,
            "1h",
        ),
        _alert(
            "ScholrDeadLetters", dead, "ticket", "Events that no attempt could deliver.", "{{ $value }} wait", "15m"
        ),
        _alert("ScholrJobsFailed", failed, "ticket", "Jobs failed in every attempt.", "{{ $value }} wait", "15m"),
        _alert(
            "ScholrReplicaUnread",
            _replica_is_unread(),
            "ticket",
            "The primary does the replica's reading.",
            "{{ $value }} reads in half an hour",
            "30m",
        ),
    ]


def _alert(
    name: str, expr: str, severity: str, summary: str, description: str, wait: str, *, keep: str = ""
) -> dict[str, Any]:
    rule: dict[str, Any] = {"alert": name, "expr": expr, "for": wait}
    if keep:  # a symptom that comes and goes is one incident
        rule["keep_firing_for"] = keep
    return {
        **rule,
        "labels": {"severity": severity},
        "annotations": {"summary": summary, "description": description, "runbook": f"{RUNBOOKS}/{name}.md"},
    }


def alert_names() -> list[str]:
    return [rule["alert"] for group in file()["groups"] for rule in group["rules"] if "alert" in rule]
