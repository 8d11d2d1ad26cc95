"""JSON: the audit log."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream

from scholr.contexts.compliance.model import Entry, Erasure
from scholr.contexts.compliance.queries import Search
from scholr.contexts.compliance.schemas import AskErasure, EntryList, EntryOut, ErasureList, ErasureOut, ProofOut
from scholr.contexts.compliance.service import erasing, proving, searching
from scholr.contexts.compliance.service.searching import ExportFormat
from scholr.kernel.ids import MembershipId
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


ERASURES = ["privacy"]


@api.post("/api/erasures", tags=ERASURES, summary="Ask for a member to be forgotten")
async def ask_erasure(data: JSONBody[AskErasure], actor: TheActor, platform: ThePlatform) -> ErasureOut:
    """Nothing happens until it is confirmed. The same member again is the same request."""
    found = await erasing.request_erasure(platform, actor, member_id=MembershipId(data.member_id), ground=data.ground)
    return _erasure_out(found)


@api.get("/api/erasures", tags=ERASURES, summary="Erasures, the newest first")
async def list_erasures(
    actor: TheActor, platform: ThePlatform, limit: FromQuery[int] = DEFAULT_LIMIT, cursor: FromQuery[str | None] = None
) -> ErasureList:
    page = await erasing.list_erasures(platform, actor, cursor=cursor, limit=limit)
    return ErasureList([_erasure_out(each) for each in page.items], page.next_cursor)


@api.get("/api/erasures/{erasure_id:uuid}", tags=ERASURES, summary="What can be proven of an erasure")
async def get_erasure(erasure_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> ProofOut:
    proof = await proving.erasure_proof(platform, actor, erasure_id=erasure_id)
    return ProofOut(
        _erasure_out(proof.erasure),
        proof.key_destroyed_at,
        proof.ledger,
        list(proof.entries),
        proof.signed,
        proof.key,
        proof.signature,
    )


@api.post("/api/erasures/{erasure_id:uuid}/confirm", tags=ERASURES, summary="Forget the member; cannot be undone")
async def confirm_erasure(erasure_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> ErasureOut:
    return _erasure_out(await erasing.confirm_erasure(platform, actor, erasure_id=erasure_id))


@api.post("/api/erasures/{erasure_id:uuid}/withdraw", tags=ERASURES, summary="Take a request back")
async def withdraw_erasure(erasure_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> ErasureOut:
    return _erasure_out(await erasing.withdraw_erasure(platform, actor, erasure_id=erasure_id))


def _erasure_out(found: Erasure) -> ErasureOut:
    return ErasureOut(
        found.id,
        found.member_id,
        found.ground,
        found.state,
        found.requested_by,
        found.requested_at,
        found.confirmed_by,
        found.confirmed_at,
        found.withdrawn_at,
        found.completed_at,
        found.counts,
        list(found.missing),
    )


ROUTES: tuple[Any, ...] = (
    list_entries,
    export_entries,
    ask_erasure,
    list_erasures,
    get_erasure,
    confirm_erasure,
    withdraw_erasure,
)
