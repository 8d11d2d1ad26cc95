"""The trace that the current work belongs to (W3C Trace Context), carried along with events."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

current_traceparent: ContextVar[str | None] = ContextVar("scholr_traceparent", default=None)


@contextmanager
def tracing(traceparent: str | None) -> Iterator[None]:
    """Work inside belongs to this trace; one that is not well formed is none, as the standard has it."""
    valid = traceparent if traceparent is not None and _TRACEPARENT.fullmatch(traceparent) else None
    token = current_traceparent.set(valid)
    try:
        yield
    finally:
        current_traceparent.reset(token)
