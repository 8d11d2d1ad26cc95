"""Loads and saves of imports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import select

from scholr.contexts.enrollment.errors import ImportNotFound
from scholr.contexts.enrollment.importing import CellProblem
from scholr.contexts.enrollment.tables import ImportLineRow, ImportRow
from scholr.kernel.ids import MembershipId, new_id
from scholr.platform.db.forgetting import Forgetting
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit, WriteUnit
from scholr.platform.outbox.trace import current_traceparent


class Problem(msgspec.Struct, frozen=True):
    """A cell that keeps its row from being imported; `fix` is a value that would mend it, where one is likely."""

    column: str
    code: str
    message: str
    value: str
    fix: str | None = None

    @staticmethod
    def of(problem: CellProblem) -> "Problem":
        return Problem(problem.column, problem.code, problem.message, problem.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRow:
    """A row with what it will do: action is add, enrol, same, error or left_out."""

    row: int
    email: str
    name: str
    role: str
    cohort: str
    course: str
    cohort_id: UUID | None = None
    course_id: UUID | None = None
    member_id: UUID | None = None
    action: str
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class PendingRow:
    """A row that waits to be carried out."""

    row: int
    email: str
    name: str
    role: str
    cohort_id: UUID | None
    course_id: UUID | None
    member_id: MembershipId
    action: str


_COLUMNS = "row, email, name, role, cohort, course, cohort_id, course_id, member_id, action, problems"

# A batch of rows; a row that is there already (the check was interrupted) is written over.
_SAVE_ROWS = statement(f"""
    insert into enrollment_import_row as r (tenant_id, import_id, {_COLUMNS})
    select $1, $2, g.* from unnest($3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::uuid[], $10::uuid[], $11::uuid[], $12::text[], $13::jsonb[]) as g ({_COLUMNS})
    on conflict (tenant_id, import_id, row) do update
        set email = excluded.email, name = excluded.name, role = excluded.role, cohort = excluded.cohort,
            course = excluded.course, cohort_id = excluded.cohort_id, course_id = excluded.course_id,
            member_id = excluded.member_id, action = excluded.action, problems = excluded.problems
        where not r.done
""")

# The next rows to be carried out, in the file's order; walks the primary key from where the last chunk ended.
_NEXT_ROWS = statement("""
    select row, email, name, role, cohort_id, course_id, member_id, action from enrollment_import_row
    where tenant_id = $1 and import_id = $2 and row > $3 and not done and action in ('add', 'enrol')
    order by row limit $4
""")

# Rows carried out; served by the primary key.
_FINISH_ROWS = statement("""
    update enrollment_import_row r
    set done = true, member_id = g.member_id, created = g.created, seat = g.seat
    from unnest($3::int[], $4::uuid[], $5::boolean[], $6::text[]) as g (row, member_id, created, seat)
    where r.tenant_id = $1 and r.import_id = $2 and r.row = g.row
""")

# One row per learner: learner and seat. See migration 0007; locks the cohort for this statement.
_ENROL_MANY = statement("""
    select who, seat from enrollment_enrol_many($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9) as tenant_id
""")

# Who belongs to an address already, in any state; served by ix_identity_membership_email through identity's view.
_MEMBERS_BY_EMAIL = statement("""
    select lower(email) as email, id, status from identity_member
    where tenant_id = $1 and lower(email) = any($2::text[])
""")

# Where these people have or wait for a seat; served by ix_enrollment_enrollment_of_learner.
_SEATS_OF = statement("""
    select learner_id, cohort_id, course_id from enrollment_enrollment
    where tenant_id = $1 and learner_id = any($2::uuid[]) and status in ('active', 'waitlisted')
""")

# The next people whom this import gave a place in the queue (those first, or they would be promoted) or a seat;
# served by ix_enrollment_enrollment_import.
_ENROLLED_BY = statement("""
    select id, cohort_id from enrollment_enrollment
    where tenant_id = $1 and import_id = $2 and status in ('active', 'waitlisted')
    order by status desc, cohort_id, id limit $3
""")

# The next memberships that this import created, in the file's order; walks the primary key.
_CREATED_BY = statement("""
    select row, member_id from enrollment_import_row
    where tenant_id = $1 and import_id = $2 and row > $3 and created order by row limit $4
""")


def add_import(tx: WriteUnit, row: ImportRow) -> None:
    tx.session.add(row)


async def access_import(rx: ReadUnit, import_id: UUID, *, lock: bool = False) -> ImportRow:
    """The import with its state; raises ImportNotFound. `lock` keeps every other step of it waiting."""
    wanted = select(ImportRow).where(ImportRow.id == import_id)
    row = await rx.session.scalar(wanted.with_for_update() if lock else wanted)
    if row is None:
        raise ImportNotFound
    return row


async def access_row(tx: WriteUnit, import_id: UUID, number: int) -> ImportLineRow:
    """One row of a file, locked; raises ImportNotFound."""
    if not 0 <= number < 2**31:
        raise ImportNotFound
    wanted = select(ImportLineRow).where(ImportLineRow.import_id == import_id, ImportLineRow.row == number)
    row = await tx.session.scalar(wanted.with_for_update())
    if row is None:
        raise ImportNotFound
    return row


async def save_rows(tx: WriteUnit, import_id: UUID, rows: Sequence[CheckedRow]) -> None:
    await tx.execute(
        _SAVE_ROWS,
        import_id,
        [each.row for each in rows],
        [each.email for each in rows],
        [each.name for each in rows],
        [each.role for each in rows],
        [each.cohort for each in rows],
        [each.course for each in rows],
        [each.cohort_id for each in rows],
        [each.course_id for each in rows],
        [each.member_id for each in rows],
        [each.action for each in rows],
        [msgspec.json.encode(each.problems).decode() for each in rows],
    )


async def next_rows(rx: ReadUnit, import_id: UUID, *, after: int, limit: int) -> list[PendingRow]:
    return [PendingRow(*row) for row in await rx.fetch(_NEXT_ROWS, import_id, after, limit)]


async def finish_rows(
    tx: WriteUnit, import_id: UUID, rows: Sequence[tuple[int, MembershipId, bool, str | None]]
) -> None:
    """Note of each row the member it came to, whether this import created it, and the seat."""
    numbers, members, created, seats = ([each[index] for each in rows] for index in range(4))
    await tx.execute(_FINISH_ROWS, import_id, numbers, members, created, seats)


async def enrol_many(
    tx: WriteUnit, cohort_id: UUID, import_id: UUID, learners: Sequence[MembershipId], now: datetime, *, may_wait: bool
) -> dict[MembershipId, str]:
    """Seats for many, in the order given: active, waitlisted, existing, full, closed, no_learner or no_cohort."""
    ids, events = [new_id() for _ in learners], [new_id() for _ in learners]
    trace = current_traceparent.get()
    rows = await tx.fetch(_ENROL_MANY, cohort_id, import_id, list(learners), ids, events, now, may_wait, trace)
    return {row["who"]: row["seat"] for row in rows}


async def members_by_email(rx: ReadUnit, emails: Sequence[str]) -> dict[str, tuple[MembershipId, bool]]:
    """By address in lower case: the membership, and whether it is active."""
    rows = await rx.fetch(_MEMBERS_BY_EMAIL, list(emails))
    return {row["email"]: (row["id"], row["status"] == "active") for row in rows}


async def seats_of(rx: ReadUnit, learners: Sequence[MembershipId]) -> set[tuple[MembershipId, UUID]]:
    """Pairs of a learner and a cohort, and of a learner and a course, that the learner has or waits for."""
    rows = await rx.fetch(_SEATS_OF, list(learners))
    return {(row["learner_id"], row[each]) for row in rows for each in ("cohort_id", "course_id")}


async def enrolled_by(tx: WriteUnit, import_id: UUID, limit: int) -> list[tuple[UUID, UUID]]:
    """The enrolment and its cohort."""
    return [(row["id"], row["cohort_id"]) for row in await tx.fetch(_ENROLLED_BY, import_id, limit)]


async def created_by(rx: ReadUnit, import_id: UUID, *, after: int, limit: int) -> list[tuple[int, MembershipId]]:
    return [(row["row"], row["member_id"]) for row in await rx.fetch(_CREATED_BY, import_id, after, limit)]


# Rows of imports by the member, or by the address that was in the file, through identity's view. Whom an import added
# stays counted: the row keeps its number and what was done.
_FORGET_ROWS = statement("""
update enrollment_import_row r set email = '', name = '', problems = '[]'
where r.tenant_id = $1 and (r.member_id = $2 or lower(r.email) = (
    select lower(m.email) from identity_member m where m.tenant_id = $1 and m.id = $2))
    and (r.email <> '' or r.name <> '')
""")


async def forget_rows(tx: WriteUnit, member_id: UUID) -> int:
    """Walks the organisation's import rows: nothing finds an address in them sooner, and nobody waits for it."""
    return await tx.execute(_FORGET_ROWS, member_id)


# Lists that are over since then, with their rows; one that names somebody or a course that is held stays whole. Within
# the organisation's part of the primary keys.
FORGET_IMPORTS = Forgetting(
    "enrollment_import",
    "x.status in ('ready', 'unreadable', 'done', 'undone') and coalesce(x.finished_at, x.updated_at) < $2"
    " and not exists (select from enrollment_import_row r where r.tenant_id = $1 and r.import_id = x.id"
    " and (r.member_id = any($3::uuid[]) or r.course_id = any($4::uuid[])))",
)
