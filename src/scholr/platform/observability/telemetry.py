"""What an exporter of everything has to do; `otlp.py` is the one there is."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from prometheus_client.metrics_core import Metric

from scholr.platform.observability.trace import Exporter


class Telemetry(Exporter, Protocol):
    """None of these waits or raises: what cannot be sent is dropped, and counted by the exporter."""

    def log(self, level: str, event: str, facts: Mapping[str, Any], trace_id: str, span_id: str) -> None: ...

    def metrics(self, families: Sequence[Metric]) -> None:
        """`families` are those of `exposition.families`."""
        ...

    def shut_down(self) -> None:
        """Send what waits; at most some seconds. Blocks: call it in a thread."""
        ...
