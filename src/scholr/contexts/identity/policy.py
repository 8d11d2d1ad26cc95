"""Who may do what in identity."""

from scholr.kernel.actor import Role
from scholr.platform.audit import Look
from scholr.platform.security.permissions import Permission

_ADMINS = frozenset({Role.OWNER, Role.ADMIN})
_STAFF = frozenset({Role.OWNER, Role.ADMIN, Role.INSTRUCTOR, Role.ASSISTANT, Role.AUDITOR})

MANAGE_PEOPLE = Permission("identity.manage_people", _ADMINS, "people:write")
SEE_PEOPLE = Permission("identity.see_people", _STAFF, "people:read")
SEE_INVITATIONS = Permission("identity.see_invitations", _ADMINS | {Role.AUDITOR}, "people:read")
SEE_ORGANIZATION = Permission("identity.see_organization", frozenset(Role), "organization:read")
MANAGE_BRANDING = Permission("identity.manage_branding", _ADMINS, "organization:write")
SEE_DOMAINS = Permission("identity.see_domains", _ADMINS | {Role.AUDITOR}, "organization:read")
MANAGE_DOMAINS = Permission("identity.manage_domains", _ADMINS, "organization:write")
OWN_PRIVACY = Permission("identity.own_privacy", frozenset(Role), "privacy:own")
MANAGE_PRIVACY = Permission("identity.manage_privacy", _ADMINS, "privacy:write")

PERMISSIONS = (
    MANAGE_PEOPLE,
    SEE_PEOPLE,
    SEE_INVITATIONS,
    SEE_ORGANIZATION,
    MANAGE_BRANDING,
    SEE_DOMAINS,
    MANAGE_DOMAINS,
    OWN_PRIVACY,
    MANAGE_PRIVACY,
)

# Looks at records of others; see scholr.platform.audit.
PEOPLE_LISTED = Look("identity.people_listed", "organization")
PERSON_READ = Look("identity.person_read", "membership")
GROUP_READ = Look("identity.group_read", "group")
INVITATIONS_LISTED = Look("identity.invitations_listed", "organization")

LOOKS = (PEOPLE_LISTED, PERSON_READ, GROUP_READ, INVITATIONS_LISTED)
