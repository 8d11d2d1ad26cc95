"""Facts that identity publishes."""

from dataclasses import dataclass
from typing import ClassVar

from scholr.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationCreated(Event):
    event_type: ClassVar[str] = "identity.organization_created"
    aggregate_type: ClassVar[str] = "organization"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberAdded(Event):
    """`aggregate_id` is the membership."""

    event_type: ClassVar[str] = "identity.member_added"
    aggregate_type: ClassVar[str] = "membership"

    roles: tuple[str, ...]
