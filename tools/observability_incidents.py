"""Simulated incidents for `promtool test rules`: each pages exactly once, and noise pages nobody.

A process is a stretch of phases; in each it answers so many requests a minute, some of which fail, are slow, or are
refused. Counters begin at zero where a process is restarted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SECONDS_OF_LOOKS = 6  # looks at the queues in a minute


@dataclass(frozen=True, slots=True)
class Phase:
    """`minutes` long. Of `ok` requests a minute in each class, `slow` are late; `failed` and `refused` come on top.
    `gone`: nothing can be scraped. `restarted`: the counters begin again. `late`: the queues do not move."""

    minutes: int
    ok: float = 100
    failed: float = 0
    slow: float = 0
    refused: float = 0
    gone: bool = False
    restarted: bool = False
    late: bool = False


HEALTHY, AFTER = Phase(60), Phase(30)


@dataclass(frozen=True, slots=True)
class Incident:
    """`pages` is the one alert that it must raise once, empty for noise. One list of phases for each process."""

    name: str
    pages: str
    processes: Sequence[Sequence[Phase]]

    @property
    def minutes(self) -> int:
        return sum(phase.minutes for phase in self.processes[0])


def _all(*phases: Phase) -> tuple[tuple[Phase, ...], ...]:
    return (phases,) * 2


INCIDENTS = (
    Incident("total outage: every request fails for 20 minutes", "ScholrFailing",
             _all(HEALTHY, Phase(20, ok=0, failed=100), AFTER)),
    Incident("nobody answers: all processes are gone", "ScholrSilent", _all(HEALTHY, Phase(20, gone=True), AFTER)),
    Incident("slow burn: one request in a hundred fails for two hours", "ScholrFailing",
             _all(HEALTHY, Phase(120, ok=99, failed=1), AFTER)),
    Incident("latency regression: a third of the answers takes over a second", "ScholrSlow",
             _all(HEALTHY, Phase(45, slow=33), AFTER)),
    Incident("one bad node of four fails everything that it gets", "ScholrFailing",
             ((HEALTHY, Phase(20, ok=0, failed=100), AFTER), *((HEALTHY, Phase(20), AFTER),) * 3)),
    Incident("the workers stand still: events and mail wait", "ScholrEventsLate",
             _all(HEALTHY, Phase(30, late=True), AFTER)),
    Incident("noise: a blip of one minute in which one request in ten fails", "",
             _all(HEALTHY, Phase(1, ok=90, failed=10), AFTER)),
    Incident("noise: at night three of thirty requests in an hour fail", "",
             ((Phase(60, ok=0.5), Phase(60, ok=0.5, failed=0.05), AFTER),)),
    Incident("noise: one organisation is refused ten thousand times a minute", "",
             _all(HEALTHY, Phase(30, refused=10_000), AFTER)),
    Incident("noise: a deployment restarts one process after the other, and each fails a little", "",
             tuple((Phase(60 + 3 * n), Phase(1, ok=98, failed=1, restarted=True), Phase(49 - 3 * n))
                   for n in range(4))),
)  # fmt: skip

_CLASSES = ("enrol", "lesson", "page")
_BOUNDS = ("0.3", "1.0", "+Inf")


def file() -> dict[str, Any]:
    return {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [_test(each) for each in INCIDENTS]}


def _test(incident: Incident) -> dict[str, Any]:
    series = [
        {"series": f'{name}{{instance="{number}",{labels}}}', "values": values}
        for number, phases in enumerate(incident.processes)
        for name, labels, values in _series(phases)
    ]
    end = incident.minutes
    starts = (
        f'sum by (alertname) (count_over_time((ALERTS{{severity="page",alertstate="firing"}}'
        f' unless (ALERTS{{severity="page",alertstate="firing"}} offset 1m))[{end}m:1m]))'
    )
    samples = [{"labels": f'{{alertname="{incident.pages}"}}', "value": 1}] if incident.pages else []
    return {
        "name": incident.name,
        "interval": "1m",
        "input_series": series,
        "promql_expr_test": [{"expr": starts, "eval_time": f"{end}m", "exp_samples": samples}],
    }


def _series(phases: Sequence[Phase]) -> list[tuple[str, str, str]]:
    began = 'service="web"'
    found = [("scholr_process_start_time_seconds", began, _values(phases, lambda _phase: 0, constant=True))]
    for name in _CLASSES:
        for outcome in ("ok", "failed", "refused"):
            rate = {"ok": lambda p: p.ok, "failed": lambda p: p.failed, "refused": lambda p: p.refused}[outcome]
            labels = f'class="{name}",outcome="{outcome}"'
            found.append(("scholr_class_requests_total", labels, _values(phases, rate)))
        found += _durations(name, phases, lambda p: p.ok, lambda p: p.ok - p.slow)
    for name, bound in (("events", "60.0"), ("mail", "300.0")):
        looks = _durations(
            name, phases, lambda _p: SECONDS_OF_LOOKS, lambda p: 0 if p.late else SECONDS_OF_LOOKS, (bound, "+Inf")
        )
        found += looks
    return found


def _durations(
    name: str, phases: Sequence[Phase], every: Any, quick: Any, bounds: Sequence[str] = _BOUNDS
) -> list[Any]:
    """A histogram in which what is late takes longer than all bounds but the last."""
    metric, labels = "scholr_class_duration_seconds", f'class="{name}"'
    buckets = [
        (f"{metric}_bucket", f'{labels},le="{bound}"', _values(phases, every if bound == "+Inf" else quick))
        for bound in bounds
    ]
    return [*buckets, (f"{metric}_count", labels, _values(phases, every))]


def _values(phases: Sequence[Phase], rate: Any, *, constant: bool = False) -> str:
    """promtool's notation: `0+100x59` is sixty samples, `_x30` thirty that are missing."""
    value, found = 0.0, []
    for phase in phases:
        if phase.gone:
            found.append(f"_x{phase.minutes}")
            continue
        if phase.restarted:
            value = 0.0
        step = 0 if constant else rate(phase)
        found.append(f"{value + step:g}+{step:g}x{phase.minutes - 1}")
        value += step * phase.minutes
    return " ".join(found)
