"""Who may do more than learn, for reviews of access: ids only, nobody's name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from scholr.kernel.ids import MembershipId
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit

# A scan of one organisation's memberships; asked by operators, some times a year.
_PRIVILEGED = statement(
    "select id, roles, status, created_at, last_seen_at from identity_membership"
    " where tenant_id = $1 and roles && $2 order by id"
)


@dataclass(frozen=True, slots=True)
class Privilege:
    membership_id: MembershipId
    roles: Sequence[str]
    status: str
    since: datetime
    last_seen_at: datetime | None


async def privileged_members(rx: ReadUnit, roles: Sequence[str]) -> list[Privilege]:
    """Members, suspended ones too, who have any of the roles."""
    rows = await rx.fetch(_PRIVILEGED, list(roles))
    return [
        Privilege(MembershipId(row["id"]), row["roles"], row["status"], row["created_at"], row["last_seen_at"])
        for row in rows
    ]
