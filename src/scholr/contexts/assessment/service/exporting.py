"""The gradebook as a file."""

import csv
import io
from uuid import UUID

from scholr.contexts.assessment.grading import percentage_bp
from scholr.contexts.assessment.policy import GRADEBOOK_EXPORTED
from scholr.contexts.assessment.queries.gradebook import AttemptLine
from scholr.contexts.assessment.service.reporting import GradeRow, gradebook_page
from scholr.kernel.actor import Actor
from scholr.kernel.pagination import MAX_LIMIT
from scholr.platform.audit import note
from scholr.platform.runtime import Platform

HEADER = (
    "name", "email", "learner_id", "attempt", "status", "started_at", "finished_at",
    "score", "max_score", "percentage", "overridden", "score_that_counts", "passed",
)  # fmt: skip
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


async def results_csv(platform: Platform, actor: Actor, *, assessment_id: UUID) -> str:
    """Every attempt of everybody as CSV (RFC 4180, UTF-8), one row each. Raises AssessmentNotFound."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    after: UUID | None = None
    while True:
        _, page = await gradebook_page(platform, actor, assessment_id=assessment_id, after=after, limit=MAX_LIMIT)
        for row in page.items:
            writer.writerows([_cells(row, line) for line in row.attempts])
        if page.next_cursor is None:
            break
        after = UUID(page.next_cursor)
    await note(platform, actor, GRADEBOOK_EXPORTED, assessment_id)
    return text.getvalue()


def _cells(row: GradeRow, line: AttemptLine) -> list[object]:
    share = None
    if line.score_micro is not None and line.max_micro is not None:
        share = percentage_bp(line.score_micro, line.max_micro) / 100
    return [
        _harmless(row.name),
        _harmless(row.email),
        row.learner_id,
        line.attempt_no,
        line.status.value,
        line.started_at.isoformat(),
        line.finished_at.isoformat() if line.finished_at else "",
        "" if line.score is None else line.score,
        "" if line.max_score is None else line.max_score,
        "" if share is None else share,
        "yes" if line.overridden else "no",
        row.standing.percentage_bp / 100 if row.standing else "",
        ("yes" if row.standing.passed else "no") if row.standing else "",
    ]


def _harmless(text: str) -> str:
    """A spreadsheet runs a cell that begins like a formula; a name may not be one."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
