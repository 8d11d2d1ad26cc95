"""JSON: the audit log."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar.params import FromQuery
from litestar.response import Stream

from scholr.contexts.compliance.model import Entry
from scholr.contexts.compliance.queries import Search
from scholr.contexts.compliance.schemas import EntryList, EntryOut
from scholr.contexts.compliance.service import searching
from scholr.contexts.compliance.service.searching import ExportFormat
from scholr.kernel.pagination import DEFAULT_LIMIT
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform

TAGS = ["audit"]

MEDIA_TYPES = {ExportFormat.CSV: "text/csv", ExportFormat.JSON_LINES: "application/jsonl"}


@api.get("/api/audit", tags=TAGS, summary="The audit log, the newest first")
async def list_entries(
    actor: TheActor,
    platform: ThePlatform,
    actor_id: FromQuery[UUID | None] = None,
    action: FromQuery[str | None] = None,
    subject_id: FromQuery[UUID | None] = None,
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
    limit: FromQuery[int] = DEFAULT_LIMIT,
    cursor: FromQuery[str | None] = None,
) -> EntryList:
    """`action` is a code such as `identity.member_roles_changed`, or the part before the dot."""
    wanted = Search(
        [actor_id] if actor_id else None, [action] if action else None, subject_id, _aware(since), _aware(until)
    )
    page = await searching.search(platform, actor, wanted, cursor=cursor, limit=limit)
    return EntryList([_out(entry) for entry in page.items], page.next_cursor)


@api.get("/api/audit/export", tags=TAGS, summary="The audit log as a file", media_type="application/octet-stream")
async def export_entries(
    actor: TheActor,
    platform: ThePlatform,
    file_format: FromQuery[ExportFormat] = ExportFormat.JSON_LINES,
    action: FromQuery[str | None] = None,
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
) -> Stream:
    """With hashes: whoever has the file can check the chain without asking anybody. Taking it is itself entered."""
    wanted = Search(None, [action] if action else None, None, _aware(since), _aware(until))
    pieces = await searching.export(platform, actor, wanted, file_format)
    headers = {
        "content-disposition": f'attachment; filename="audit.{file_format}"',
        "cache-control": "private, no-store",
    }
    return Stream(pieces, media_type=MEDIA_TYPES[file_format], headers=headers)


def _aware(moment: datetime | None) -> datetime | None:
    """A moment without a zone is in UTC."""
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


def _out(entry: Entry) -> EntryOut:
    return EntryOut(
        entry.seq,
        entry.id,
        entry.happened_at,
        entry.recorded_at,
        entry.actor_kind,
        entry.actor_id,
        entry.token_id,
        entry.action,
        entry.subject_kind,
        entry.subject_id,
        entry.request_id,
        entry.address,
        msgspec.json.decode(entry.details),
        entry.prev_hash.hex(),
        entry.hash.hex(),
    )


ROUTES: tuple[Any, ...] = (list_entries, export_entries)
