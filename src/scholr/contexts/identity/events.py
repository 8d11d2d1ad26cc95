"""Facts that identity publishes."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from scholr.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationCreated(Event):
    event_type: ClassVar[str] = "identity.organization_created"
    aggregate_type: ClassVar[str] = "organization"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandingChanged(Event):
    """Name, colour, logo, language or time zone of the organisation."""

    event_type: ClassVar[str] = "identity.branding_changed"
    aggregate_type: ClassVar[str] = "organization"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberAdded(Event):
    """`aggregate_id` is the membership."""

    event_type: ClassVar[str] = "identity.member_added"
    aggregate_type: ClassVar[str] = "membership"

    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRolesChanged(Event):
    """`roles` are all that the member has now, `before` those until then (not known of older events)."""

    event_type: ClassVar[str] = "identity.member_roles_changed"
    aggregate_type: ClassVar[str] = "membership"

    roles: tuple[str, ...]
    before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRenamed(Event):
    """By somebody who manages people; what they are called stays where it is."""

    event_type: ClassVar[str] = "identity.member_renamed"
    aggregate_type: ClassVar[str] = "membership"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSuspended(Event):
    event_type: ClassVar[str] = "identity.member_suspended"
    aggregate_type: ClassVar[str] = "membership"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberReactivated(Event):
    event_type: ClassVar[str] = "identity.member_reactivated"
    aggregate_type: ClassVar[str] = "membership"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberInvited(Event):
    """`aggregate_id` is the invitation; the address stays where it is."""

    event_type: ClassVar[str] = "identity.member_invited"
    aggregate_type: ClassVar[str] = "invitation"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationAccepted(Event):
    event_type: ClassVar[str] = "identity.invitation_accepted"
    aggregate_type: ClassVar[str] = "invitation"

    membership_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRevoked(Event):
    event_type: ClassVar[str] = "identity.invitation_revoked"
    aggregate_type: ClassVar[str] = "invitation"


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainClaimed(Event):
    event_type: ClassVar[str] = "identity.domain_claimed"
    aggregate_type: ClassVar[str] = "domain"

    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRemoved(Event):
    event_type: ClassVar[str] = "identity.domain_removed"
    aggregate_type: ClassVar[str] = "domain"

    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainVerified(Event):
    event_type: ClassVar[str] = "identity.domain_verified"
    aggregate_type: ClassVar[str] = "domain"

    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceMade(Event):
    """A member agreed or objected; `aggregate_id` is the membership, `version` that of the text that was shown."""

    event_type: ClassVar[str] = "identity.choice_made"
    aggregate_type: ClassVar[str] = "membership"

    purpose: str
    version: int
    given: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryChanged(Event):
    """What is told of learners without asking them."""

    event_type: ClassVar[str] = "identity.directory_changed"
    aggregate_type: ClassVar[str] = "organization"

    fields: tuple[str, ...]


ALL_EVENTS = (
    OrganizationCreated,
    BrandingChanged,
    MemberAdded,
    MemberRolesChanged,
    MemberRenamed,
    MemberSuspended,
    MemberReactivated,
    MemberInvited,
    InvitationAccepted,
    InvitationRevoked,
    DomainClaimed,
    DomainRemoved,
    DomainVerified,
    ChoiceMade,
    DirectoryChanged,
)
