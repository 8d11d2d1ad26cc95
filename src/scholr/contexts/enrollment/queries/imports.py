"""Reads about imports: their state, and their rows with what is wrong and what would mend it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from asyncpg import Record

from scholr.contexts.enrollment.errors import ImportNotFound
from scholr.contexts.enrollment.importing import CellProblem, suggest
from scholr.contexts.enrollment.repository.imports import Problem
from scholr.kernel.ids import MembershipId
from scholr.kernel.pagination import Page, check_limit, page_of
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit

UNDO_WITHIN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class ImportView:
    """One file of people. `total` and `done` count the rows of the step that is running.

    `actions` counts rows by what they will do (add, enrol, same, error, left_out); `seats` by what became of them
    (active, waitlisted, existing, full, closed, no_learner); `created` the people that did not exist before.
    """

    id: UUID
    filename: str
    status: str
    cohort_id: UUID | None
    may_wait: bool
    author_id: MembershipId | None
    problem: str | None
    total: int
    done: int
    started_at: datetime | None
    finished_at: datetime | None
    created_at: datetime
    actions: dict[str, int] = field(default_factory=dict)
    seats: dict[str, int] = field(default_factory=dict)
    created: int = 0

    @property
    def rows(self) -> int:
        return sum(self.actions.values())

    @property
    def undo_until(self) -> datetime | None:
        return self.finished_at + UNDO_WITHIN if self.finished_at and self.status == "done" else None


@dataclass(frozen=True, slots=True)
class ImportRowView:
    """`cohort_name` is the cohort that the row was understood to mean, None for none."""

    row: int
    email: str
    name: str
    role: str
    cohort: str
    course: str
    cohort_name: str | None
    action: str
    problems: tuple[Problem, ...]
    done: bool
    created: bool | None
    seat: str | None

    def problem_of(self, column: str) -> Problem | None:
        return next((each for each in self.problems if each.column == column), None)


_COLUMNS = (
    "id, filename, status, cohort_id, may_wait, author_id, problem, total, done, started_at, finished_at, created_at"
)

# One row by primary key.
_IMPORT = statement(f"select {_COLUMNS} from enrollment_import where tenant_id = $1 and id = $2")

# A page of imports, the newest first; walks the primary key backwards.
_IMPORTS = statement(f"""
    select {_COLUMNS} from enrollment_import
    where tenant_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3
""")

# A handful of groups over all rows of one import; served by the primary key's prefix.
_COUNTS = statement("""
    select action, seat, created, count(*) as rows from enrollment_import_row
    where tenant_id = $1 and import_id = $2 group by action, seat, created
""")

# A page of rows with these actions in the file's order; served by the primary key.
_ROWS = statement("""
    select r.row, r.email, r.name, r.role, r.cohort, r.course, c.name as cohort_name, r.action,
           r.problems::text as problems, r.done, r.created, r.seat
    from enrollment_import_row r
    left join enrollment_cohort c on c.tenant_id = r.tenant_id and c.id = r.cohort_id
    where r.tenant_id = $1 and r.import_id = $2 and r.row > $3
      and (r.action = any($4::text[]) or ($5 and r.seat in ('full', 'closed', 'no_learner', 'no_cohort')))
    order by r.row limit $6
""")

# The endings of the good addresses, the most frequent first; one pass over the rows of one import.
_DOMAINS = statement("""
    select split_part(email, '@', 2) as domain, count(*) as rows from enrollment_import_row
    where tenant_id = $1 and import_id = $2 and action <> 'error' group by 1 order by 2 desc limit 500
""")

# Names of cohorts that take people, the newest first, for a guess at what was meant.
_COHORT_NAMES = statement(
    "select name from enrollment_cohort where tenant_id = $1 and status = 'open' order by id desc limit 500"
)

# The row of an import that has this address and comes before one, or after it and is not itself kept back.
_SAME_ADDRESS = statement("""
    select row from enrollment_import_row
    where tenant_id = $1 and import_id = $2 and email = $3 and row <> $4 and action <> 'left_out'
      and (row < $4 or action <> 'error') order by row limit 1
""")


_KNOWN = statement("select id from enrollment_import where tenant_id = $1 and id = $2")


async def is_known(rx: ReadUnit, import_id: UUID) -> bool:
    """Whether there is such an import; one row by primary key."""
    return await rx.fetch_value(_KNOWN, import_id) is not None


async def require_import(rx: ReadUnit, import_id: UUID) -> ImportView:
    """The import with its counts; raises ImportNotFound."""
    row = await rx.fetch_row(_IMPORT, import_id)
    if row is None:
        raise ImportNotFound
    counts = await rx.fetch(_COUNTS, import_id)
    actions: Counter[str] = Counter()
    seats: Counter[str] = Counter()
    created = 0
    for each in counts:
        actions[each["action"]] += each["rows"]
        created += each["rows"] if each["created"] else 0
        if each["seat"]:
            seats[each["seat"]] += each["rows"]
    return replace(ImportView(*row), actions=dict(actions), seats=dict(seats), created=created)


async def list_imports(rx: ReadUnit, *, before: UUID | None = None, limit: int = 50) -> Page[ImportView]:
    """Imports without their counts, the newest first. `before` is the cursor."""
    rows = await rx.fetch(_IMPORTS, before, check_limit(limit) + 1)
    return page_of([ImportView(*row) for row in rows], limit, lambda last: str(last.id))


async def list_rows(
    rx: ReadUnit,
    import_id: UUID,
    *,
    actions: Sequence[str],
    refused: bool = False,
    after: int = 0,
    limit: int = 50,
    with_fixes: bool = True,
) -> Page[ImportRowView]:
    """Rows with these actions, in the file's order; with `refused` also those that got no seat. `after` is the cursor.

    `with_fixes`: rows with errors come with values that would mend them.
    """
    found = await rx.fetch(_ROWS, import_id, after, list(actions), refused, check_limit(limit) + 1)
    page = page_of([_row(each) for each in found], limit, lambda last: str(last.row))
    if not with_fixes or not any(each.problems for each in page.items):
        return page
    domains = {row["domain"]: row["rows"] for row in await rx.fetch(_DOMAINS, import_id)}
    cohorts = list(dict.fromkeys(row["name"] for row in await rx.fetch(_COHORT_NAMES)))
    return Page([_mended(each, domains, cohorts) for each in page.items], page.next_cursor)


async def same_address(rx: ReadUnit, import_id: UUID, email: str, row: int) -> int | None:
    """Another row of the file that has this address."""
    found: int | None = await rx.fetch_value(_SAME_ADDRESS, import_id, email, row)
    return found


def _row(row: Record) -> ImportRowView:
    values = dict(row)
    values["problems"] = msgspec.json.decode(row["problems"], type=tuple[Problem, ...])
    return ImportRowView(**values)


def _mended(row: ImportRowView, domains: dict[str, int], cohorts: list[str]) -> ImportRowView:
    problems = tuple(
        msgspec.structs.replace(
            each,
            fix=suggest(
                CellProblem(each.column, each.code, each.message, each.value), domains=domains, cohorts=cohorts
            ),
        )
        for each in row.problems
    )
    return replace(row, problems=problems)
