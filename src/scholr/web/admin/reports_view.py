"""Figures put together for the reports page and its CSV; nothing here reads or waits."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from scholr.contexts.learning import facade as learning

CSV_COLUMNS = (
    "course",
    "status",
    "learners",
    "waiting",
    "begun",
    "active_7_days",
    "completed",
    "completion_rate",
    "median_progress",
)

Bar = tuple[str, int] | tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Totals:
    learners: int
    active: int
    completed: int
    enrolled_since: int


def headline(rows: Sequence[learning.CourseReport], totals: Totals) -> str:
    """A sentence that says what is the case."""
    if not rows:
        return "Nobody is enrolled yet"
    if not totals.learners:
        return "Nobody has a seat at the moment"
    if totals.active == 0:
        return f"None of {totals.learners} learners were here this week"
    return f"{totals.active} of {totals.learners} learners {'was' if totals.active == 1 else 'were'} here this week"


def stuck(rows: Sequence[learning.CourseReport]) -> learning.CourseReport | None:
    """The course where most people began and fewest finished: the one to look at. None where all is well."""
    candidates = [row for row in rows if row.begun >= 3 and row.rate is not None and row.rate < 0.5]
    return min(candidates, key=lambda row: (row.rate, -row.begun), default=None)


def finding(rows: Sequence[Bar], one: str, many: str, nothing: str) -> str:
    """A chart's title: what the last week says against the one before."""
    values = [row[1] for row in rows]
    if not any(values):
        return nothing
    last, before = values[-1], values[-2] if len(values) > 1 else 0
    amount = f"{last} {one if last == 1 else many} this week"
    if not before:
        return f"{amount}, after none the week before"
    if last == before:
        return f"{amount}, as in the week before"
    return f"{amount}, {'more' if last > before else 'fewer'} than the {before} of the week before"


def as_csv(rows: Sequence[learning.CourseReport]) -> str:
    """With a byte order mark, so that spreadsheets read names rightly; what looks like a formula is quoted."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for row in rows:
        rate = "" if row.rate is None else f"{row.rate:.4f}"
        median = "" if row.median_percent is None else row.median_percent
        counts = (row.learners, row.waiting, row.begun, row.active, row.completed)
        writer.writerow([_cell(row.title), row.status, *counts, rate, median])
    return out.getvalue()


def _cell(text: str) -> str:
    """A title is somebody's text: a spreadsheet must not run it (OWASP, CSV injection)."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
