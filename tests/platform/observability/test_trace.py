"""Parts of traces: ids, sampling, the decision at the end, and what it may cost."""

import time
from dataclasses import dataclass, field

import pytest

from scholr.platform.observability.trace import (
    MOST_SPANS,
    Facts,
    Part,
    Span,
    Tracer,
    TraceSettings,
    current_traceparent,
    note_call,
)

SAMPLED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
NOT_SAMPLED = SAMPLED[:-1] + "0"


@dataclass
class Kept:
    parts: list[Part] = field(default_factory=list)
    ends: list[tuple[int, Facts]] = field(default_factory=list)

    def export(self, part: Part, ended: int, facts: Facts) -> None:
        self.parts.append(part)
        self.ends.append((ended, facts))


def _tracer(kept: Kept, *, ratio: float = 0.0, most: int = 1000, slow: float = 1.0) -> Tracer:
    return Tracer(kept, TraceSettings(ratio=ratio, slow=slow, most_each_second=most))


def test_a_part_continues_its_callers_trace_and_is_its_own_span() -> None:
    with _tracer(Kept()).part("job", "consumer", SAMPLED) as part:
        sent = current_traceparent.get()
    assert sent is not None
    assert sent.split("-")[1] == SAMPLED.split("-")[1]
    assert sent.split("-")[2] == part.span_id != SAMPLED.split("-")[2]
    assert part.parent_id == SAMPLED.split("-")[2]
    assert current_traceparent.get() is None


def test_where_nothing_is_exported_the_callers_span_is_passed_on() -> None:
    with Tracer().part("request", "server", SAMPLED) as part:
        assert current_traceparent.get() == SAMPLED
        note_call("select", time.perf_counter(), 0.1, failed=False, facts={})
    assert part.spans is None


@pytest.mark.parametrize("sent", ["00-zz-zz-01", f"ff{SAMPLED[2:]}", f"00-{'0' * 32}{SAMPLED[35:]}"])
def test_a_malformed_traceparent_begins_a_new_trace(sent: str) -> None:
    with Tracer().part("request", "server", sent) as part:
        assert current_traceparent.get() == part.traceparent
    assert part.parent_id == ""


def test_the_callers_decision_is_kept() -> None:
    kept = Kept()
    for parent in (SAMPLED, NOT_SAMPLED, SAMPLED):
        with _tracer(kept, ratio=0.5).part("request", "server", parent):
            pass
    assert [part.sampled for part in kept.parts] == [True, True]


def test_about_the_ratio_of_new_traces_is_sampled() -> None:
    kept = Kept()
    tracer = _tracer(kept, ratio=0.1, most=10**6)
    for _ in range(5000):
        with tracer.part("request", "server", None):
            pass
    assert 380 < len(kept.parts) < 620  # six deviations from 500


def test_failed_and_slow_parts_are_kept_whatever_was_decided_before() -> None:
    kept = Kept()
    tracer = _tracer(kept, slow=0.01)
    with tracer.part("quick", "server", None):
        pass
    with tracer.part("slow", "server", None):
        time.sleep(0.02)
    try:
        with tracer.part("broken", "server", None):
            raise RuntimeError
    except RuntimeError:
        pass
    assert [part.name for part in kept.parts] == ["slow", "broken"]


def test_callers_cannot_make_us_export_more_than_the_limit() -> None:
    kept = Kept()
    tracer = _tracer(kept, most=5)
    for _ in range(100):
        with tracer.part("request", "server", SAMPLED):
            pass
    assert len(kept.parts) == 5
    assert tracer.over_the_limit == 95


def test_spans_nest_and_are_bounded() -> None:
    with _tracer(Kept()).part("request", "server", None) as part:
        with Span("mail", "client"):
            note_call("select", time.perf_counter(), 0.001, failed=False, facts={})
        for _ in range(MOST_SPANS + 10):
            note_call("select", time.perf_counter(), 0.001, failed=False, facts={})
    assert part.spans is not None
    statement, mail = part.spans[0], part.spans[1]
    assert (statement.parent_id, mail.parent_id) == (mail.span_id, part.span_id)
    assert len(part.spans) == MOST_SPANS
    assert part.dropped == 12
