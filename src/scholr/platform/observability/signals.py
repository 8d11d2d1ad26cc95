"""What one process counts of itself, in plain numbers; read by `/metrics`, by OTLP and by the reporter."""

import time
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scholr.platform.observability.route_class import METHODS, OTHER, UNMATCHED, class_of
from scholr.platform.observability.telemetry import Telemetry
from scholr.platform.observability.trace import Part, Tracer

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Upper ends, in seconds, of the buckets of every duration; one more holds what is longer. Objectives use these."""

MOST_ROUTES = 600
MOST_TENANTS = 200
_EXEMPLAR_EVERY = 64  # answers of a bucket between two exemplars, when nothing is traced

OK, REFUSED, FAILED = "ok", "refused", "failed"


@dataclass(frozen=True, slots=True)
class Exemplar:
    """One answer of a bucket whose log lines, and trace if there is one, can be looked up. `at` is Unix time."""

    trace_id: str
    span_id: str
    seconds: float
    at: float


class ClassCount:
    """Of one class since the process began. `refused` are answers 4xx, the asker's doing, and those of something that
    an operator has switched off: neither is our failure.
    `seconds` and `buckets` are of the answers that went well, until the answer began."""

    __slots__ = ("buckets", "exemplars", "failed", "name", "ok", "refused", "seconds")

    def __init__(self, name: str) -> None:
        self.name = name
        self.ok = self.refused = self.failed = 0
        self.seconds = 0.0
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.exemplars: list[Exemplar | None] = [None] * (len(BOUNDS) + 1)

    def add_ok(self, seconds: float) -> int:
        """Returns the bucket that it fell into."""
        place = bisect_left(BOUNDS, seconds)
        self.ok += 1
        self.seconds += seconds
        self.buckets[place] += 1
        return place


class RouteCount:
    """Of one method and route template: answers by the first digit of their status."""

    __slots__ = ("by_status", "klass", "method", "seconds", "template")

    def __init__(self, method: str, template: str, klass: ClassCount) -> None:
        self.method, self.template, self.klass = method, template, klass
        self.by_status = [0] * 6
        self.seconds = 0.0


@dataclass(slots=True)
class TenantCount:
    """What one organisation asked for lately in one class; `seconds` are of all answers."""

    requests: int = 0
    refused: int = 0
    failed: int = 0
    seconds: float = 0.0


Source = Callable[[], Any]
"""A capability's snapshot: a frozen dataclass, or a sequence or mapping of them; cheap, and without waiting."""


class Signals:
    """One for each process, on the platform. `service` is web, worker or empty for a command."""

    def __init__(
        self,
        tracer: Tracer | None = None,
        service: str = "",
        metrics_token: str = "",
        telemetry: Telemetry | None = None,
    ) -> None:
        self.service = service
        self.metrics_token = metrics_token
        self.telemetry = telemetry
        self.tracer = tracer or Tracer()
        self.began_at = time.time()
        self.classes: dict[str, ClassCount] = {}
        self.routes: dict[tuple[str, str], RouteCount] = {}
        self.in_flight = 0
        self.most_in_flight = 0
        self.folded = 0
        self.loop_lag = 0.0
        self.most_loop_lag = 0.0
        self.backlog: Mapping[str, float] = {}
        self.flush_failures = 0
        self.sources: dict[str, Source] = {}
        self._tenants: OrderedDict[str, dict[str, TenantCount]] = OrderedDict()
        self.tenants_let_go = 0

    def watch(self, name: str, source: Source) -> None:
        """Show a capability's snapshot under `name`: in `/metrics`, over OTLP, and in what the deployment keeps."""
        self.sources[name] = source

    def of_class(self, name: str) -> ClassCount:
        found = self.classes.get(name)
        if found is None:
            found = self.classes[name] = ClassCount(name)
        return found

    def begin(self) -> None:
        self.in_flight += 1
        if self.in_flight > self.most_in_flight:
            self.most_in_flight = self.in_flight

    def answered(
        self,
        method: str,
        template: str,
        status: int,
        seconds: float,
        part: Part,
        tenant: str,
        intended: bool = False,
    ) -> None:
        """Count one request that has been answered, or, with status 500, that broke before it was.

        `intended`: refused with whatever status because an operator wants it so, which spends no budget.
        """
        route = self.routes.get((method, template)) or self._new_route(method, template)
        route.by_status[status // 100 if 100 <= status < 600 else 5] += 1
        route.seconds += seconds
        klass = route.klass
        if status < 400:
            place = klass.add_ok(seconds)
            if part.kept or klass.buckets[place] % _EXEMPLAR_EVERY == 1:
                klass.exemplars[place] = Exemplar(part.trace_id, part.span_id, seconds, time.time())
        elif status < 500 or intended:
            klass.refused += 1
        else:
            klass.failed += 1
        if tenant:
            self._count_tenant(tenant, klass.name, 499 if intended else status, seconds)

    def tenant(self, tenant_id: str) -> Mapping[str, TenantCount] | None:
        """By class, since this process first heard of it or forgot it; None when it knows nothing of it."""
        return self._tenants.get(tenant_id)

    def tenant_totals(self) -> dict[str, tuple[int, int, int, float]]:
        """Of each organisation that is remembered: requests, refused, failed, and seconds in all."""
        return {
            tenant: (
                sum(count.requests for count in counts.values()),
                sum(count.refused for count in counts.values()),
                sum(count.failed for count in counts.values()),
                sum(count.seconds for count in counts.values()),
            )
            for tenant, counts in self._tenants.items()
        }

    def _new_route(self, method: str, template: str) -> RouteCount:
        """The guard on cardinality: whoever sends new methods or paths makes no new series."""
        if method not in METHODS:
            self.folded += 1
            method = "other"
        if len(self.routes) >= MOST_ROUTES:
            self.folded += 1
            method, template = "other", UNMATCHED
        found = self.routes.get((method, template))
        if found is None:
            name = OTHER if method == "other" else class_of(method, template)
            found = self.routes[method, template] = RouteCount(method, template, self.of_class(name))
        return found

    def _count_tenant(self, tenant: str, klass: str, status: int, seconds: float) -> None:
        found = self._tenants.get(tenant)
        if found is None:
            if len(self._tenants) >= MOST_TENANTS:
                self._tenants.popitem(last=False)
                self.tenants_let_go += 1
            found = self._tenants[tenant] = {}
        elif len(self._tenants) > MOST_TENANTS // 2:
            self._tenants.move_to_end(tenant)
        count = found.get(klass)
        if count is None:
            count = found[klass] = TenantCount()
        count.requests += 1
        count.seconds += seconds
        if status >= 500:
            count.failed += 1
        elif status >= 400:
            count.refused += 1
