"""What completes a course."""

from dataclasses import dataclass, field
from uuid import UUID

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


# One row by primary key.
_RULE = statement(
    "select all_lessons, min_score_bp, min_view_seconds, certificate, valid_months, assessment_ids"
    " from learning_rule where tenant_id = $1 and course_id = $2"
)


async def course_rule(rx: ReadUnit, course_id: UUID) -> CourseRule:
    """The course's rule, or the usual one: all lessons, and a certificate that never expires."""
    row = await rx.fetch_row(_RULE, course_id)
    if row is None:
        return CourseRule()
    rule = CompletionRule(
        all_lessons=row["all_lessons"], min_score_bp=row["min_score_bp"], min_view_seconds=row["min_view_seconds"]
    )
    return CourseRule(rule, row["certificate"], row["valid_months"], tuple(row["assessment_ids"]))
