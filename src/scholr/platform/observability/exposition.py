"""What a process counts, as metric families; and these in the text formats of Prometheus and OpenMetrics."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar as PrometheusExemplar

from scholr.platform.observability.signals import BOUNDS, FAILED, OK, REFUSED, ClassCount, Exemplar, Signals

_MOST_VALUES = 400  # series of one capability's snapshot; what is beyond is counted and left out
_KEYS = ("dependency", "name", "backend", "kind", "scope")  # a snapshot's field that names the thing it is about


def exposition(signals: Signals, accept: str) -> tuple[bytes, str]:
    """The whole page and its content type, as the scraper's Accept header asks."""
    return _encoded(families(signals), accept)


def tenant_exposition(signals: Signals, tenant_id: str, accept: str) -> tuple[bytes, str] | None:
    """What this process has counted of one organisation lately; None when it has heard nothing of it."""
    found = signals.tenant(tenant_id)
    if found is None:
        return None
    requests = CounterMetricFamily(
        "scholr_tenant_requests", "Requests of one organisation.", labels=["class", "outcome"]
    )
    seconds = CounterMetricFamily("scholr_tenant_request_seconds", "How long they took.", labels=["class"])
    for name, count in sorted(found.items()):
        requests.add_metric([name, OK], count.requests - count.failed - count.refused)
        requests.add_metric([name, REFUSED], count.refused)
        requests.add_metric([name, FAILED], count.failed)
        seconds.add_metric([name], count.seconds)
    return _encoded([requests, seconds], accept)


def families(signals: Signals) -> list[Metric]:
    """Everything, as it is now. Label values are classes, route templates, digits and our own names; nobody's."""
    return [*_classes(signals), *_routes(signals), *_process(signals), *_backlog(signals), *_sources(signals)]


def _classes(signals: Signals) -> Iterator[Metric]:
    total = CounterMetricFamily(
        "scholr_class_requests", "Work by class and outcome; refused is the asker's doing.", labels=["class", "outcome"]
    )
    duration = HistogramMetricFamily(
        "scholr_class_duration_seconds", "What went well, until the answer began.", labels=["class"]
    )
    for count in list(signals.classes.values()):
        for outcome, value in ((OK, count.ok), (REFUSED, count.refused), (FAILED, count.failed)):
            total.add_metric([count.name, outcome], value)
        duration.add_metric([count.name], _buckets(count), sum_value=count.seconds)
    yield total
    yield duration


def _buckets(count: ClassCount) -> list[Any]:
    """Cumulative, as the format wants it; a bucket's latest exemplar beside it."""
    seen, found = 0, []
    for bound, here, exemplar in zip([*map(str, BOUNDS), "+Inf"], count.buckets, count.exemplars, strict=True):
        seen += here
        found.append((bound, seen, exemplar and _named(exemplar)))
    return found


def _named(exemplar: Exemplar) -> PrometheusExemplar:
    """By the labels that OpenTelemetry's specification gives them."""
    names = {"trace_id": exemplar.trace_id, "span_id": exemplar.span_id}
    return PrometheusExemplar(names, exemplar.seconds, exemplar.at)


def _routes(signals: Signals) -> Iterator[Metric]:
    requests = CounterMetricFamily(
        "scholr_http_requests", "Requests by method, route template and first digit of the status.",
        labels=["method", "route", "class", "status"],
    )  # fmt: skip
    seconds = CounterMetricFamily(
        "scholr_http_request_seconds", "How long a route's answers took, in all.", labels=["method", "route", "class"]
    )
    for route in list(signals.routes.values()):
        names = [route.method, route.template, route.klass.name]
        for digit, value in enumerate(route.by_status):
            if value:
                requests.add_metric([*names, f"{digit}xx"], value)
        seconds.add_metric(names, route.seconds)
    yield requests
    yield seconds


def _process(signals: Signals) -> Iterator[Metric]:
    tracer = signals.tracer
    began = GaugeMetricFamily("scholr_process_start_time_seconds", "Unix time of its start.", labels=["service"])
    began.add_metric([signals.service], signals.began_at)
    yield began
    yield GaugeMetricFamily("scholr_http_requests_in_flight", "Requests being answered.", value=signals.in_flight)
    yield GaugeMetricFamily("scholr_event_loop_lag_seconds", "The latest wait for a turn.", value=signals.loop_lag)
    yield CounterMetricFamily(
        "scholr_telemetry_folded", "Requests counted as other, and snapshots cut off at a look.", value=signals.folded
    )
    yield CounterMetricFamily("scholr_telemetry_flush_failures", "Figures not kept.", value=signals.flush_failures)
    yield CounterMetricFamily("scholr_telemetry_traces_kept", "Parts of traces exported.", value=tracer.kept)
    yield CounterMetricFamily(
        "scholr_telemetry_traces_over_limit", "Worth keeping, and over the limit.", value=tracer.over_the_limit
    )


def _backlog(signals: Signals) -> Iterator[Metric]:
    """The deployment's queues, as this process last heard of them: the same in every process."""
    for name, value in sorted(signals.backlog.items()):
        yield GaugeMetricFamily(f"scholr_backlog_{name}", "Of the whole deployment.", value=value)


def _sources(signals: Signals) -> Iterator[Metric]:
    for name, source in signals.sources.items():
        gauges: dict[str, GaugeMetricFamily] = {}
        for place, (field, key, value) in enumerate(flattened(source())):
            if place >= _MOST_VALUES:
                signals.folded += 1
                break
            family = gauges.get(field)
            if family is None:
                family = gauges[field] = GaugeMetricFamily(
                    f"scholr_{name}_{field}", f"Snapshot of {name}.", labels=["name"]
                )
            family.add_metric([key], value)
        yield from gauges.values()


def flattened(snapshot: Any) -> Iterator[tuple[str, str, float]]:
    """Numbers of a snapshot: field, the thing that it is about (or empty), value. A word becomes `field_word` 1."""
    rows: Iterable[Any] = snapshot if isinstance(snapshot, Sequence) and not isinstance(snapshot, str) else [snapshot]
    for row in rows:
        values = as_mapping(row)
        key = next((str(values[name]) for name in _KEYS if name in values), "")
        for field, value in values.items():
            if isinstance(value, bool | int | float):
                yield field, key, float(value)
            elif field in ("breaker", "state") and value is not None:
                yield f"{field}_{value}", key, 1.0


def as_mapping(row: Any) -> Mapping[str, Any]:
    """A snapshot's fields by name; of anything but a dataclass or a mapping, none."""
    if is_dataclass(row) and not isinstance(row, type):
        return {field.name: getattr(row, field.name) for field in fields(row)}
    return row if isinstance(row, Mapping) else {}


class _Ready(Collector):
    def __init__(self, found: Sequence[Metric]) -> None:
        self._found = found

    def collect(self) -> Iterable[Metric]:
        return self._found


def _encoded(found: Sequence[Metric], accept: str) -> tuple[bytes, str]:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Ready(found))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type
