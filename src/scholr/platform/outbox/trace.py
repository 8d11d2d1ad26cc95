"""The trace that the current work belongs to (W3C Trace Context), carried along with events."""

from contextvars import ContextVar

current_traceparent: ContextVar[str | None] = ContextVar("scholr_traceparent", default=None)
