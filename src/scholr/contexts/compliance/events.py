"""Facts that compliance publishes. There are none: the log is where facts end."""

from scholr.kernel.events import Event

EVENTS: tuple[type[Event], ...] = ()
