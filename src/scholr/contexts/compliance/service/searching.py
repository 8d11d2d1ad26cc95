"""Looking into the log: pages for people, everything for files. Looking is itself noted."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from scholr.contexts.compliance import queries
from scholr.contexts.compliance.errors import InvalidSearch
from scholr.contexts.compliance.model import Entry
from scholr.contexts.compliance.policy import LOG_EXPORTED, LOG_READ, SEE_LOG
from scholr.contexts.compliance.queries import Search
from scholr.kernel.actor import Actor
from scholr.kernel.pagination import DEFAULT_LIMIT, Page, check_limit, page_of
from scholr.platform.audit import note
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require

_AT_ONCE = 1000
_LONGEST_NUMBER = 18

FIELDS = (
    "seq", "id", "happened_at", "recorded_at", "actor_kind", "actor_id", "token_id", "action", "subject_kind",
    "subject_id", "request_id", "address", "details", "prev_hash", "hash",
)  # fmt: skip


class ExportFormat(StrEnum):
    CSV = "csv"
    JSON_LINES = "jsonl"


async def search(
    platform: Platform, actor: Actor, wanted: Search, *, cursor: str | None = None, limit: int = DEFAULT_LIMIT
) -> Page[Entry]:
    """A page of the organisation's log, the newest first. Raises InvalidSearch for a cursor that is not ours."""
    require(actor, SEE_LOG)
    before = position(cursor)
    async with platform.db.read(actor.tenant_id) as rx:
        rows = await queries.entries(rx, wanted, before=before, limit=check_limit(limit) + 1)
    await note(platform, actor, LOG_READ)
    return page_of(rows, limit, lambda entry: str(entry.seq))


def position(cursor: str | None) -> int | None:
    """The number of the entry that a page ended with."""
    if not cursor:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= _LONGEST_NUMBER):
        raise InvalidSearch("This cursor is not one of ours.", fields={"cursor": "take it from next_cursor"})
    return int(cursor)


async def export(platform: Platform, actor: Actor, wanted: Search, file_format: ExportFormat) -> AsyncIterator[bytes]:
    """The whole search as a file, piece by piece, the newest first; that it was taken is noted before it begins.

    What is entered meanwhile is not in it.
    """
    require(actor, SEE_LOG)
    await note(platform, actor, LOG_EXPORTED)
    write = _csv if file_format is ExportFormat.CSV else _json_lines

    async def pieces() -> AsyncIterator[bytes]:
        before: int | None = None
        if file_format is ExportFormat.CSV:
            yield _row(FIELDS)
        while True:
            async with platform.db.read(actor.tenant_id) as rx:
                rows = await queries.entries(rx, wanted, before=before, limit=_AT_ONCE)
            if rows:
                yield b"".join(write(entry) for entry in rows)
                before = rows[-1].seq
            if len(rows) < _AT_ONCE:
                return

    return pieces()


def _csv(entry: Entry) -> bytes:
    return _row([_cell(getattr(entry, name)) for name in FIELDS])


def _row(cells: Sequence[str]) -> bytes:
    """RFC 4180. No cell begins like a formula: ids, moments, codes and JSON objects do not."""
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return value.hex() if isinstance(value, bytes) else str(value)


def _json_lines(entry: Entry) -> bytes:
    fields: dict[str, object] = {name: getattr(entry, name) for name in FIELDS}
    fields |= {"prev_hash": entry.prev_hash.hex(), "hash": entry.hash.hex()}
    return msgspec.json.encode(fields | {"details": msgspec.Raw(entry.details.encode())}) + b"\n"
