"""JSON shapes of identity."""

from typing import Annotated
from uuid import UUID

import msgspec

from scholr.kernel.actor import Role

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class CreateOrganization(msgspec.Struct, forbid_unknown_fields=True):
    name: Name


class OrganizationOut(msgspec.Struct):
    id: UUID
    name: str


class CreateUser(msgspec.Struct, forbid_unknown_fields=True):
    email: Annotated[str, msgspec.Meta(min_length=3, max_length=254)]
    name: Name
    role: Role = Role.LEARNER


class UserOut(msgspec.Struct):
    """`id` is the membership where there is a tenant: the id that every other route takes as learner_id."""

    id: UUID
    email: str
    name: str
    roles: list[Role]
