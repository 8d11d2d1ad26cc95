"""Who may send what devices kept. That a state is one's own is checked by its `learner_id`."""

from scholr.kernel.actor import Role
from scholr.platform.audit import Look
from scholr.platform.security.permissions import Permission

_AUTHORS = frozenset({Role.OWNER, Role.ADMIN, Role.INSTRUCTOR})

SYNC = Permission("sync.sync", _AUTHORS | {Role.ASSISTANT, Role.LEARNER}, "learning:write")
ACT_FOR = Permission("sync.act_for", _AUTHORS, "learning:write")

PERMISSIONS = (SYNC, ACT_FOR)

# Looks at records of others; see scholr.platform.audit.
STATE_READ = Look("sync.state_read", "membership")

LOOKS = (STATE_READ,)
