"""Who may do what in learning. That a fact is one's own is checked by its `learner_id`."""

from datetime import date

from scholr.kernel.actor import Role
from scholr.platform.audit import Look
from scholr.platform.flags.flag import Flag
from scholr.platform.security.permissions import Permission

_AUTHORS = frozenset({Role.OWNER, Role.ADMIN, Role.INSTRUCTOR})
_STAFF = _AUTHORS | {Role.ASSISTANT}

LEARN = Permission("learning.learn", _STAFF | {Role.LEARNER}, "learning:write")
SEE_OWN = Permission("learning.see_own", frozenset(Role), "learning:read")
ACT_FOR = Permission("learning.act_for", _AUTHORS, "learning:write")
SEE_PROGRESS = Permission("learning.see_progress", _STAFF | {Role.AUDITOR}, "learning:read")
SET_RULES = Permission("learning.set_rules", _AUTHORS, "learning:write")
SEE_ALL_CERTIFICATES = Permission(
    "learning.see_all_certificates", frozenset({Role.OWNER, Role.ADMIN, Role.AUDITOR}), "learning:read"
)
SEE_REPORTS = Permission("learning.see_reports", frozenset({Role.OWNER, Role.ADMIN, Role.AUDITOR}), "learning:read")
REVOKE = Permission("learning.revoke_certificates", frozenset({Role.OWNER, Role.ADMIN}), "learning:write")

PERMISSIONS = (LEARN, SEE_OWN, ACT_FOR, SEE_PROGRESS, SET_RULES, SEE_ALL_CERTIFICATES, SEE_REPORTS, REVOKE)

# Looks at records of others; see scholr.platform.audit.
PROGRESS_READ = Look("learning.progress_read", "membership")
CERTIFICATES_READ = Look("learning.certificates_read", "membership")
CERTIFICATE_READ = Look("learning.certificate_read", "certificate")
CERTIFICATES_LISTED = Look("learning.certificates_listed", "organization")
REPORT_EXPORTED = Look("learning.report_exported", "organization", every_time=True)

LOOKS = (PROGRESS_READ, CERTIFICATES_READ, CERTIFICATE_READ, CERTIFICATES_LISTED, REPORT_EXPORTED)

VERIFICATION = Flag(
    key="learning.verification",
    description="Strangers verify certificates by their code. Only killing switches it: no organisation is known here.",
    owner="learning",
    expires=date(2027, 11, 30),
    sentence="Verifying certificates is switched off for the moment. This says nothing about any certificate.",
)
FLAGS = (VERIFICATION,)
