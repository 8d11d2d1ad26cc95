"""What seeing needs to know; read once in `entrypoints`."""

from dataclasses import dataclass, field
from typing import cast

from scholr.platform.chosen import chosen
from scholr.platform.observability.signals import Signals
from scholr.platform.observability.telemetry import Telemetry
from scholr.platform.observability.trace import Tracer, TraceSettings


@dataclass(frozen=True, slots=True)
class SignalSettings:
    """`otlp_endpoint` is a collector's base address (`http://collector:4318`); empty: nothing is exported and nothing
    of OpenTelemetry is loaded. `otlp_headers` are sent with each export. `metrics_token` opens `/metrics`, as the
    operator's token does."""

    service: str = ""
    otlp_endpoint: str = ""
    otlp_headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    metrics_token: str = field(default="", repr=False)
    trace: TraceSettings = field(default_factory=TraceSettings)


def build_signals(settings: SignalSettings) -> Signals:
    telemetry = open_telemetry(settings)
    tracer = Tracer(telemetry, settings.trace)
    return Signals(tracer, settings.service, settings.metrics_token, telemetry)


def open_telemetry(settings: SignalSettings) -> Telemetry | None:
    """The exporter, whose libraries (6 MB) are loaded only here and only where somebody listens."""
    if not settings.otlp_endpoint:
        return None
    exporter = chosen("scholr.platform.observability.otlp:OtlpTelemetry")
    return cast(Telemetry, exporter(settings.otlp_endpoint, dict(settings.otlp_headers), settings.service))
