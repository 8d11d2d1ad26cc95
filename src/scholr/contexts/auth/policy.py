"""Who may do what in auth."""

from scholr.kernel.actor import Role
from scholr.platform.audit import Look
from scholr.platform.security.permissions import Permission

SEE_SESSIONS = Permission("auth.see_sessions", frozenset({Role.OWNER, Role.ADMIN, Role.AUDITOR}), "security:read")
MANAGE_SESSIONS = Permission("auth.manage_sessions", frozenset({Role.OWNER, Role.ADMIN}), "security:write")
MANAGE_SIGN_IN = Permission("auth.manage_sign_in", frozenset({Role.OWNER, Role.ADMIN}), "security:write")
SEE_TOKENS = Permission("auth.see_tokens", frozenset({Role.OWNER, Role.ADMIN, Role.AUDITOR}), "security:read")
MANAGE_TOKENS = Permission("auth.manage_tokens", frozenset({Role.OWNER, Role.ADMIN}), "security:write")
OWN_TOKENS = Permission("auth.own_tokens", frozenset(Role), "security:write")
SEE_OWN_ACCOUNT = Permission("auth.see_own_account", frozenset(Role), "account:read")
OWN_ACCOUNT = Permission("auth.change_own_account", frozenset(Role), "account:write")

PERMISSIONS = (
    SEE_SESSIONS,
    MANAGE_SESSIONS,
    MANAGE_SIGN_IN,
    SEE_TOKENS,
    MANAGE_TOKENS,
    OWN_TOKENS,
    SEE_OWN_ACCOUNT,
    OWN_ACCOUNT,
)

# Looks at records of others; see scholr.platform.audit.
SESSIONS_LISTED = Look("auth.sessions_listed", "organization")
TOKENS_LISTED = Look("auth.tokens_listed", "organization")

LOOKS = (SESSIONS_LISTED, TOKENS_LISTED)
