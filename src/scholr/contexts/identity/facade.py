"""What others may call of identity. Reads take the caller's unit; use cases take the platform."""

from scholr.contexts.identity.queries import MemberView, OrganizationView, member, organization, owner_of
from scholr.contexts.identity.service import AddedMember, add_member, create_organization

__all__ = [
    "AddedMember",
    "MemberView",
    "OrganizationView",
    "add_member",
    "create_organization",
    "member",
    "organization",
    "owner_of",
]
