"""Which courses a learner has finished, as learning announced it."""

from collections.abc import Sequence
from uuid import UUID

from scholr.kernel.ids import MembershipId
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit

# As many rows as courses were named, by the primary key.
_FINISHED = statement("""
    select course_id from enrollment_finished
    where tenant_id = $1 and learner_id = $2 and course_id = any($3::uuid[])
""")


async def finished_among(rx: ReadUnit, learner_id: MembershipId, course_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Those of these courses that the learner has finished."""
    return frozenset(row["course_id"] for row in await rx.fetch(_FINISHED, learner_id, list(course_ids)))
