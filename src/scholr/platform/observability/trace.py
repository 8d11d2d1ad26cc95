"""One part of a trace: a request, a handled event or a job, with what happened in it.

Parts are our own small objects and not the SDK's: they cost a microsecond, and only a part that is worth keeping
(sampled, failed or slow) is turned into spans and exported, by `otlp.py`, when it has ended.
"""

import random
import re
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

MOST_SPANS = 200
"""Of one part; what comes after that is counted only."""

_TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
_RANDOM_BITS = 56  # the part of a trace id that W3C Trace Context level 2 promises to be random

Facts = Mapping[str, str | int | float | bool]

current_traceparent: ContextVar[str | None] = ContextVar("scholr_traceparent", default=None)
"""What work that is begun from here belongs to (W3C Trace Context)."""

current_part: ContextVar["Part | None"] = ContextVar("scholr_part", default=None)


def valid_traceparent(value: str | None) -> str | None:
    """None for one that is not well formed, as the standard has it."""
    return value if value is not None and _TRACEPARENT.fullmatch(value) else None


def trace_headers() -> dict[str, str]:
    """What a call to another system carries, so that its spans hang below ours."""
    traceparent = current_traceparent.get()
    return {} if traceparent is None else {"traceparent": traceparent}


@dataclass(frozen=True, slots=True)
class SpanRecord:
    """`begun` and `ended` are nanoseconds since the epoch; ids are hexadecimal. `kind` as OpenTelemetry names them."""

    name: str
    kind: str
    span_id: str
    parent_id: str
    begun: int
    ended: int
    failed: bool
    facts: Facts


class Exporter(Protocol):
    def export(self, part: "Part", ended: int, facts: Facts) -> None:
        """Take over a part that has ended; must neither wait nor raise."""
        ...


@dataclass(frozen=True, slots=True)
class TraceSettings:
    """`ratio` of traces are kept whatever happens in them; `slow` seconds make one worth keeping, as does an error.
    `most_each_second` bounds what one process exports, also of what callers ask for with their sampled flag."""

    ratio: float = 0.01
    slow: float = 1.0
    most_each_second: int = 50


class Tracer:
    """Begins parts. Without an exporter a part carries ids only and records nothing."""

    def __init__(self, exporter: Exporter | None = None, settings: TraceSettings | None = None) -> None:
        self.exporter = exporter
        self._settings = settings or TraceSettings()
        self._bound = int(self._settings.ratio * (1 << _RANDOM_BITS))
        self._second = 0.0
        self._kept_in_second = 0
        self.kept = 0
        self.over_the_limit = 0

    def part(self, name: str, kind: str, parent: str | None, facts: Callable[[], Facts] = dict) -> "Part":
        """`parent` is a traceparent; `facts` is asked when a line is logged or a span exported, not before."""
        return Part(self, name, kind, parent, facts)

    def is_sampled(self, trace_id: int) -> bool:
        return self.exporter is not None and trace_id & ((1 << _RANDOM_BITS) - 1) < self._bound

    def ended(self, part: "Part", seconds: float) -> None:
        """The decision about a whole part, made when everything about it is known."""
        part.kept = part.sampled or part.failed or seconds >= self._settings.slow
        if not part.kept or self.exporter is None:
            return
        if part.begun - self._second >= 1.0:
            self._second, self._kept_in_second = part.begun, 0
        if self._kept_in_second >= self._settings.most_each_second:
            self.over_the_limit += 1
            part.kept = False
            return
        self._kept_in_second += 1
        self.kept += 1
        self.exporter.export(part, part.moment(part.begun + seconds), part.facts())


class Part:
    """`async with` is not needed: entering and leaving never wait."""

    __slots__ = (
        "_tokens",
        "_wall",
        "begun",
        "dropped",
        "facts",
        "failed",
        "kept",
        "kind",
        "name",
        "parent_id",
        "sampled",
        "span_id",
        "spans",
        "trace_id",
        "tracer",
    )

    def __init__(
        self, tracer: Tracer, name: str, kind: str, parent: str | None, facts: Callable[[], Facts] = dict
    ) -> None:
        self.tracer, self.name, self.kind, self.facts = tracer, name, kind, facts
        self.span_id = f"{random.getrandbits(64) | 1:016x}"  # to tell apart, not to keep secret
        found = _TRACEPARENT.fullmatch(parent) if parent is not None else None
        if found is None:
            number = random.getrandbits(128) | 1 << 127
            self.trace_id, self.parent_id = f"{number:032x}", ""
            self.sampled = tracer.is_sampled(number)
        else:
            self.trace_id, self.parent_id = found[2], found[3]
            self.sampled = int(found[4], 16) & 1 == 1
            if tracer.exporter is None:  # nothing is recorded here: what we do belongs to the caller's own span
                self.span_id = self.parent_id
        self.failed = self.kept = False
        self.dropped = 0
        self.spans: list[SpanRecord] | None = None if tracer.exporter is None else []
        self.begun = 0.0
        self._wall = 0

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"

    def moment(self, counted: float) -> int:
        """Nanoseconds since the epoch of a `perf_counter` reading."""
        return self._wall + int((counted - self.begun) * 1e9)

    def __enter__(self) -> "Part":
        self.begun = time.perf_counter()
        if self.spans is not None:
            self._wall = time.time_ns()
        self._tokens: tuple[Token[str | None], Token[Part | None]] = (
            current_traceparent.set(self.traceparent),
            current_part.set(self),
        )
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        current_traceparent.reset(self._tokens[0])
        current_part.reset(self._tokens[1])
        if isinstance(error, Exception):
            self.failed = True
        self.tracer.ended(self, time.perf_counter() - self.begun)

    def add(self, record: SpanRecord) -> None:
        if self.spans is None:
            return
        if len(self.spans) < MOST_SPANS:
            self.spans.append(record)
        else:
            self.dropped += 1


class Span:
    """Something inside a part that may hold further spans, such as a call to the outside; nothing where nobody
    records. What is sent out meanwhile carries it as its parent."""

    __slots__ = ("_begun", "_facts", "_id", "_kind", "_name", "_outer", "_part", "_token")

    def __init__(self, name: str, kind: str = "internal", **facts: str | int | float | bool) -> None:
        self._name, self._kind, self._facts = name, kind, facts

    def __enter__(self) -> None:
        part = current_part.get()
        self._part = part if part is not None and part.spans is not None else None
        if self._part is None:
            return
        self._begun = time.perf_counter()
        self._outer = _innermost(self._part)
        self._id = f"{random.getrandbits(64) | 1:016x}"
        flags = "01" if self._part.sampled else "00"
        self._token = current_traceparent.set(f"00-{self._part.trace_id}-{self._id}-{flags}")

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        part = self._part
        if part is None:
            return
        current_traceparent.reset(self._token)
        begun, ended = part.moment(self._begun), part.moment(time.perf_counter())
        failed = isinstance(error, Exception)
        part.add(SpanRecord(self._name, self._kind, self._id, self._outer, begun, ended, failed, self._facts))


def note_call(name: str, begun: float, seconds: float, *, failed: bool, facts: Facts) -> None:
    """A call that has ended (a statement) as a span of the part that made it; `begun` is a `perf_counter` reading."""
    part = current_part.get()
    if part is None or part.spans is None:
        return
    span_id = f"{random.getrandbits(64) | 1:016x}"
    started, ended = part.moment(begun), part.moment(begun + seconds)
    part.add(SpanRecord(name, "client", span_id, _innermost(part), started, ended, failed, facts))


def _innermost(part: Part) -> str:
    traceparent = current_traceparent.get()
    return traceparent[36:52] if traceparent is not None else part.span_id
