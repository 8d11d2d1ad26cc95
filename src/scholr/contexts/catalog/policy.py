"""Who may do what in catalog. What a learner may see is decided in `queries.access`: the published, nothing else."""

from scholr.kernel.actor import Role
from scholr.platform.security.permissions import Permission

SEE_CATALOGUE = Permission("catalog.see_catalogue", frozenset(Role), "courses:read")
SEE_DRAFTS = Permission(
    "catalog.see_drafts",
    frozenset({Role.OWNER, Role.ADMIN, Role.INSTRUCTOR, Role.ASSISTANT, Role.AUDITOR}),
    "courses:read",
)
EDIT_COURSES = Permission("catalog.edit_courses", frozenset({Role.OWNER, Role.ADMIN, Role.INSTRUCTOR}), "courses:write")

PERMISSIONS = (SEE_CATALOGUE, SEE_DRAFTS, EDIT_COURSES)
