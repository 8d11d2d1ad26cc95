"""Importing people: send a file, look at what would happen, mend rows, run it, undo it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from scholr.contexts.enrollment.errors import CohortNotFound, ImportNotFound, ImportNotReady, UndoExpired
from scholr.contexts.enrollment.events import ImportStarted, ImportUndone
from scholr.contexts.enrollment.importing import normalise_email, open_roster, read_values
from scholr.contexts.enrollment.policy import IMPORT_PEOPLE, IMPORT_READ, IMPORTS
from scholr.contexts.enrollment.queries import cohorts as cohort_queries
from scholr.contexts.enrollment.queries import imports as queries
from scholr.contexts.enrollment.queries.imports import UNDO_WITHIN, ImportRowView, ImportView
from scholr.contexts.enrollment.repository import imports as repository
from scholr.contexts.enrollment.service.checking import check, check_rows, load_targets
from scholr.contexts.enrollment.tables import ImportRow
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Invalid, Unauthenticated
from scholr.kernel.ids import TenantId, new_id
from scholr.kernel.pagination import Page
from scholr.platform.audit import note
from scholr.platform.db.retry import retried
from scholr.platform.jobs import enqueue
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require

CHECK_JOB = "enrollment.check_import"
RUN_JOB = "enrollment.run_import"
UNDO_JOB = "enrollment.undo_import"

AT_ONCE_LINES = 2000
"""A file of at most so many lines is checked while its sender waits; a longer one by a job."""

_LAST_ROW = 2**31 - 1
"""No file has so many rows, and PostgreSQL takes no larger integer."""

SHOWN: Mapping[str, tuple[str, ...]] = {
    "error": ("error",),
    "add": ("add",),
    "enrol": ("enrol",),
    "same": ("same",),
    "left_out": ("left_out",),
    "all": ("add", "enrol", "same", "error", "left_out"),
}


@retried
async def upload(
    platform: Platform, actor: Actor, *, data: bytes, filename: str, cohort_id: UUID | None = None, may_wait: bool
) -> ImportView:
    """Keep the file and check it: at once when it is short, otherwise by a job. No person is touched.

    `cohort_id` is where everybody goes whose row names neither cohort nor course; None only adds people.
    Raises RosterUnreadable, or CohortNotFound.
    """
    require(actor, IMPORT_PEOPLE)
    tenant_id = _tenant(actor)
    platform.flags.require(IMPORTS, tenant_id=tenant_id)
    roster = open_roster(data)
    lines = roster.text.count("\n")
    import_id = new_id()
    async with platform.db.write(tenant_id) as tx:
        if cohort_id is not None and await cohort_queries.cohort(tx, cohort_id) is None:
            raise CohortNotFound
        row = ImportRow(id=import_id, filename=_tidy(filename), status="checking", cohort_id=cohort_id, file=data)
        row.may_wait, row.author_id, row.total, row.done = may_wait, actor.membership_id, lines, 0
        repository.add_import(tx, row)
        await tx.session.flush()
        if lines > AT_ONCE_LINES:
            await enqueue(tx, CHECK_JOB, ImportStep(import_id), key=str(import_id))
    if lines <= AT_ONCE_LINES:
        await check(platform, tenant_id, import_id)
    return await read_import(platform, actor, import_id=import_id)


async def read_import(platform: Platform, actor: Actor, *, import_id: UUID) -> ImportView:
    require(actor, IMPORT_PEOPLE)
    async with platform.db.read(actor.tenant_id) as rx:
        return await queries.require_import(rx, import_id)


async def list_imports(
    platform: Platform, actor: Actor, *, before: UUID | None = None, limit: int = 50
) -> Page[ImportView]:
    require(actor, IMPORT_PEOPLE)
    async with platform.db.read(actor.tenant_id) as rx:
        return await queries.list_imports(rx, before=before, limit=limit)


async def list_rows(
    platform: Platform, actor: Actor, *, import_id: UUID, show: str = "all", after: int = 0, limit: int = 50
) -> Page[ImportRowView]:
    """Rows in the file's order: all, or those of one action. `after` is the number of the last row seen.

    Raises ImportNotFound, Invalid.
    """
    require(actor, IMPORT_PEOPLE)
    if not 0 <= after <= _LAST_ROW:
        raise Invalid("The cursor is not one of ours.", fields={"cursor": "take it from next_cursor"})
    async with platform.db.read(actor.tenant_id) as rx:
        if not await queries.is_known(rx, import_id):
            raise ImportNotFound
        page = await queries.list_rows(rx, import_id, actions=SHOWN.get(show, SHOWN["all"]), after=after, limit=limit)
    await note(platform, actor, IMPORT_READ, import_id)
    return page


@retried
async def mend_row(
    platform: Platform, actor: Actor, *, import_id: UUID, row: int, values: Mapping[str, str]
) -> ImportView:
    """Give a row other cells (email, name, role, cohort, course; what is missing stays) and check it again.

    Only before the import has begun; raises ImportNotReady afterwards.
    """
    require(actor, IMPORT_PEOPLE)
    async with platform.db.write(actor.tenant_id) as tx:
        found = await repository.access_import(tx, import_id, lock=True)
        _require_status(found, "ready")
        line = await repository.access_row(tx, import_id, row)
        said = {name: getattr(line, name) for name in ("email", "name", "role", "cohort", "course")}
        email = normalise_email(values.get("email", line.email)) or ""
        twin = await queries.same_address(tx, import_id, email, row)
        read = read_values(row, {**said, **values}, {email: twin} if twin else {})
        checked = await check_rows(tx, [read], await load_targets(tx, found.cohort_id))
        await repository.save_rows(tx, import_id, checked)
        return await queries.require_import(tx, import_id)


@retried
async def leave_out(platform: Platform, actor: Actor, *, import_id: UUID, row: int) -> ImportView:
    """Take a row out of the import; mending it brings it back."""
    require(actor, IMPORT_PEOPLE)
    async with platform.db.write(actor.tenant_id) as tx:
        _require_status(await repository.access_import(tx, import_id, lock=True), "ready")
        line = await repository.access_row(tx, import_id, row)
        line.action, line.problems = "left_out", []
        await tx.session.flush()
        return await queries.require_import(tx, import_id)


@retried
async def prefer_row(platform: Platform, actor: Actor, *, import_id: UUID, row: int) -> ImportView:
    """Of the rows with one address keep this one, and leave the others out."""
    require(actor, IMPORT_PEOPLE)
    async with platform.db.write(actor.tenant_id) as tx:
        _require_status(await repository.access_import(tx, import_id, lock=True), "ready")
        line = await repository.access_row(tx, import_id, row)
        while (twin := await queries.same_address(tx, import_id, line.email, row)) is not None:
            other = await repository.access_row(tx, import_id, twin)
            other.action, other.problems = "left_out", []
            await tx.session.flush()
    return await mend_row(platform, actor, import_id=import_id, row=row, values={})


@retried
async def start(platform: Platform, actor: Actor, *, import_id: UUID) -> ImportView:
    """Carry the import out by a job; rows with errors and those left out stay as they are. Again: nothing more."""
    require(actor, IMPORT_PEOPLE)
    platform.flags.require(IMPORTS, tenant_id=actor.tenant_id)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await repository.access_import(tx, import_id, lock=True)
        if row.status not in ("running", "done"):
            _require_status(row, "ready")
            view = await queries.require_import(tx, import_id)
            row.status, row.started_at, row.done = "running", platform.clock.now(), 0
            row.total = view.actions.get("add", 0) + view.actions.get("enrol", 0)
            await tx.session.flush()
            await enqueue(tx, RUN_JOB, ImportStep(import_id), key=str(import_id))
            now = platform.clock.now()
            await tx.emit(
                ImportStarted(tenant_id=tx.require_tenant(), aggregate_id=import_id, occurred_at=now, rows=row.total)
            )
        return await queries.require_import(tx, import_id)


@retried
async def undo(platform: Platform, actor: Actor, *, import_id: UUID) -> ImportView:
    """Withdraw everybody whom this import enrolled and suspend everybody whom it added, by a job.

    Within a day of its end; raises UndoExpired after that. Again: nothing more.
    """
    require(actor, IMPORT_PEOPLE)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await repository.access_import(tx, import_id, lock=True)
        if row.status not in ("undoing", "undone"):
            _require_status(row, "done")
            if row.finished_at is None or row.finished_at + UNDO_WITHIN < platform.clock.now():
                raise UndoExpired
            row.status, row.done = "undoing", 0
            await tx.session.flush()
            await enqueue(tx, UNDO_JOB, ImportStep(import_id), key=str(import_id))
            now = platform.clock.now()
            await tx.emit(ImportUndone(tenant_id=tx.require_tenant(), aggregate_id=import_id, occurred_at=now))
        return await queries.require_import(tx, import_id)


@dataclass(frozen=True, slots=True)
class ImportStep:
    """What the jobs of an import are told."""

    import_id: UUID


def _require_status(row: ImportRow, status: str) -> None:
    if row.status != status:
        raise ImportNotReady(details={"status": row.status})


def _tenant(actor: Actor) -> TenantId:
    if actor.tenant_id is None:
        raise Unauthenticated
    return actor.tenant_id


def _tidy(filename: str) -> str:
    """The last part of a file's name, without what cannot be shown; browsers send what they like."""
    kept = "".join(char for char in filename.replace("\\", "/").rpartition("/")[2] if char.isprintable())
    return kept.strip()[:120] or "people.csv"
