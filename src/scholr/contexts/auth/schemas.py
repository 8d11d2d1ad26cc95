"""JSON shapes of auth."""

from uuid import UUID

import msgspec

from scholr.kernel.actor import Role


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
    organizations: list[OrganizationOfMeOut]
