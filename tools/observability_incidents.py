"""Simulated incidents for `promtool test rules`: each pages exactly once, and noise pages nobody.

A process is a stretch of phases; in each it answers so many requests a minute, some of which fail, are slow, or are
refused. Counters begin at zero where a process is restarted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

LOOKS = 6  # at the queues, in a minute
REPLICA_READS = 20  # in a minute


@dataclass(frozen=True, slots=True)
class Phase:
    """`minutes` long. Of `ok` requests a minute in each class, `slow` are late; `failed` and `refused` come on top.
    `gone`: nothing can be scraped. `restarted`: the counters begin again. `late`: no queue moves; `late_mail`: mail
    alone waits. `dead` events and `failed_jobs` are left over. `passed_over`: the primary reads for the replica."""

    minutes: int
    ok: float = 100
    failed: float = 0
    slow: float = 0
    refused: float = 0
    gone: bool = False
    restarted: bool = False
    late: bool = False
    late_mail: bool = False
    dead: int = 0
    failed_jobs: int = 0
    passed_over: bool = False


HEALTHY, AFTER = Phase(60), Phase(30)


@dataclass(frozen=True, slots=True)
class Incident:
    """`pages` is the one alert that it must raise once, empty for noise; `tickets` are those that wait for the morning.
    One list of phases for each process."""

    name: str
    pages: str
    processes: Sequence[Sequence[Phase]]
    tickets: tuple[str, ...] = ()

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
             _all(HEALTHY, Phase(120, ok=99, failed=1), AFTER), ("ScholrBudgetRunsOut",)),
    Incident("latency regression: a third of the answers takes over a second", "ScholrSlow",
             _all(HEALTHY, Phase(45, slow=33), AFTER), ("ScholrBudgetRunsOut",)),
    Incident("one bad node of four fails everything that it gets", "ScholrFailing",
             ((HEALTHY, Phase(20, ok=0, failed=100), AFTER), *((HEALTHY, Phase(20), AFTER),) * 3)),
    Incident("the workers stand still: events and mail wait", "ScholrEventsLate",
             _all(HEALTHY, Phase(30, late=True), AFTER)),
    Incident("the mail server is away: letters wait, and events move on", "ScholrMailLate",
             _all(HEALTHY, Phase(30, late_mail=True), AFTER)),
    Incident("a slow leak: one request in four hundred fails for three hours", "",
             _all(HEALTHY, Phase(180, failed=0.25)), ("ScholrBudgetRunsOut",)),
    Incident("one event that nobody can take, and a job that failed for good", "",
             _all(HEALTHY, Phase(60, dead=1, failed_jobs=1)), ("ScholrDeadLetters", "ScholrJobsFailed")),
    Incident("the replica is away for two hours, and the primary answers", "",
             _all(HEALTHY, Phase(120, passed_over=True)), ("ScholrReplicaUnread",)),
    Incident("noise: the replica is away for ten minutes", "",
             _all(HEALTHY, Phase(10, passed_over=True), Phase(60))),
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
    paged = 'ALERTS{severity="page",alertstate="firing"}'
    starts = f"sum by (alertname) (count_over_time(({paged} unless ({paged} offset 1m))[{end}m:1m]))"
    written = f'group by (alertname) (count_over_time(ALERTS{{severity="ticket",alertstate="firing"}}[{end}m:1m]))'
    return {
        "name": incident.name,
        "interval": "1m",
        "input_series": series,
        "promql_expr_test": [
            {"expr": starts, "eval_time": f"{end}m", "exp_samples": _once([incident.pages])},
            {"expr": written, "eval_time": f"{end}m", "exp_samples": _once(incident.tickets)},
        ],
    }


def _once(alerts: Sequence[str]) -> list[dict[str, Any]]:
    return [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in alerts if name]


def _series(phases: Sequence[Phase]) -> list[tuple[str, str, str]]:
    began = 'service="web"'
    found = [("scholr_process_start_time_seconds", began, _values(phases, lambda _phase: 0, constant=True))]
    for name in _CLASSES:
        for outcome in ("ok", "failed", "refused"):
            rate = {"ok": lambda p: p.ok, "failed": lambda p: p.failed, "refused": lambda p: p.refused}[outcome]
            labels = f'class="{name}",outcome="{outcome}"'
            found.append(("scholr_class_requests_total", labels, _values(phases, rate)))
        found += _durations(name, phases, lambda p: p.ok, lambda p: p.ok - p.slow)
    found += _durations("events", phases, _looks, lambda p: 0 if p.late else LOOKS, ("60.0", "+Inf"))
    found += _durations("mail", phases, _looks, lambda p: 0 if p.late or p.late_mail else LOOKS, ("300.0", "+Inf"))
    found.append(("scholr_backlog_deliveries_dead", "", _levels(phases, lambda p: p.dead)))
    found.append(("scholr_backlog_jobs_failed", "", _levels(phases, lambda p: p.failed_jobs)))
    read, passed = "scholr_replica_reads", "scholr_replica_passed_over"
    found.append((read, 'name=""', _values(phases, lambda p: 0 if p.passed_over else REPLICA_READS)))
    found.append((passed, 'name=""', _values(phases, lambda p: REPLICA_READS if p.passed_over else 0)))
    return found


def _looks(_phase: Phase) -> int:
    return LOOKS


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


def _levels(phases: Sequence[Phase], level: Callable[[Phase], float]) -> str:
    """A gauge, in the same notation."""
    return " ".join(
        f"_x{phase.minutes}" if phase.gone else f"{level(phase):g}+0x{phase.minutes - 1}" for phase in phases
    )


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
