"""JSON shapes of auth."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from scholr.kernel.actor import Role

Password = Annotated[str, msgspec.Meta(max_length=1000)]
Email = Annotated[str, msgspec.Meta(min_length=3, max_length=254)]


class OrganizationOfMeOut(msgspec.Struct):
    id: UUID
    name: str
    membership_id: UUID
    roles: list[Role]


class MeOut(msgspec.Struct):
    """Who this request is. `id` is the membership here; null until a person has chosen an organisation."""

    id: UUID | None
    organization_id: UUID | None
    name: str
    email: str
    roles: list[Role]
    scopes: list[str] | None
    locale: str
    time_zone: str
    theme: str
    organizations: list[OrganizationOfMeOut]


class UpdateMe(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays. "" as locale or time zone means: like the organisation."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None
    locale: Annotated[str, msgspec.Meta(max_length=35)] | None = None
    time_zone: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    theme: Annotated[str, msgspec.Meta(max_length=20)] | None = None


class ChangePassword(msgspec.Struct, forbid_unknown_fields=True):
    old_password: Password
    new_password: Password


class RequestReset(msgspec.Struct, forbid_unknown_fields=True):
    email: Email


class ResetPassword(msgspec.Struct, forbid_unknown_fields=True):
    password: Password


class SwitchOrganization(msgspec.Struct, forbid_unknown_fields=True):
    organization_id: UUID


class SessionOut(msgspec.Struct):
    """`current` marks the session that asks. `name` is the member's, where an organisation looks."""

    id: UUID
    proof: str
    remembered: bool
    created_at: datetime
    last_seen_at: datetime
    ends_at: datetime
    user_agent: str
    address: str
    name: str = ""
    current: bool = False


class SessionPageOut(msgspec.Struct):
    items: list[SessionOut]
    next_cursor: str | None = None


class CreateToken(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    scopes: Annotated[list[Annotated[str, msgspec.Meta(max_length=100)]], msgspec.Meta(min_length=1, max_length=100)]
    expires_in_days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 90


class CreatedTokenOut(msgspec.Struct):
    """`token` is shown this once."""

    id: UUID
    token: str


class TokenOut(msgspec.Struct):
    id: UUID
    membership_id: UUID
    name: str
    hint: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class TokenPageOut(msgspec.Struct):
    items: list[TokenOut]
    next_cursor: str | None = None


class PermissionOut(msgspec.Struct):
    """`allowed` is whether whoever asks may do it."""

    name: str
    roles: list[Role]
    scope: str
    allowed: bool


class PermissionTableOut(msgspec.Struct):
    items: list[PermissionOut]
