"""Events as JSON: unknown fields are rejected, old payloads still load."""

from dataclasses import fields
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from scholr.kernel.events import Event

E = TypeVar("E", bound=Event)

_ENVELOPE = frozenset({"tenant_id", "aggregate_id", "occurred_at", "event_id"})


class UnknownField(ValueError):
    """A payload holds a field that the event class does not know."""


def encode_payload(event: Event) -> str:
    """The event's own fields as a JSON object; what every event has lies in columns beside it."""
    own = {f.name: getattr(event, f.name) for f in fields(event) if f.name not in _ENVELOPE}
    return msgspec.json.encode(own).decode()


def decode_event(
    event_class: type[E], payload: str | bytes, *, tenant_id: UUID, aggregate_id: UUID, occurred_at: Any, event_id: UUID
) -> E:
    """Load an event; raises UnknownField, or msgspec.ValidationError for a wrong type or a missing field."""
    body = msgspec.json.decode(payload)
    unknown = body.keys() - {f.name for f in fields(event_class)}
    if unknown:
        raise UnknownField(f"{event_class.event_type}: {', '.join(sorted(unknown))}")
    envelope = {
        "tenant_id": str(tenant_id),
        "aggregate_id": str(aggregate_id),
        "occurred_at": occurred_at,
        "event_id": str(event_id),
    }
    return msgspec.convert({**body, **envelope}, event_class)
