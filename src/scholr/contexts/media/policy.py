"""Who may do what in media. Reading goes by signed addresses, which pages hand out to those who may see the page."""

from scholr.kernel.actor import Role
from scholr.platform.security.permissions import Permission

UPLOAD = Permission("media.upload", frozenset({Role.OWNER, Role.ADMIN, Role.INSTRUCTOR, Role.ASSISTANT}), "media:write")
SEE_FILES = Permission(
    "media.see_files",
    frozenset({Role.OWNER, Role.ADMIN, Role.INSTRUCTOR, Role.ASSISTANT, Role.AUDITOR}),
    "media:read",
)

PERMISSIONS = (UPLOAD, SEE_FILES)
