"""Who may do what in identity."""

from scholr.kernel.actor import Role
from scholr.platform.security.permissions import Permission

MANAGE_PEOPLE = Permission("identity.manage_people", frozenset({Role.OWNER, Role.ADMIN}), "people:write")
SEE_PEOPLE = Permission(
    "identity.see_people",
    frozenset({Role.OWNER, Role.ADMIN, Role.INSTRUCTOR, Role.ASSISTANT, Role.AUDITOR}),
    "people:read",
)

PERMISSIONS = (MANAGE_PEOPLE, SEE_PEOPLE)
