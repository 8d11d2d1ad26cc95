"""Background work of enrollment: checking, carrying out and undoing imports, in chunks that survive a kill.

Each chunk is a transaction that also notes its rows as done, so a job that is started again goes on behind the last
one. After each chunk the job rests as long as the chunk took: others get at least half of what the database can do.
After some seconds it gives its slot back and waits for its next turn.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from uuid import UUID

from scholr.contexts.enrollment.errors import RosterUnreadable
from scholr.contexts.enrollment.policy import IMPORTS
from scholr.contexts.enrollment.queries import cohorts as cohort_queries
from scholr.contexts.enrollment.repository import imports as repository
from scholr.contexts.enrollment.repository import seats as seats_repository
from scholr.contexts.enrollment.repository.imports import PendingRow
from scholr.contexts.enrollment.service.checking import check
from scholr.contexts.enrollment.service.imports import CHECK_JOB, RUN_JOB, UNDO_JOB, ImportStep
from scholr.contexts.enrollment.service.seats import promote_waiting, withdraw_row
from scholr.contexts.enrollment.tables import ImportRow
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Role
from scholr.kernel.ids import MembershipId
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import WriteUnit
from scholr.platform.jobs.job import GiveWay, Job, Postpone
from scholr.platform.module import JobDefinition

CHUNK = 500
_LONG = timedelta(hours=6)
_SWITCHED_OFF_SECONDS = 30.0
_NO_SEAT = ("full", "closed")


@asynccontextmanager
async def resting() -> AsyncIterator[None]:
    """Rest as long as the block took."""
    begun = time.perf_counter()
    yield
    await asyncio.sleep(time.perf_counter() - begun)


def wait_while_switched_off(job: Job) -> None:
    """Between two steps; undoing goes on, since it is what somebody may want just then."""
    if not job.platform.flags.is_on(IMPORTS, tenant_id=job.tenant_id):
        raise Postpone(f"{IMPORTS.key} is switched off", _SWITCHED_OFF_SECONDS)


async def check_import(job: Job, step: ImportStep) -> None:
    wait_while_switched_off(job)
    try:
        is_checked = await check(
            job.platform, job.tenant_id, step.import_id, has_had_its_turn=lambda: job.has_had_its_turn
        )
    except RosterUnreadable as error:
        async with job.platform.db.write(job.tenant_id) as tx:
            row = await repository.access_import(tx, step.import_id, lock=True)
            row.status, row.problem, row.file = "unreadable", "; ".join(error.fields.values()), None
        return
    if not is_checked:
        raise GiveWay


async def run_import(job: Job, step: ImportStep) -> None:
    """Add the people of each chunk, then give them their seats; what was done before a kill is not done again."""
    after = 0
    while True:
        wait_while_switched_off(job)
        async with job.platform.db.read(job.tenant_id) as rx:
            rows = await repository.next_rows(rx, step.import_id, after=after, limit=CHUNK)
        if not rows:
            break
        async with resting():
            chunk = Chunk(step.import_id, await _people_of(job, rows), rows)
            if not await _give_seats(job, chunk):
                return
        after = rows[-1].row
        if job.has_had_its_turn:
            raise GiveWay
    await _end(job, step.import_id, "done")


async def _people_of(job: Job, rows: Sequence[PendingRow]) -> dict[int, tuple[MembershipId, bool]]:
    """By row: the membership, and whether this import has created it."""
    wanted = [row for row in rows if row.action == "add"]
    people = [identity.NewMember(row.member_id, row.email, row.name, Role(row.role)) for row in wanted]
    added = await identity.add_members(job.platform, job.actor, people) if people else []
    known = {row.row: (row.member_id, False) for row in rows}
    return known | {row.row: (each.id, each.created) for row, each in zip(wanted, added, strict=True)}


@dataclass(frozen=True, slots=True)
class Chunk:
    """`people` by row number: the membership, and whether this import has created it. `seats` by row number."""

    import_id: UUID
    people: dict[int, tuple[MembershipId, bool]]
    rows: Sequence[PendingRow]
    seats: dict[int, str] = field(default_factory=dict)


@retried
async def _give_seats(job: Job, chunk: Chunk) -> bool:
    """One transaction: seats for the chunk, and a note on each of its rows. False when the import runs no longer."""
    async with job.platform.db.write(job.tenant_id) as tx:
        found = await repository.access_import(tx, chunk.import_id, lock=True)
        if found.status != "running":
            return False
        chunk.seats.clear()
        await _into_cohorts(job, tx, chunk, may_wait=found.may_wait)
        await _into_courses(job, tx, chunk, may_wait=found.may_wait)
        notes = [(row.row, *chunk.people[row.row], chunk.seats.get(row.row)) for row in chunk.rows]
        await repository.finish_rows(tx, chunk.import_id, notes)
        found.done += len(chunk.rows)
    return True


async def _into_cohorts(job: Job, tx: WriteUnit, chunk: Chunk, *, may_wait: bool) -> None:
    """In the order of the cohorts' ids, as everybody locks them."""
    named = sorted((row for row in chunk.rows if row.cohort_id), key=lambda row: (str(row.cohort_id), row.row))
    for cohort_id, rows in groupby(named, key=lambda row: row.cohort_id):
        if cohort_id is not None:
            await _enrol(job, tx, chunk, cohort_id, list(rows), may_wait=may_wait)


async def _into_courses(job: Job, tx: WriteUnit, chunk: Chunk, *, may_wait: bool) -> None:
    """Whoever is to be in a course gets the first free seat of its cohorts; the last may queue them."""
    named = sorted((row for row in chunk.rows if row.course_id and not row.cohort_id), key=lambda row: row.row)
    for course_id in sorted({row.course_id for row in named if row.course_id}):
        rows = [row for row in named if row.course_id == course_id]
        cohorts = [each for each in await cohort_queries.list_cohorts(tx, course_id) if each.status == "open"]
        for cohort in cohorts:
            await _enrol(job, tx, chunk, cohort.id, rows, may_wait=may_wait and cohort == cohorts[-1])
            rows = [row for row in rows if chunk.seats[row.row] in _NO_SEAT]
            if not rows:
                break
        chunk.seats.update({row.row: chunk.seats.get(row.row, "closed") for row in rows})


async def _enrol(
    job: Job, tx: WriteUnit, chunk: Chunk, cohort_id: UUID, rows: Sequence[PendingRow], *, may_wait: bool
) -> None:
    learners = list(dict.fromkeys(chunk.people[row.row][0] for row in rows))
    now = job.platform.clock.now()
    seats = await repository.enrol_many(tx, cohort_id, chunk.import_id, learners, now, may_wait=may_wait)
    chunk.seats.update({row.row: seats[chunk.people[row.row][0]] for row in rows})


async def undo_import(job: Job, step: ImportStep) -> None:
    """Withdraw first, so that nobody who is suspended keeps a seat; then suspend whom the import has added."""
    more = True
    while more:
        async with resting():
            more = await _withdraw_chunk(job, step.import_id)
        if more and job.has_had_its_turn:
            raise GiveWay
    after = 0
    while True:
        async with job.platform.db.read(job.tenant_id) as rx:
            created = await repository.created_by(rx, step.import_id, after=after, limit=CHUNK)
        if not created:
            break
        async with resting():
            await identity.suspend_members(job.platform, job.actor, [member_id for _, member_id in created])
            after = created[-1][0]
    await _end(job, step.import_id, "undone")


@retried
async def _withdraw_chunk(job: Job, import_id: UUID) -> bool:
    """One transaction; the seats go to whoever else waits. False when nobody is left."""
    async with job.platform.db.write(job.tenant_id) as tx:
        found = await repository.enrolled_by(tx, import_id, CHUNK)
        now = job.platform.clock.now()
        for cohort_id, pairs in groupby(found, key=lambda pair: pair[1]):
            cohort = await seats_repository.lock_cohort(tx, cohort_id)
            for row in await seats_repository.living(tx, [enrollment_id for enrollment_id, _ in pairs]):
                await withdraw_row(tx, cohort, row, now)
            await promote_waiting(tx, cohort, now)
        if found:
            (await repository.access_import(tx, import_id, lock=True)).done += len(found)
    return bool(found)


async def _end(job: Job, import_id: UUID, status: str) -> None:
    """The last word on the import, in one transaction with the end of the job."""
    async with job.platform.db.write(job.tenant_id) as tx:
        row: ImportRow = await repository.access_import(tx, import_id, lock=True)
        row.status, row.finished_at = status, job.platform.clock.now()
        await tx.session.flush()
        await job.finish(tx)


JOBS = (
    JobDefinition(CHECK_JOB, ImportStep, check_import, timeout=_LONG),
    JobDefinition(RUN_JOB, ImportStep, run_import, attempts=10, timeout=_LONG),
    JobDefinition(UNDO_JOB, ImportStep, undo_import, attempts=10, timeout=_LONG),
)
