"""Facts that compliance publishes: the steps of an erasure. `aggregate_id` is the erasure."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from scholr.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRequested(Event):
    """`ground` is why, one of `model.Ground`."""

    event_type: ClassVar[str] = "compliance.erasure_requested"
    aggregate_type: ClassVar[str] = "erasure"

    member_id: UUID
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureWithdrawn(Event):
    event_type: ClassVar[str] = "compliance.erasure_withdrawn"
    aggregate_type: ClassVar[str] = "erasure"

    member_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureConfirmed(Event):
    """The data key is destroyed: no copy of the member's words can be read from here on."""

    event_type: ClassVar[str] = "compliance.erasure_confirmed"
    aggregate_type: ClassVar[str] = "erasure"

    member_id: UUID
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureCompleted(Event):
    """Every part of the program has reported; `rows` is how many rows were emptied or removed in all."""

    event_type: ClassVar[str] = "compliance.erasure_completed"
    aggregate_type: ClassVar[str] = "erasure"

    member_id: UUID
    rows: int


EVENTS: tuple[type[Event], ...] = (ErasureRequested, ErasureWithdrawn, ErasureConfirmed, ErasureCompleted)
