"""Who may enter a course that comes after others: those who have finished them, and whom somebody else enrols."""

from collections.abc import Sequence

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment.errors import PrerequisitesMissing
from scholr.contexts.enrollment.queries.prerequisites import finished_among
from scholr.kernel.actor import Actor, Role
from scholr.kernel.ids import MembershipId
from scholr.platform.db.unit import ReadUnit


def enrols_self(actor: Actor, learner_id: MembershipId) -> bool:
    """Whether the cohort's own rules for self-enrolment apply; owners and administrators are above them."""
    return learner_id == actor.membership_id and not actor.has_role(Role.OWNER, Role.ADMIN)


async def missing_prerequisites(rx: ReadUnit, actor: Actor, requires: Sequence[catalog.Ref]) -> tuple[catalog.Ref, ...]:
    """What the actor would have to finish before enrolling; empty for those whom no rule holds up.

    One statement, and none where the course requires nothing. What was finished counts as soon as learning's
    announcement has been delivered: seconds later at most.
    """
    if not requires or actor.membership_id is None or not enrols_self(actor, actor.membership_id):
        return ()
    ids = [each.id for each in requires]
    lacking = catalog.unmet(ids, await finished_among(rx, actor.membership_id, ids))
    return tuple(each for each in requires if each.id in lacking)


def refusal(missing: Sequence[catalog.Ref]) -> PrerequisitesMissing:
    """Names what is missing, in words and as data."""
    *most, last = [each.title for each in missing]
    words = f"{', '.join(most)} and {last}" if most else last
    details = {"missing": [{"id": str(each.id), "title": each.title} for each in missing]}
    return PrerequisitesMissing(f"Finish {words} first.", details=details)
