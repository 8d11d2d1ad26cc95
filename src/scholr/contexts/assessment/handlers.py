"""What assessment does when a member is forgotten."""

from collections.abc import Mapping
from uuid import UUID

from scholr.contexts.assessment.questions.definition import WORDED_TYPES
from scholr.contexts.assessment.repository import marking
from scholr.platform.db.unit import WriteUnit
from scholr.platform.erasure import forgetting


async def forget_learner(tx: WriteUnit, member_id: UUID) -> Mapping[str, int]:
    return await marking.forget_learner(tx, member_id, sorted(WORDED_TYPES))


SUBSCRIPTIONS = (forgetting("assessment", forget_learner),)
