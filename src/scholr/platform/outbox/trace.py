"""The trace that the current work belongs to (W3C Trace Context), carried along with events."""

from collections.abc import Iterator
from contextlib import contextmanager

from scholr.platform.observability.trace import current_traceparent, valid_traceparent

__all__ = ["current_traceparent", "tracing"]


@contextmanager
def tracing(traceparent: str | None) -> Iterator[None]:
    """Work inside belongs to this trace; one that is not well formed is none, as the standard has it."""
    token = current_traceparent.set(valid_traceparent(traceparent))
    try:
        yield
    finally:
        current_traceparent.reset(token)
