"""The base of every event: a past-tense, frozen fact.

An event class is a frozen dataclass that sets `event_type` (stable, `context.happened`) and
`aggregate_type`, and holds the few facts that consumers need. Change it by adding a field with a
default, or by a new name; an old payload must still load.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from scholr.kernel.ids import EventId, TenantId, new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`aggregate_id` orders events: consumers see those of one aggregate in the order of commit."""

    event_type: ClassVar[str]
    aggregate_type: ClassVar[str]

    tenant_id: TenantId
    aggregate_id: UUID
    occurred_at: datetime
    event_id: EventId = field(default_factory=lambda: EventId(new_id()))
