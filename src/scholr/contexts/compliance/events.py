"""Facts that compliance publishes: what people asked for, what must stay, what was forgotten."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from scholr.kernel.events import Event


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
    RequestMade,
    RequestAnswered,
    ExportAsked,
    ExportReady,
    HoldPlaced,
    HoldReleased,
    RetentionChanged,
    RetentionApplied,
)
