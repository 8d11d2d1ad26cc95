"""What others may call of identity. Reads take the caller's unit; use cases take the platform."""

from scholr.contexts.identity.languages import LANGUAGES, THEMES, time_zones
from scholr.contexts.identity.model import email_or_none
from scholr.contexts.identity.queries import (
    MemberView,
    OrganizationOfPerson,
    OrganizationView,
    PersonAddress,
    PersonView,
    member,
    members,
    names_of_people,
    organization,
    organizations_of,
    owner_of,
    person_by_email,
    require_member,
    require_person,
)
from scholr.contexts.identity.repository import FoundPerson
from scholr.contexts.identity.service import (
    AddedMember,
    add_member,
    create_organization,
    find_or_create_person,
    update_profile,
    verify_email,
)

__all__ = [
    "LANGUAGES",
    "THEMES",
    "AddedMember",
    "FoundPerson",
    "MemberView",
    "OrganizationOfPerson",
    "OrganizationView",
    "PersonAddress",
    "PersonView",
    "add_member",
    "create_organization",
    "email_or_none",
    "find_or_create_person",
    "member",
    "members",
    "names_of_people",
    "organization",
    "organizations_of",
    "owner_of",
    "person_by_email",
    "require_member",
    "require_person",
    "time_zones",
    "update_profile",
    "verify_email",
]
