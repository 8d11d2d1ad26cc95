"""The JSON routes of imports: everything that the import pages do."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery, JSONBody

from scholr.contexts.enrollment.errors import RosterUnreadable
from scholr.contexts.enrollment.queries.imports import ImportRowView, ImportView
from scholr.contexts.enrollment.schemas import ImportList, ImportOut, ImportRowList, ImportRowOut, MendRow
from scholr.contexts.enrollment.service import imports, reporting
from scholr.kernel.pagination import DEFAULT_LIMIT
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.ratelimit.quotas import EXPENSIVE

_TAGS = ["imports"]

Show = Literal["all", "add", "enrol", "same", "error", "left_out"]


@api.post("/api/imports", cost=EXPENSIVE, tags=_TAGS, summary="Send a list of people as CSV, to be looked at first")
async def upload(
    request: Request[Any, Any, Any],
    actor: TheActor,
    platform: ThePlatform,
    cohort_id: FromQuery[UUID | None] = None,
    waitlist: FromQuery[bool] = False,
    filename: FromQuery[str] = "people.csv",
) -> ImportOut:
    """The body is the file itself (`text/csv`), or a form with the field `file`. Nothing is changed yet."""
    data, name = await sent_file(request)
    found = await imports.upload(
        platform, actor, data=data, filename=name or filename, cohort_id=cohort_id, may_wait=waitlist
    )
    return _import(found)


async def sent_file(request: Request[Any, Any, Any]) -> tuple[bytes, str]:
    """The file and its name, from a form or as the body; raises RosterUnreadable when there is none."""
    if request.content_type[0] != "multipart/form-data":
        return await request.body(), ""
    sent = (await request.form()).get("file")
    if not isinstance(sent, UploadFile):
        raise RosterUnreadable(fields={"file": "choose a file"})
    return await sent.read(), sent.filename


@api.get("/api/imports", tags=_TAGS, summary="List imports, the newest first")
async def list_imports(
    actor: TheActor,
    platform: ThePlatform,
    limit: FromQuery[int] = DEFAULT_LIMIT,
    cursor: FromQuery[UUID | None] = None,
) -> ImportList:
    page = await imports.list_imports(platform, actor, before=cursor, limit=limit)
    return ImportList([_import(each) for each in page.items], page.next_cursor)


@api.get("/api/imports/{import_id:uuid}", tags=_TAGS, summary="How an import stands")
async def get_import(import_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> ImportOut:
    return _import(await imports.read_import(platform, actor, import_id=import_id))


@api.get("/api/imports/{import_id:uuid}/rows", tags=_TAGS, summary="What each row will do, or did")
async def list_rows(
    import_id: FromPath[UUID],
    actor: TheActor,
    platform: ThePlatform,
    show: FromQuery[Show] = "all",
    limit: FromQuery[int] = DEFAULT_LIMIT,
    cursor: FromQuery[Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]] = 0,
) -> ImportRowList:
    page = await imports.list_rows(platform, actor, import_id=import_id, show=show, after=cursor, limit=limit)
    return ImportRowList([_row(each) for each in page.items], page.next_cursor)


@api.put("/api/imports/{import_id:uuid}/rows/{row:int}", tags=_TAGS, summary="Mend a row before the import begins")
async def mend_row(
    import_id: FromPath[UUID],
    row: FromPath[int],
    data: JSONBody[MendRow],
    actor: TheActor,
    platform: ThePlatform,
) -> ImportOut:
    values = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not None}
    return _import(await imports.mend_row(platform, actor, import_id=import_id, row=row, values=values))


@api.delete("/api/imports/{import_id:uuid}/rows/{row:int}", tags=_TAGS, summary="Leave a row out", status_code=200)
async def leave_out(import_id: FromPath[UUID], row: FromPath[int], actor: TheActor, platform: ThePlatform) -> ImportOut:
    return _import(await imports.leave_out(platform, actor, import_id=import_id, row=row))


@api.post(
    "/api/imports/{import_id:uuid}/start", cost=EXPENSIVE, tags=_TAGS, summary="Carry an import out", status_code=202
)
async def start(import_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> ImportOut:
    return _import(await imports.start(platform, actor, import_id=import_id))


@api.post(
    "/api/imports/{import_id:uuid}/undo", cost=EXPENSIVE, tags=_TAGS, summary="Take an import back", status_code=202
)
async def undo(import_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> ImportOut:
    return _import(await imports.undo(platform, actor, import_id=import_id))


@api.get(
    "/api/imports/{import_id:uuid}/report",
    cost=EXPENSIVE,
    tags=_TAGS,
    summary="The rows that were not imported, as CSV",
    media_type="text/csv",
)
async def report(import_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[str]:
    """Mended in a spreadsheet, the file can be sent again as it is: only these rows are missing."""
    text = await reporting.report(platform, actor, import_id=import_id)
    return csv_answer(text, f"not-imported-{import_id}.csv")


def csv_answer(text: str, filename: str) -> Response[str]:
    headers = {"content-disposition": f'attachment; filename="{filename}"', "cache-control": "private, no-store"}
    return Response(text, media_type="text/csv", headers=headers)


def _import(found: ImportView) -> ImportOut:
    return msgspec.convert(found, ImportOut, from_attributes=True)


def _row(found: ImportRowView) -> ImportRowOut:
    return msgspec.convert(found, ImportRowOut, from_attributes=True)


ROUTES = (upload, list_imports, get_import, list_rows, mend_row, leave_out, start, undo, report)
