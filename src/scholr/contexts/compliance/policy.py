"""Who may do what in compliance."""

from scholr.kernel.actor import Role
from scholr.platform.audit import Look
from scholr.platform.security.permissions import Permission

SEE_LOG = Permission("compliance.see_log", frozenset({Role.OWNER, Role.ADMIN, Role.AUDITOR}), "audit:read")

ERASE = Permission("compliance.erase", frozenset({Role.OWNER, Role.ADMIN}), "privacy:write")
SEE_ERASURES = Permission("compliance.see_erasures", frozenset({Role.OWNER, Role.ADMIN, Role.AUDITOR}), "privacy:read")

PERMISSIONS = (SEE_LOG, ERASE, SEE_ERASURES)

# Looks at records of others; see scholr.platform.audit.
LOG_READ = Look("compliance.log_read", "organization")
LOG_EXPORTED = Look("compliance.log_exported", "organization", every_time=True)

ERASURES_READ = Look("compliance.erasures_read", "organization")

LOOKS = (LOG_READ, LOG_EXPORTED, ERASURES_READ)
