"""Importing people: send a file, see what will happen, let it run, take it back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.enrollment.facade import ImportView
from scholr.kernel.actor import Actor
from scholr.kernel.errors import DomainError, ErrorKind
from scholr.kernel.ids import parse_id
from scholr.kernel.text import whole_number
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.ratelimit.quotas import EXPENSIVE
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require
from scholr.web.forms import Form, errors_of, read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash

IMPORTS = "/admin/import"
PEOPLE = Crumb(label="People", href="/admin/people")
RECENT = 10
TEMPLATES: Mapping[str, str] = {
    "checking": "admin/import_progress.html",
    "running": "admin/import_progress.html",
    "undoing": "admin/import_progress.html",
    "unreadable": "admin/import_done.html",
    "ready": "admin/import_preview.html",
    "done": "admin/import_done.html",
    "undone": "admin/import_done.html",
}
SAMPLE = (("Ada Lovelace", "ada@example.org", "learner", "Group B"), ("Bo Berg", "bo@example.org", "instructor", ""))


@page_get(IMPORTS)
async def upload_page(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    require(actor, enrollment.IMPORT_PEOPLE)
    return await _upload_page(request, actor, platform)


async def _upload_page(
    request: PageRequest, actor: Actor, platform: Platform, form: Form | None = None, error: DomainError | None = None
) -> Response[Any]:
    async with platform.db.read(actor.tenant_id) as rx:
        cohorts = await enrollment.open_cohorts(rx)
    recent = await enrollment.list_imports(platform, actor, limit=RECENT)
    return show(
        request,
        "admin/import.html",
        title="Import people",
        area="admin",
        crumbs=(PEOPLE, Crumb(label="Import")),
        status_code=422 if error else 200,
        cohorts=[
            (str(each.id), f"{each.name} ({each.capacity - each.taken} of {each.capacity} seats free)")
            for each in cohorts
        ],
        values={
            "cohort_id": form.text("cohort_id") if form else request.query_params.get("cohort", ""),
            "may_wait": form.checked("may_wait") if form else True,
        },
        recent=recent.items,
        errors=errors_of(error, "file") if error else {},
    )


@page_post(IMPORTS, cost=EXPENSIVE)
async def upload(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    require(actor, enrollment.IMPORT_PEOPLE)
    form = await read_form(request)
    sent = form.file("file")
    try:
        if sent is None:
            raise enrollment.RosterUnreadable(fields={"file": "Choose a file first."})
        found = await enrollment.upload_import(
            platform,
            actor,
            data=await sent.read(),
            filename=sent.filename,
            cohort_id=parse_id(form.text("cohort_id")),
            may_wait=form.checked("may_wait"),
        )
    except DomainError as error:
        if error.kind not in (ErrorKind.INVALID, ErrorKind.NOT_FOUND):
            raise
        return await _upload_page(request, actor, platform, form, error)
    return redirect(f"{IMPORTS}/{found.id}")


@page_get("/admin/import/sample.csv")
async def sample(actor: TheActor) -> Response[Any]:
    """A file with the columns that are understood, to be filled in."""
    require(actor, enrollment.IMPORT_PEOPLE)
    return csv_file(enrollment.csv_text(("name", "email", "role", "cohort"), SAMPLE), "people.csv")


def csv_file(text: str, filename: str) -> Response[str]:
    headers = {"content-disposition": f'attachment; filename="{filename}"', "cache-control": "private, no-store"}
    return Response(text, media_type="text/csv", headers=headers)


@page_get("/admin/import/{import_id:uuid}")
async def import_page(
    request: PageRequest, import_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    return await show_import(request, actor, platform, import_id)


async def show_import(
    request: PageRequest, actor: Actor, platform: Platform, import_id: UUID, status_code: int = 200
) -> Response[Any]:
    """The page of the step that the import is at."""
    found = await enrollment.read_import(platform, actor, import_id=import_id)
    rows, shown = None, request.query_params.get("show") or _first_look(found)
    if found.status in ("ready", "done", "undone"):
        rows = await enrollment.list_import_rows(
            platform, actor, import_id=import_id, show=shown, after=_cursor(request)
        )
    async with platform.db.read(actor.tenant_id) as rx:
        cohort = await enrollment.cohort(rx, found.cohort_id) if found.cohort_id else None
    return show(
        request,
        TEMPLATES[found.status],
        title="Import people",
        area="admin",
        crumbs=(PEOPLE, Crumb(label="Import", href=IMPORTS), Crumb(label=found.filename)),
        status_code=status_code,
        found=found,
        cohort=cohort,
        base=f"{IMPORTS}/{import_id}",
        rows=rows.items if rows else (),
        next_href=f"?show={shown}&after={rows.next_cursor}" if rows and rows.next_cursor else None,
        shown=shown,
        tabs=_tabs(found),
        to_do=found.actions.get("add", 0) + found.actions.get("enrol", 0),
    )


def _first_look(found: ImportView) -> str:
    """What needs the reader comes first."""
    return next((action for action in ("error", "add", "enrol", "same") if found.actions.get(action)), "all")


def _tabs(found: ImportView) -> list[tuple[str, str, int]]:
    names = {"error": "Needs you", "add": "Add", "enrol": "Enrol", "same": "Same", "left_out": "Left out"}
    return [(action, name, found.actions[action]) for action, name in names.items() if found.actions.get(action)]


def _cursor(request: PageRequest) -> int:
    text = request.query_params.get("after", "")
    return whole_number(text, digits=9) or 0


@page_get("/admin/import/{import_id:uuid}/progress")
async def progress(
    request: PageRequest, import_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """The part of the page that changes while the import runs; tells the browser to look again when it has ended."""
    found = await enrollment.read_import(platform, actor, import_id=import_id)
    answer = show(
        request,
        "admin/import_meter.html",
        title=found.filename,
        area="admin",
        found=found,
        base=f"{IMPORTS}/{import_id}",
    )
    if found.status not in ("checking", "running", "undoing"):
        answer.headers["hx-refresh"] = "true"
    return answer


@page_post("/admin/import/{import_id:uuid}/start", cost=EXPENSIVE)
async def start(import_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    await enrollment.start_import(platform, actor, import_id=import_id)
    return redirect(f"{IMPORTS}/{import_id}")


@page_post("/admin/import/{import_id:uuid}/undo", cost=EXPENSIVE)
async def undo(import_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    try:
        await enrollment.undo_import(platform, actor, import_id=import_id)
    except DomainError as error:
        if error.kind is not ErrorKind.CONFLICT:
            raise
        return redirect(f"{IMPORTS}/{import_id}", flash=Flash(text=error.message))
    return redirect(f"{IMPORTS}/{import_id}")


@page_get("/admin/import/{import_id:uuid}/report.csv", cost=EXPENSIVE)
async def report(import_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    """The rows that were not imported, in the columns that an import reads, with what kept each."""
    text = await enrollment.import_report(platform, actor, import_id=import_id)
    return csv_file(text, f"not-imported-{import_id}.csv")


ROUTES = (upload_page, upload, sample, import_page, progress, start, undo, report)
