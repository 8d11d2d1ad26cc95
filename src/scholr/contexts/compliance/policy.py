"""Who may do what in compliance."""

from scholr.kernel.actor import Role
from scholr.platform.audit import Look
from scholr.platform.security.permissions import Permission

SEE_LOG = Permission("compliance.see_log", frozenset({Role.OWNER, Role.ADMIN, Role.AUDITOR}), "audit:read")
OWN_RIGHTS = Permission("compliance.own_rights", frozenset(Role), "privacy:own")
SEE_PRIVACY = Permission("compliance.see_privacy", frozenset({Role.OWNER, Role.ADMIN, Role.AUDITOR}), "privacy:read")
MANAGE_PRIVACY = Permission("compliance.manage_privacy", frozenset({Role.OWNER, Role.ADMIN}), "privacy:write")

ERASE = Permission("compliance.erase", frozenset({Role.OWNER, Role.ADMIN}), "privacy:write")
SEE_ERASURES = Permission("compliance.see_erasures", frozenset({Role.OWNER, Role.ADMIN, Role.AUDITOR}), "privacy:read")

PERMISSIONS = (SEE_LOG, ERASE, SEE_ERASURES, OWN_RIGHTS, SEE_PRIVACY, MANAGE_PRIVACY)

# Looks at records of others; see scholr.platform.audit.
LOG_READ = Look("compliance.log_read", "organization")
LOG_EXPORTED = Look("compliance.log_exported", "organization", every_time=True)
PRIVACY_READ = Look("compliance.privacy_read", "organization")
RECORD_EXPORTED = Look("compliance.record_exported", "membership", every_time=True)

ERASURES_READ = Look("compliance.erasures_read", "organization")

LOOKS = (LOG_READ, LOG_EXPORTED, ERASURES_READ, PRIVACY_READ, RECORD_EXPORTED)
