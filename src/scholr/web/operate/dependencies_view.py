"""The outside systems, as all processes together last said: breaker, failures, and what people see meanwhile."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scholr.platform.observability.queries import ProcessView
from scholr.platform.resilience.policy import POLICIES, Dependency, Policy

NAMES: Mapping[Dependency, str] = {
    Dependency.DATABASE: "Database",
    Dependency.REPLICA: "Read replica",
    Dependency.CACHE: "Shared cache",
    Dependency.BROKER: "Broker",
    Dependency.SEARCH: "Search",
    Dependency.KEYWORD_SEARCH: "Search by words",
    Dependency.STORAGE: "Object store",
    Dependency.MAIL: "Mail server",
    Dependency.DNS: "Name service",
    Dependency.PAYMENTS: "Payments",
    Dependency.IDENTITY_PROVIDERS: "Identity providers",
    Dependency.LLM: "Language model",
    Dependency.WEBHOOKS: "Webhooks",
    Dependency.SECRETS: "Secrets",
}
_WORSE = ("closed", "half_open", "open")


@dataclass(frozen=True, slots=True)
class InProcess:
    """What one process says of it."""

    process: ProcessView
    breaker: str
    since: datetime
    calls: int
    failures: int
    timeouts: int
    refused: int
    retries: int
    in_use: int
    waiting: int
    last_error: str


@dataclass(frozen=True, slots=True)
class DependencyView:
    """`breaker` is the worst among the processes, `since` when it closed, or first opened after that; `calls` are
    since each process began."""

    key: Dependency
    policy: Policy
    processes: Sequence[InProcess]

    @property
    def name(self) -> str:
        return NAMES[self.key]

    @property
    def worst(self) -> InProcess | None:
        """Of several in the same trouble, the one that has been in it for longest."""
        return max(self.processes, key=lambda each: (_WORSE.index(each.breaker), -each.since.timestamp()), default=None)

    @property
    def since(self) -> datetime | None:
        """Since when the breaker is closed, or is not; None where nobody has called anything yet."""
        return self.worst.since if self.worst and self.is_used else None

    @property
    def breaker(self) -> str:
        return self.worst.breaker if self.worst and self.is_used else "unused"

    @property
    def calls(self) -> int:
        return sum(each.calls for each in self.processes)

    @property
    def failures(self) -> int:
        return sum(each.failures for each in self.processes)

    @property
    def failed_share(self) -> float:
        return self.failures / self.calls if self.calls else 0.0

    @property
    def is_used(self) -> bool:
        return self.calls > 0

    @property
    def words(self) -> str:
        if self.breaker == "unused" and self.key is Dependency.DATABASE:  # what is shown came out of it
            return "Answers"
        return {"open": "Open", "half_open": "Half open", "closed": "Closed", "unused": "Not used"}[self.breaker]

    @property
    def tone(self) -> str:
        if self.breaker == "unused" and self.key is Dependency.DATABASE:
            return "good"
        return {"open": "bad", "half_open": "warn", "closed": "good", "unused": "off"}[self.breaker]


def dependencies_of(processes: Iterable[ProcessView]) -> list[DependencyView]:
    """Those that any process called, in trouble first; then the others, by the table's order."""
    told: dict[str, list[InProcess]] = {}
    for process in processes:
        for row in process.source("dependencies") or ():
            told.setdefault(row["dependency"], []).append(_in_process(process, row))
    views = [DependencyView(key, POLICIES[key], told.get(key.value, ())) for key in Dependency]
    return sorted(views, key=lambda view: (not view.is_used, -_WORSE.index(view.breaker) if view.is_used else 0))


def _in_process(process: ProcessView, row: Mapping[str, Any]) -> InProcess:
    return InProcess(
        process=process,
        breaker=row["breaker"],
        since=process.seen_at - timedelta(seconds=row["seconds_in_state"]),
        calls=row["calls"],
        failures=row["failures"],
        timeouts=row["timeouts"],
        refused=row["refused_open"] + row["refused_full"],
        retries=row["retries"],
        in_use=row["in_use"],
        waiting=row["waiting"],
        last_error=row["last_error"],
    )
