"""The rules of media: what may be uploaded, what a file is, and the states that it goes through."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import NewType
from urllib.parse import quote
from uuid import UUID

from scholr.contexts.media.errors import (
    AssetTransitionRefused,
    BadRange,
    InvalidUpload,
    UnsupportedFile,
    UploadTooLarge,
)
from scholr.kernel.text import text_problem

AssetId = NewType("AssetId", UUID)

MEGABYTE = 1_000_000
MAX_FILENAME_CHARS = 200
MAX_ALT_CHARS = 1_000
SNIFFED_BYTES = 4_096


class AssetKind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"


class AssetState(StrEnum):
    """`AWAITED` until the bytes have arrived."""

    AWAITED = "awaited"
    UPLOADED = "uploaded"
    TRANSCODING = "transcoding"
    READY = "ready"
    FAILED = "failed"


class AssetAction(StrEnum):
    RECEIVE = "receive"
    TRANSCODE = "transcode"
    FINISH = "finish"
    FAIL = "fail"


_TRANSITIONS: Mapping[tuple[AssetState, AssetAction], AssetState] = {
    (AssetState.AWAITED, AssetAction.RECEIVE): AssetState.UPLOADED,
    (AssetState.AWAITED, AssetAction.FAIL): AssetState.FAILED,
    (AssetState.UPLOADED, AssetAction.TRANSCODE): AssetState.TRANSCODING,
    (AssetState.UPLOADED, AssetAction.FINISH): AssetState.READY,
    (AssetState.UPLOADED, AssetAction.FAIL): AssetState.FAILED,
    (AssetState.TRANSCODING, AssetAction.FINISH): AssetState.READY,
    (AssetState.TRANSCODING, AssetAction.FAIL): AssetState.FAILED,
    (AssetState.READY, AssetAction.FINISH): AssetState.READY,
    (AssetState.FAILED, AssetAction.FAIL): AssetState.FAILED,
}


def transition(state: AssetState, action: AssetAction) -> AssetState:
    """The state after an action; finishing or failing twice changes nothing. Raises AssetTransitionRefused."""
    after = _TRANSITIONS.get((state, action))
    if after is None:
        raise AssetTransitionRefused(details={"state": state.value, "action": action.value})
    return after


@dataclass(frozen=True, slots=True)
class FileType:
    """A kind of file that is taken. `inline` ones may be shown by a browser; all others are downloads only."""

    content_type: str
    kind: AssetKind
    inline: bool


# HTML, SVG and XML are missing on purpose: a browser would run what they hold.
_PNG = FileType("image/png", AssetKind.IMAGE, True)
_JPEG = FileType("image/jpeg", AssetKind.IMAGE, True)
_GIF = FileType("image/gif", AssetKind.IMAGE, True)
_WEBP = FileType("image/webp", AssetKind.IMAGE, True)
_AVIF = FileType("image/avif", AssetKind.IMAGE, True)
_MP4 = FileType("video/mp4", AssetKind.VIDEO, True)
_WEBM = FileType("video/webm", AssetKind.VIDEO, True)
_M4A = FileType("audio/mp4", AssetKind.AUDIO, True)
_MP3 = FileType("audio/mpeg", AssetKind.AUDIO, True)
_OGG = FileType("audio/ogg", AssetKind.AUDIO, True)
_WAV = FileType("audio/wav", AssetKind.AUDIO, True)
_PDF = FileType("application/pdf", AssetKind.DOCUMENT, False)
_ZIP = FileType("application/zip", AssetKind.DOCUMENT, False)
_TEXT = FileType("text/plain", AssetKind.DOCUMENT, False)
_OFFICE = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "epub": "application/epub+zip",
}
_TEXTS = {
    "txt": "text/plain",
    "csv": "text/csv",
    "md": "text/markdown",
    "vtt": "text/vtt",
    "srt": "application/x-subrip",
}

_MAGIC: tuple[tuple[bytes, FileType], ...] = (
    (b"\x89PNG\r\n\x1a\n", _PNG),
    (b"\xff\xd8\xff", _JPEG),
    (b"GIF87a", _GIF),
    (b"GIF89a", _GIF),
    (b"\x1a\x45\xdf\xa3", _WEBM),
    (b"ID3", _MP3),
    (b"\xff\xfb", _MP3),
    (b"OggS", _OGG),
    (b"%PDF-", _PDF),
)
_SHOWN = frozenset(each.content_type for each in (_PNG, _JPEG, _GIF, _WEBP, _AVIF, _MP4, _WEBM, _M4A, _MP3, _OGG, _WAV))
_BRANDS: Mapping[bytes, FileType] = {b"avif": _AVIF, b"avis": _AVIF, b"M4A ": _M4A, b"M4B ": _M4A}

# Ten megabytes are a photograph from a telephone; a gigabyte is about two hours of video for a lesson.
MAX_BYTES: Mapping[AssetKind, int] = {
    AssetKind.IMAGE: 10 * MEGABYTE,
    AssetKind.VIDEO: 1_000 * MEGABYTE,
    AssetKind.AUDIO: 200 * MEGABYTE,
    AssetKind.DOCUMENT: 100 * MEGABYTE,
}


def sniff(head: bytes, filename: str) -> FileType:
    """What a file is by its first bytes; its name decides only among archives and among plain texts.

    Raises UnsupportedFile. `head` holds the first `SNIFFED_BYTES` bytes, or all there are.
    """
    ending = filename.rpartition(".")[2].lower()
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], _MP4)
    if head[:4] == b"RIFF":
        return _riff(head[8:12])
    if head[:4] == b"PK\x03\x04":
        return FileType(_OFFICE[ending], AssetKind.DOCUMENT, False) if ending in _OFFICE else _ZIP
    for magic, file_type in _MAGIC:
        if head.startswith(magic):
            return file_type
    return _plain_text(head, ending)


def _riff(form: bytes) -> FileType:
    found = {b"WEBP": _WEBP, b"WAVE": _WAV}.get(form)
    if found is None:
        raise UnsupportedFile
    return found


def _plain_text(head: bytes, ending: str) -> FileType:
    """Text is taken under names that say so; anything that looks like markup is refused even then."""
    if ending not in _TEXTS or b"\0" in head:
        raise UnsupportedFile
    if re.match(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|\?xml|html|script|svg|head|body)", head, re.IGNORECASE):
        raise UnsupportedFile
    return FileType(_TEXTS[ending], AssetKind.DOCUMENT, False)


def validate_arrival(found: FileType, size: int, *, announced: AssetKind, announced_size: int) -> None:
    """What arrived is of the announced kind and not larger; raises UnsupportedFile or UploadTooLarge.

    The kind matters since it bounds the size, and since an image was asked for its description.
    """
    if found.kind is not announced:
        raise UnsupportedFile
    if size > min(announced_size, MAX_BYTES[found.kind]):
        raise UploadTooLarge(details={"max_bytes": announced_size})


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """The one range that a Range header asks for, as start and end (not included); None for the whole.

    RFC 9110, section 14.2: what cannot be read, and several ranges, are answered with the whole. Raises BadRange for
    a range outside the file.
    """
    found = re.fullmatch(r"bytes=(\d{0,15})-(\d{0,15})", header or "")
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        start, end = max(0, size - int(found[2])), size
    else:
        start, end = int(found[1]), min(size, int(found[2]) + 1 if found[2] else size)
    if start >= end:
        raise BadRange(details={"size": size})
    return start, end


def may_be_shown(content_type: str) -> bool:
    """Whether a browser may show a stored file in place; everything else is sent as a download."""
    return content_type in _SHOWN


def validate_filename(filename: str) -> str:
    """The last part of a name, within bounds; raises InvalidUpload."""
    name = re.split(r"[/\\]", filename)[-1].strip()
    if problem := text_problem(name, most=MAX_FILENAME_CHARS):
        raise InvalidUpload(fields={"filename": problem})
    return name


def validate_alt(alt: str, kind: AssetKind, *, decorative: bool = False) -> str:
    """An image has a description, unless it only decorates; raises InvalidUpload."""
    least = 1 if kind is AssetKind.IMAGE and not decorative else 0
    if problem := text_problem(alt, most=MAX_ALT_CHARS, least=least):
        raise InvalidUpload(fields={"alt": problem})
    return alt.strip()


def validate_size(size: int, kind: AssetKind) -> int:
    """Raises InvalidUpload for nothing, UploadTooLarge beyond what the kind allows."""
    if size < 1:
        raise InvalidUpload(fields={"size": "must be at least one byte"})
    if size > MAX_BYTES[kind]:
        raise UploadTooLarge(details={"max_bytes": MAX_BYTES[kind]})
    return size


def announced_kind(content_type: str) -> AssetKind:
    """What the client says that it will send; only bounds the size until the bytes are seen."""
    family = content_type.partition("/")[0]
    return AssetKind(family) if family in ("image", "video", "audio") else AssetKind.DOCUMENT


def media_prefix(tenant_id: UUID) -> str:
    """Below this lies every file of an organisation: the tenant is part of the path, and no name from outside is."""
    return f"tenants/{tenant_id}/media/"


def object_key(tenant_id: UUID, asset_id: UUID, stored_as: str) -> str:
    """Where accepted bytes lie. Each intake has a name of its own, which no address handed out can write."""
    return f"{media_prefix(tenant_id)}{asset_id}/{stored_as}"


def arrival_key(tenant_id: UUID, asset_id: UUID) -> str:
    """Where a presigned address lets the uploader write, as often as they like until it ends."""
    return object_key(tenant_id, asset_id, "incoming")


# Two clocks, the store's and ours, and an upload that takes its hour, are far within both spans.
AWAITED_LASTS = timedelta(days=1)
STRAY_LASTS = timedelta(days=7)
"""A week, so that after restoring an older dump there is time to restore a newer one with its files."""


_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def parse_key(key: str) -> tuple[AssetId, str] | None:
    """The asset and the name of an object of ours; None for what this program did not put there."""
    found = re.fullmatch(rf"tenants/{_UUID}/media/({_UUID})/([0-9a-z]{{1,40}})", key)
    return (AssetId(UUID(found[1])), found[2]) if found else None


def disposition(content_type: str, filename: str) -> str:
    """The Content-Disposition of a file: only what a browser cannot run is shown in place (RFC 6266)."""
    way = "inline" if may_be_shown(content_type) else "attachment"
    return f"{way}; filename*=UTF-8''{quote(filename, safe='')}"
