"""Facts that compliance publishes: erasures, what people asked for, what must stay, what was forgotten."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestMade(Event):
    """`aggregate_id` is the membership; its words stay where they are."""

    event_type: ClassVar[str] = "compliance.request_made"
    aggregate_type: ClassVar[str] = "membership"

    request_id: UUID
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAnswered(Event):
    event_type: ClassVar[str] = "compliance.request_answered"
    aggregate_type: ClassVar[str] = "membership"

    request_id: UUID
    kind: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportAsked(Event):
    """`whole`: with the account that is the person's own beyond the organisation."""

    event_type: ClassVar[str] = "compliance.export_asked"
    aggregate_type: ClassVar[str] = "membership"

    export_id: UUID
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReady(Event):
    event_type: ClassVar[str] = "compliance.export_ready"
    aggregate_type: ClassVar[str] = "membership"

    export_id: UUID
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPlaced(Event):
    """`aggregate_id` is the hold; why stays where it is."""

    event_type: ClassVar[str] = "compliance.hold_placed"
    aggregate_type: ClassVar[str] = "hold"

    learner_id: UUID | None
    course_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldReleased(Event):
    event_type: ClassVar[str] = "compliance.hold_released"
    aggregate_type: ClassVar[str] = "hold"

    learner_id: UUID | None
    course_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionChanged(Event):
    """`aggregate_id` is the organisation."""

    event_type: ClassVar[str] = "compliance.retention_changed"
    aggregate_type: ClassVar[str] = "organization"

    kind: str
    days: int
    before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionApplied(Event):
    """`forgotten` records of a kind are gone, which were over `days` ago."""

    event_type: ClassVar[str] = "compliance.retention_applied"
    aggregate_type: ClassVar[str] = "organization"

    kind: str
    days: int
    forgotten: int


EVENTS: tuple[type[Event], ...] = (
    ErasureRequested,
    ErasureWithdrawn,
    ErasureConfirmed,
    ErasureCompleted,
    RequestMade,
    RequestAnswered,
    ExportAsked,
    ExportReady,
    HoldPlaced,
    HoldReleased,
    RetentionChanged,
    RetentionApplied,
)
