"""Who may do what in assessment. A learner's own attempt is checked by its `learner_id`."""

from scholr.kernel.actor import Role
from scholr.platform.audit import Look
from scholr.platform.security.permissions import Permission

_AUTHORS = frozenset({Role.OWNER, Role.ADMIN, Role.INSTRUCTOR})
_STAFF = _AUTHORS | {Role.ASSISTANT}

AUTHOR = Permission("assessment.author", _AUTHORS, "assessments:write")
SEE = Permission("assessment.see", frozenset(Role), "assessments:read")
SEE_HIDDEN = Permission("assessment.see_hidden", _STAFF | {Role.AUDITOR}, "assessments:read")
SEE_KEYS = Permission("assessment.see_keys", _AUTHORS, "assessments:keys")
TAKE = Permission("assessment.take", _STAFF | {Role.LEARNER}, "attempts:write")
SEE_OWN = Permission("assessment.see_own", _STAFF | {Role.LEARNER, Role.AUDITOR}, "attempts:read")
ACT_FOR = Permission("assessment.act_for", _AUTHORS, "attempts:write")
ACCOMMODATE = Permission("assessment.accommodate", _AUTHORS, "assessments:write")
SEE_RESULTS = Permission("assessment.see_results", _STAFF | {Role.AUDITOR}, "results:read")
GRADE = Permission("assessment.grade", _STAFF, "grades:write")

PERMISSIONS = (AUTHOR, SEE, SEE_HIDDEN, SEE_KEYS, TAKE, SEE_OWN, ACT_FOR, ACCOMMODATE, SEE_RESULTS, GRADE)

# Looks at records of others; see scholr.platform.audit.
ATTEMPT_READ = Look("assessment.attempt_read", "attempt")
GRADEBOOK_READ = Look("assessment.gradebook_read", "assessment")
GRADEBOOK_EXPORTED = Look("assessment.gradebook_exported", "assessment", every_time=True)
ACCOMMODATIONS_READ = Look("assessment.accommodations_read", "assessment")
KEYS_READ = Look("assessment.keys_read", "assessment")
BANK_KEYS_READ = Look("assessment.bank_keys_read", "bank")

LOOKS = (ATTEMPT_READ, GRADEBOOK_READ, GRADEBOOK_EXPORTED, ACCOMMODATIONS_READ, KEYS_READ, BANK_KEYS_READ)
