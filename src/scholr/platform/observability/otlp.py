"""Traces, metrics and logs to a collector over OTLP. Loaded only where an endpoint is configured (settings.py).

The SDK's batch processors keep what waits in bounded queues and send it from threads of their own; what does not fit
is dropped. Spans and metric points are made here from what has already been counted, so nothing is measured twice.
"""

import random
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Thread
from typing import Any

from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import Exemplar
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricExportResult,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.samples import Exemplar as PrometheusExemplar
from prometheus_client.samples import Sample

from scholr import __version__
from scholr.platform.observability.trace import Facts, Part, SpanRecord

TIMEOUT = 5.0
"""Seconds that one export may take, tries included; the next batch waits meanwhile."""

_KINDS = {"server": SpanKind.SERVER, "client": SpanKind.CLIENT, "consumer": SpanKind.CONSUMER}
_LEVELS = {
    "debug": SeverityNumber.DEBUG,
    "info": SeverityNumber.INFO,
    "warning": SeverityNumber.WARN,
    "error": SeverityNumber.ERROR,
    "critical": SeverityNumber.FATAL,
}
_SCOPE = InstrumentationScope("scholr", __version__)
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)


class OtlpTelemetry:
    """`endpoint` is the collector's base address."""

    def __init__(self, endpoint: str, headers: Mapping[str, str], service: str) -> None:
        names = {"service.name": "scholr", "service.namespace": service, "service.version": __version__}
        self._resource = Resource({**names, "service.instance.id": f"{random.getrandbits(64):016x}"})
        sent = dict(headers)
        self._span_exporter = OTLPSpanExporter(f"{endpoint}/v1/traces", headers=sent, timeout=TIMEOUT)
        self._spans = BatchSpanProcessor(self._span_exporter, max_queue_size=4096)
        self._log_exporter = OTLPLogExporter(f"{endpoint}/v1/logs", headers=sent, timeout=TIMEOUT)
        self._loggers = LoggerProvider(self._resource, shutdown_on_exit=False)
        self._loggers.add_log_record_processor(BatchLogRecordProcessor(self._log_exporter))
        self._logger = self._loggers.get_logger("scholr", __version__)
        self._metrics = OTLPMetricExporter(f"{endpoint}/v1/metrics", headers=sent, timeout=TIMEOUT)
        self._thread = ThreadPoolExecutor(1, "otlp-metrics")
        self._sending: Future[MetricExportResult] | None = None
        self._began = time.time_ns()

    def export(self, part: Part, ended: int, facts: Facts) -> None:
        name = _name(part, facts)
        parent = _context(part, part.parent_id, remote=True) if part.parent_id else None
        known = {**facts, "scholr.spans_dropped": part.dropped} if part.dropped else dict(facts)
        begun = part.moment(part.begun)
        own = _context(part, part.span_id)
        self._end(name, part.kind, own, parent, begun, ended, part.failed, known)
        for record in part.spans or ():
            self._end_record(part, record)

    def log(self, level: str, event: str, facts: Mapping[str, Any], trace_id: str, span_id: str) -> None:
        context = None
        if trace_id and span_id:
            span = SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=False, trace_flags=_SAMPLED)
            context = set_span_in_context(NonRecordingSpan(span))
        known = {name: value if isinstance(value, str | bool | int | float) else str(value)
                 for name, value in facts.items() if not name.startswith("_")}  # fmt: skip
        self._logger.emit(
            timestamp=time.time_ns(),
            context=context,
            severity_text=level,
            severity_number=_LEVELS.get(level, SeverityNumber.UNSPECIFIED),
            body=event,
            attributes=known,
        )

    def metrics(self, families: Sequence[Family]) -> None:
        """Skipped while the last ones are still being sent: they are sums, so the next hold everything."""
        if self._sending is not None and not self._sending.done():
            return
        now = time.time_ns()
        found = [metric for family in families if (metric := _metric(family, self._began, now)) is not None]
        data = MetricsData([ResourceMetrics(self._resource, [ScopeMetrics(_SCOPE, found, "")], "")])
        self._sending = self._thread.submit(self._metrics.export, data)

    def flush(self) -> None:
        """Send what waits now. Blocks."""
        self._spans.force_flush(int(TIMEOUT * 1000))
        self._loggers.force_flush(int(TIMEOUT * 1000))
        if self._sending is not None:
            self._sending.result(TIMEOUT)

    def shut_down(self) -> None:
        """In TIMEOUT seconds at most: for a collector that takes what it is sent and never answers, each of the SDK's
        processors would wait for thirty. What has not left by then ends with the process."""
        until = time.monotonic() + TIMEOUT
        spans = Thread(target=self._spans.shutdown, daemon=True)
        lines = Thread(target=self._loggers.shutdown, daemon=True)
        spans.start()
        lines.start()
        if self._sending is not None:
            wait([self._sending], TIMEOUT)
        spans.join(max(0.0, until - time.monotonic()))
        lines.join(max(0.0, until - time.monotonic()))
        if spans.is_alive():
            self._span_exporter.shutdown()  # type: ignore[no-untyped-call]  # the SDK leaves both without types
        if lines.is_alive():
            self._log_exporter.shutdown()  # type: ignore[no-untyped-call]  # likewise
        self._metrics.shutdown()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _end_record(self, part: Part, record: SpanRecord) -> None:
        own, parent = _context(part, record.span_id), _context(part, record.parent_id)
        self._end(record.name, record.kind, own, parent, record.begun, record.ended, record.failed, record.facts)

    def _end(
        self,
        name: str,
        kind: str,
        own: SpanContext,
        parent: SpanContext | None,
        begun: int,
        ended: int,
        failed: bool,
        facts: Facts,
    ) -> None:
        self._spans.on_end(
            ReadableSpan(
                name,
                own,
                parent,
                self._resource,
                dict(facts),
                kind=_KINDS.get(kind, SpanKind.INTERNAL),
                status=Status(StatusCode.ERROR if failed else StatusCode.UNSET),
                start_time=begun,
                end_time=ended,
                instrumentation_scope=_SCOPE,
            )
        )


def _name(part: Part, facts: Facts) -> str:
    """`GET /learn/courses/{course_id}`, as the semantic conventions have it; a job's or a consumer's own name else."""
    route = facts.get("http.route")
    return f"{facts.get('http.request.method', '')} {route}" if route is not None else part.name


def _context(part: Part, span_id: str, *, remote: bool = False) -> SpanContext:
    return SpanContext(int(part.trace_id, 16), int(span_id, 16), is_remote=remote, trace_flags=_SAMPLED)


def _metric(family: Family, began: int, now: int) -> Metric | None:
    if family.type == "histogram":
        data: Histogram | Sum | Gauge = Histogram(_histograms(family, began, now), AggregationTemporality.CUMULATIVE)
    else:
        points = [
            NumberDataPoint(dict(each.labels), began, now, each.value)
            for each in family.samples
            if not each.name.endswith("_created")
        ]
        if family.type == "counter":
            data = Sum(points, AggregationTemporality.CUMULATIVE, is_monotonic=True)
        else:
            data = Gauge(points)
    return Metric(family.name, family.documentation, "s" if family.name.endswith("_seconds") else "1", data)


def _histograms(family: Family, began: int, now: int) -> list[HistogramDataPoint]:
    """Back from cumulative samples to one point for each class."""
    by_class: dict[str, list[Sample]] = {}
    for sample in family.samples:
        by_class.setdefault(sample.labels["class"], []).append(sample)
    return [_histogram(name, samples, began, now) for name, samples in by_class.items()]


def _histogram(name: str, samples: Sequence[Sample], began: int, now: int) -> HistogramDataPoint:
    buckets = [each for each in samples if each.name.endswith("_bucket")]
    total = next((each.value for each in samples if each.name.endswith("_sum")), 0.0)
    upto = [int(each.value) for each in buckets]
    counts = [here - before for before, here in zip([0, *upto], upto, strict=False)]
    bounds = [float(each.labels["le"]) for each in buckets[:-1]]
    exemplars = [_exemplar(each.exemplar) for each in buckets if each.exemplar is not None]
    return HistogramDataPoint({"class": name}, began, now, upto[-1], total, counts, bounds, 0.0, 0.0, exemplars)


def _exemplar(found: PrometheusExemplar) -> Exemplar:
    span_id, trace_id = (int(found.labels[name], 16) for name in ("span_id", "trace_id"))
    return Exemplar({}, found.value, int(float(found.timestamp or 0.0) * 1e9), span_id, trace_id)
