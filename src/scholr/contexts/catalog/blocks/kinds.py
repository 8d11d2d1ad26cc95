"""The kinds of block that a lesson is made of.

A block's id is stable: notes, edits and differences between versions refer to it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Tone(StrEnum):
    NOTE = "note"
    TIP = "tip"
    WARNING = "warning"
    DEFINITION = "definition"


@dataclass(frozen=True, slots=True, kw_only=True)
class RichText:
    type: ClassVar[str] = "rich_text"
    id: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """`level` 2, 3 or 4: the lesson's title is the first."""

    type: ClassVar[str] = "heading"
    id: str
    text: str
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """`source` is `asset:<uuid>` or an https address; `alt` is empty only when `decorative`."""

    type: ClassVar[str] = "image"
    id: str
    source: str
    alt: str
    decorative: bool
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """A reference to a video; `duration_seconds` 0 when unknown."""

    type: ClassVar[str] = "video"
    id: str
    source: str
    title: str
    transcript: str
    duration_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    type: ClassVar[str] = "file"
    id: str
    source: str
    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedBlock:
    """`address` as `markup.embed_address` wrote it, never as the author did."""

    type: ClassVar[str] = "embed"
    id: str
    provider: str
    address: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    type: ClassVar[str] = "code"
    id: str
    language: str
    code: str
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of equal length, cells of plain text; the first row is the head when `header`."""

    type: ClassVar[str] = "table"
    id: str
    caption: str
    header: bool
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Callout:
    type: ClassVar[str] = "callout"
    id: str
    tone: Tone
    title: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiz:
    """A place where an assessment is offered; what it asks belongs to the assessment."""

    type: ClassVar[str] = "quiz"
    id: str
    assessment_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    type: ClassVar[str] = "checklist"
    id: str
    title: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Math:
    """`alt` says the formula in words, for who cannot see it."""

    type: ClassVar[str] = "math"
    id: str
    latex: str
    alt: str


Block = RichText | Heading | Image | Video | File | EmbedBlock | Code | Table | Callout | Quiz | Checklist | Math
