"""Reading a file of people and saying of each row what it would do. Nothing but the import itself is changed."""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment.importing import (
    ImportRow,
    RejectedRow,
    normalise_email,
    open_roster,
    read_rows,
)
from scholr.contexts.enrollment.queries import cohorts as queries
from scholr.contexts.enrollment.repository import imports as repository
from scholr.contexts.enrollment.repository.imports import CheckedRow, Problem
from scholr.kernel.ids import MembershipId, TenantId, new_id
from scholr.platform.db.unit import ReadUnit
from scholr.platform.runtime import Platform

BATCH = 1000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Targets:
    """What a cell may name: cohorts and courses, by id and by name in lower case."""

    cohorts: Mapping[str, Sequence[UUID]]
    courses: Mapping[str, Sequence[UUID]]
    fallback: UUID | None

    def of(self, row: ImportRow) -> tuple[UUID | None, UUID | None, Problem | None]:
        """The cohort or the course that the row means, or what is wrong with the cell that should say so."""
        if row.cohort:
            found = self.cohorts.get(row.cohort.casefold(), ())
            return (found[0], None, None) if len(found) == 1 else (None, None, _unknown("cohort", row.cohort, found))
        if row.course:
            found = self.courses.get(row.course.casefold(), ())
            return (None, found[0], None) if len(found) == 1 else (None, None, _unknown("course", row.course, found))
        return self.fallback, None, None


def _unknown(column: str, value: str, found: Sequence[UUID]) -> Problem:
    if found:
        return Problem(column, f"{column}_ambiguous", f"More than one {column} has this name; use its id.", value)
    return Problem(column, f"{column}_unknown", f"No {column} has this name.", value)


async def load_targets(rx: ReadUnit, fallback: UUID | None) -> Targets:
    """Every open cohort, and every course that has one."""
    cohorts, courses = defaultdict(list), defaultdict(list)
    open_ones = await queries.open_cohorts(rx)
    for each in open_ones:
        cohorts[each.name.casefold()].append(each.id)
        cohorts[str(each.id)].append(each.id)
    for course_id, course in (await catalog.list_courses(rx, list({each.course_id for each in open_ones}))).items():
        courses[course.title.casefold()].append(UUID(str(course_id)))
        courses[str(course_id)].append(UUID(str(course_id)))
    return Targets(cohorts, courses, fallback)


async def check(
    platform: Platform, tenant_id: TenantId, import_id: UUID, *, has_had_its_turn: Callable[[], bool] = lambda: False
) -> bool:
    """Read the whole file in batches, each a transaction of its own; running it again goes on behind the last one.

    False when there is more to do but the turn is over.

    Between batches other work of this process gets its turn, so that a long file does not hold it up.
    """
    async with platform.db.read(tenant_id) as rx:
        found = await repository.access_import(rx, import_id)
        data, fallback, status, done = found.file, found.cohort_id, found.status, found.done
        targets = await load_targets(rx, fallback)
    if status != "checking" or data is None:
        return True
    roster = await asyncio.to_thread(open_roster, data)
    for batch in _batched(read_rows(roster), BATCH):
        if batch[-1].row - 1 <= done:
            continue
        async with platform.db.write(tenant_id) as tx:
            await repository.save_rows(tx, import_id, await check_rows(tx, batch, targets))
            (await repository.access_import(tx, import_id, lock=True)).done = batch[-1].row - 1
        if has_had_its_turn():
            return False
        await asyncio.sleep(0)
    async with platform.db.write(tenant_id) as tx:
        row = await repository.access_import(tx, import_id, lock=True)
        row.status, row.file, row.done = "ready", None, 0
    return True


async def check_rows(rx: ReadUnit, rows: Sequence[ImportRow | RejectedRow], targets: Targets) -> list[CheckedRow]:
    """What each row would do, as things are now."""
    emails = [row.email for row in rows if isinstance(row, ImportRow)]
    members = await repository.members_by_email(rx, emails)
    seats = await repository.seats_of(rx, [member_id for member_id, _ in members.values()])
    return [
        _rejected(row) if isinstance(row, RejectedRow) else _checked(row, targets, members.get(row.email), seats)
        for row in rows
    ]


def _rejected(row: RejectedRow) -> CheckedRow:
    email = row.values.get("email", "")
    return CheckedRow(
        row=row.row,
        email=normalise_email(email) or email,
        name=row.values.get("name", ""),
        role=row.values.get("role", ""),
        cohort=row.values.get("cohort", ""),
        course=row.values.get("course", ""),
        action="error",
        problems=tuple(Problem.of(each) for each in row.problems),
    )


def _checked(
    row: ImportRow,
    targets: Targets,
    member: tuple[MembershipId, bool] | None,
    seats: set[tuple[MembershipId, UUID]],
) -> CheckedRow:
    cohort_id, course_id, problem = targets.of(row)
    if problem is None and member is not None and not member[1]:
        problem = Problem("email", "member_suspended", "This person is suspended here.", row.email)
    target = cohort_id or course_id
    if problem is not None:
        action = "error"
    elif member is None:
        action = "add"
    else:
        action = "same" if target is None or (member[0], target) in seats else "enrol"
    return CheckedRow(
        row=row.row,
        email=row.email,
        name=row.name,
        role=row.role.value,
        cohort=row.cohort,
        course=row.course,
        cohort_id=cohort_id,
        course_id=course_id,
        member_id=member[0] if member else MembershipId(new_id()),
        action=action,
        problems=(problem,) if problem else (),
    )


def _batched(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(itertools.islice(items, size)):
        yield batch
