"""Saying what completes a course."""

from uuid import UUID

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.learning import model, repository
from scholr.contexts.learning.errors import InvalidRule
from scholr.contexts.learning.events import CompletionRuleChanged
from scholr.contexts.learning.policy import SET_RULES
from scholr.contexts.learning.queries.rules import CourseRule
from scholr.contexts.learning.service.progress import refold_course
from scholr.kernel.actor import Actor
from scholr.platform.db.retry import retried
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require

MAX_VALID_MONTHS = 120


@retried
async def set_rule(
    platform: Platform,
    actor: Actor,
    *,
    course_id: UUID,
    rule: CourseRule,
) -> CourseRule:
    """Say what completes a course from now on; who completed it already stays so.

    A minimum score names the assessments that it holds for: learning does not know which there are.
    """
    require(actor, SET_RULES)
    model.validate_rule(rule.rule)
    if rule.valid_months is not None and not 1 <= rule.valid_months <= MAX_VALID_MONTHS:
        raise InvalidRule(fields={"valid_months": f"between 1 and {MAX_VALID_MONTHS}, or nothing"})
    if rule.rule.min_score_bp and not rule.assessment_ids:
        raise InvalidRule(fields={"assessment_ids": "at least one, where there is a minimum score"})
    async with platform.db.write(actor.tenant_id) as tx:
        await catalog.access_course(tx, actor, course_id)
        await repository.save_rule(tx, course_id, rule)
        await tx.emit(
            CompletionRuleChanged(
                tenant_id=tx.require_tenant(),
                aggregate_id=course_id,
                occurred_at=platform.clock.now(),
                certificate=rule.certificate,
                min_score_bp=rule.rule.min_score_bp,
            )
        )
        await refold_course(tx, course_id, platform.clock.now())
    return rule
