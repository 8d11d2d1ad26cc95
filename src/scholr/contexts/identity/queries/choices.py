"""What members have decided about themselves, and what the organisation tells of them."""

from dataclasses import dataclass
from datetime import datetime

from scholr.kernel.ids import MembershipId
from scholr.platform.db.forgetting import Forgetting
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit

DIRECTORY_FIELDS = ("name",)
"""What can be directory information: what there is a place for where strangers see it."""

# All decisions of one member, the newest last; ids sort by time. Served by ix_identity_choice_of.
_CHOICES = statement(
    "select purpose, version, given, decided_at from identity_choice where tenant_id = $1 and learner_id = $2"
    " order by id"
)

# One row by primary key; none for an organisation that goes by the standard.
_DIRECTORY = statement("select fields from identity_directory where tenant_id = $1")


@dataclass(frozen=True, slots=True)
class Choice:
    purpose: str
    version: int
    given: bool
    decided_at: datetime


async def choice_history(rx: ReadUnit, learner_id: MembershipId) -> list[Choice]:
    """Every decision, in the order in which they were made."""
    return [Choice(*row) for row in await rx.fetch(_CHOICES, learner_id)]


async def choices_of(rx: ReadUnit, learner_id: MembershipId) -> dict[str, Choice]:
    """What holds now, by purpose; nothing for what was never decided."""
    return {choice.purpose: choice for choice in await choice_history(rx, learner_id)}


async def directory_fields(rx: ReadUnit) -> list[str]:
    """What the organisation counts as directory information; by default all that there is."""
    row = await rx.fetch_row(_DIRECTORY)
    return list(row["fields"]) if row else list(DIRECTORY_FIELDS)


# The organisation's invitations that are over since then: nobody can use them, and they hold an address.
# A hold on a member keeps the letter that they came in by. Within the organisation's part of the primary key.
FORGET_INVITATIONS = Forgetting(
    "identity_invitation",
    "coalesce(x.accepted_at, x.revoked_at, x.expires_at) < $2"
    " and (x.accepted_by is null or not x.accepted_by = any($3::uuid[])) and $4::uuid[] is not null",
)

# Members who are shut out since then, oldest ids first.
_FORMER = statement(
    "select id from identity_membership where tenant_id = $1 and status = 'suspended' and updated_at < $2 order by id"
)


async def former_members(rx: ReadUnit, before: datetime) -> list[MembershipId]:
    """Those whose membership ended before this moment and has not begun again."""
    return [MembershipId(row["id"]) for row in await rx.fetch(_FORMER, before)]
