"""Lists to take along: the rows that an import left behind, and a cohort's roster, as CSV that is safe to open."""

import csv
import io
from collections.abc import Iterable, Sequence
from uuid import UUID

from scholr.contexts.enrollment.importing import spreadsheet_safe
from scholr.contexts.enrollment.policy import IMPORT_EXPORTED, IMPORT_PEOPLE
from scholr.contexts.enrollment.queries import imports as queries
from scholr.contexts.enrollment.queries.imports import ImportRowView
from scholr.kernel.actor import Actor
from scholr.kernel.pagination import MAX_LIMIT
from scholr.platform.audit import note
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require

_SEAT_PROBLEMS = {
    "full": "Every seat was taken",
    "closed": "The cohort took no more people",
    "no_cohort": "The cohort is gone",
    "no_learner": "The person is not active here",
}
_HEAD = ("row", "email", "name", "role", "cohort", "course", "problem")


async def report(platform: Platform, actor: Actor, *, import_id: UUID) -> str:
    """Every row that was not imported, with what kept it, in the columns that an import reads."""
    require(actor, IMPORT_PEOPLE)
    lines: list[Sequence[object]] = []
    after = 0
    async with platform.db.read(actor.tenant_id) as rx:
        await queries.require_import(rx, import_id)
        while True:
            page = await queries.list_rows(
                rx,
                import_id,
                actions=("error", "left_out"),
                refused=True,
                after=after,
                limit=MAX_LIMIT,
                with_fixes=False,
            )
            lines += [_line(each) for each in page.items]
            if page.next_cursor is None:
                break
            after = int(page.next_cursor)
    await note(platform, actor, IMPORT_EXPORTED, import_id)
    return csv_text(_HEAD, lines)


def _line(row: ImportRowView) -> Sequence[object]:
    problem = " ".join(each.message for each in row.problems) or _SEAT_PROBLEMS.get(row.seat or "", "Left out")
    return row.row, row.email, row.name, row.role, row.cohort, row.course, problem


def csv_text(head: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    """RFC 4180, with a mark that lets spreadsheets see the encoding."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(head)
    writer.writerows([spreadsheet_safe("" if cell is None else str(cell)) for cell in line] for line in lines)
    return f"\ufeff{target.getvalue()}"
