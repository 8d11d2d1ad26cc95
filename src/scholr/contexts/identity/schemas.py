"""JSON shapes of identity."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from scholr.kernel.actor import Role

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Email = Annotated[str, msgspec.Meta(min_length=3, max_length=254)]
Roles = Annotated[list[Role], msgspec.Meta(min_length=1, max_length=7)]
Members = Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=1000)]
Description = Annotated[str, msgspec.Meta(max_length=1000)]


class CreateOrganization(msgspec.Struct, forbid_unknown_fields=True):
    name: Name


class OrganizationOut(msgspec.Struct):
    id: UUID
    name: str


class BrandingOut(msgspec.Struct):
    """`logo_url` is null where the organisation shows its first letter."""

    id: UUID
    name: str
    brand_colour: str
    logo_url: str | None
    locale: str
    time_zone: str


class UpdateBranding(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays."""

    name: Name | None = None
    brand_colour: Annotated[str, msgspec.Meta(max_length=10)] | None = None
    locale: Annotated[str, msgspec.Meta(max_length=35)] | None = None
    time_zone: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class CreateUser(msgspec.Struct, forbid_unknown_fields=True):
    email: Email
    name: Name
    role: Role = Role.LEARNER


class UserOut(msgspec.Struct):
    """`id` is the membership where there is a tenant: the id that every other route takes as learner_id."""

    id: UUID
    email: str
    name: str
    roles: list[Role]


class MemberOut(msgspec.Struct):
    """`status` is active or suspended."""

    id: UUID
    email: str
    name: str
    roles: list[Role]
    status: str
    created_at: datetime
    last_seen_at: datetime | None


class MemberPageOut(msgspec.Struct):
    items: list[MemberOut]
    next_cursor: str | None = None


class UpdateUser(msgspec.Struct, forbid_unknown_fields=True):
    name: Name


class SetRoles(msgspec.Struct, forbid_unknown_fields=True):
    roles: Roles


class CreateInvitation(msgspec.Struct, forbid_unknown_fields=True):
    email: Email
    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    roles: Roles = msgspec.field(default_factory=lambda: [Role.LEARNER])


class InvitationIdOut(msgspec.Struct):
    id: UUID


class InvitationOut(msgspec.Struct):
    """`state` is open, expired, accepted or revoked."""

    id: UUID
    email: str
    name: str
    roles: list[Role]
    state: str
    created_at: datetime
    expires_at: datetime
    last_sent_at: datetime
    times_sent: int


class InvitationPageOut(msgspec.Struct):
    items: list[InvitationOut]
    next_cursor: str | None = None


class GroupIn(msgspec.Struct, forbid_unknown_fields=True):
    name: Name
    description: Description = ""


class GroupOut(msgspec.Struct):
    id: UUID
    name: str
    description: str
    members: int


class GroupPageOut(msgspec.Struct):
    items: list[GroupOut]
    next_cursor: str | None = None


class GroupMembersIn(msgspec.Struct, forbid_unknown_fields=True):
    member_ids: Members


class ChangedOut(msgspec.Struct):
    """How many changed."""

    changed: int


class ClaimDomain(msgspec.Struct, forbid_unknown_fields=True):
    host: Annotated[str, msgspec.Meta(min_length=1, max_length=253)]


class DomainOut(msgspec.Struct):
    """Put a TXT record with this name and value into the DNS, then verify."""

    id: UUID
    host: str
    txt_name: str
    txt_value: str
    verified_at: datetime | None
    last_checked_at: datetime | None


class DomainListOut(msgspec.Struct):
    items: list[DomainOut]
