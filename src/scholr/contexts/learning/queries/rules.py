"""What completes a course."""

from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from scholr.contexts.learning.model import CompletionRule
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class CourseRule:
    """The completion rule with what it earns. `valid_months` None: the certificate never expires."""

    rule: CompletionRule = field(default_factory=CompletionRule)
    certificate: bool = True
    valid_months: int | None = None
    assessment_ids: tuple[UUID, ...] = ()


RULE_COLUMNS = "r.all_lessons, r.min_score_bp, r.min_view_seconds, r.certificate, r.valid_months, r.assessment_ids"

# One row by primary key.
_RULE = statement(f"select {RULE_COLUMNS} from learning_rule r where r.tenant_id = $1 and r.course_id = $2")


async def course_rule(rx: ReadUnit, course_id: UUID) -> CourseRule:
    """The course's rule, or the usual one: all lessons, and a certificate that never expires."""
    return rule_of(await rx.fetch_row(_RULE, course_id))


def rule_of(row: asyncpg.Record | None) -> CourseRule:
    """From `RULE_COLUMNS`, which are null where the course has no rule of its own."""
    if row is None or row["all_lessons"] is None:
        return CourseRule()
    rule = CompletionRule(
        all_lessons=row["all_lessons"], min_score_bp=row["min_score_bp"], min_view_seconds=row["min_view_seconds"]
    )
    return CourseRule(rule, row["certificate"], row["valid_months"], tuple(row["assessment_ids"]))
