"""Who may do what in media. Reading goes by signed addresses, which pages hand out to those who may see the page."""

from datetime import date

from scholr.kernel.actor import Role
from scholr.platform.flags.flag import Flag
from scholr.platform.security.permissions import Permission

UPLOAD = Permission("media.upload", frozenset({Role.OWNER, Role.ADMIN, Role.INSTRUCTOR, Role.ASSISTANT}), "media:write")
SEE_FILES = Permission(
    "media.see_files",
    frozenset({Role.OWNER, Role.ADMIN, Role.INSTRUCTOR, Role.ASSISTANT, Role.AUDITOR}),
    "media:read",
)

PERMISSIONS = (UPLOAD, SEE_FILES)

UPLOADS = Flag(
    key="media.uploads",
    description="Taking in files of courses. Off: no new file is announced; one on its way may arrive.",
    owner="media",
    expires=date(2027, 11, 30),
    sentence="Uploading files is switched off for the moment. Files that are here already can be used as always.",
)
FLAGS = (UPLOADS,)
