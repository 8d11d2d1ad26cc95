"""The blocks that a lesson is made of: typed, validated, sanitised, and back to plain JSON.

`parse_blocks` is the only way in; what it returns is safe to store and to render. A block's id is
stable: notes, edits and differences between versions refer to it.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import ClassVar, TypeVar

from scholr.contexts.catalog.errors import InvalidBlock
from scholr.contexts.catalog.markup import embed_address, html_text, is_web_address, sanitise_html
from scholr.kernel.text import text_problem

MAX_BLOCKS = 500
MAX_HTML_CHARS = 100_000
MAX_CODE_CHARS = 50_000
MAX_CELL_CHARS = 2_000
MAX_TABLE_ROWS = 200
MAX_TABLE_COLUMNS = 20
MAX_ITEMS = 100
MAX_LINE_CHARS = 300


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
T = TypeVar("T")

_BLOCK_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LANGUAGE = re.compile(r"[a-z0-9+#.-]{0,32}")


class _Fields:
    """Reads one block's fields and gathers what is wrong with them, by place."""

    def __init__(self, raw: Mapping[object, object], place: str, problems: dict[str, str]) -> None:
        self._raw = raw
        self._place = place
        self._problems = problems

    def refuse(self, name: str, problem: str) -> None:
        self._problems.setdefault(f"{self._place}.{name}", problem)

    def text(self, name: str, most: int = MAX_LINE_CHARS, *, least: int = 0, multiline: bool = False) -> str:
        raw = self._raw.get(name, "")
        if problem := text_problem(raw, most=most, least=least, multiline=multiline):
            self.refuse(name, problem)
            return ""
        return str(raw) if multiline else str(raw).strip()

    def html(self, name: str) -> str:
        return sanitise_html(self.text(name, MAX_HTML_CHARS, multiline=True))

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        raw = self._raw.get(name, default)
        if isinstance(raw, int) and not isinstance(raw, bool) and least <= raw <= most:
            return raw
        self.refuse(name, f"must be a whole number from {least} to {most}")
        return default

    def flag(self, name: str, default: bool = False) -> bool:
        raw = self._raw.get(name, default)
        if isinstance(raw, bool):
            return raw
        self.refuse(name, "must be true or false")
        return default

    def source(self, name: str = "source") -> str:
        text = self.text(name, 2_000, least=1)
        if text and not (is_web_address(text) or (text.startswith("asset:") and _UUID.fullmatch(text[6:]))):
            self.refuse(name, "must be an uploaded asset or an https address")
        return text

    def matching(self, name: str, pattern: re.Pattern[str], hint: str) -> str:
        text = self.text(name)
        if not pattern.fullmatch(text):
            self.refuse(name, hint)
        return text

    def items(self, name: str, least: int, most: int, read: Callable[[object], T | None], hint: str) -> tuple[T, ...]:
        raw = self._raw.get(name)
        items = [read(item) for item in raw[: most + 1]] if isinstance(raw, list | tuple) else []
        found = tuple(item for item in items if item is not None)
        if not least <= len(items) <= most or len(found) != len(items):
            self.refuse(name, hint)
        return found


def _rich_text(block_id: str, read: _Fields) -> Block:
    return RichText(id=block_id, html=read.html("html"))


def _heading(block_id: str, read: _Fields) -> Block:
    return Heading(id=block_id, text=read.text("text", least=1), level=read.whole("level", 2, 2, 4))


def _image(block_id: str, read: _Fields) -> Block:
    decorative = read.flag("decorative")
    alt = read.text("alt", 1_000)
    if not alt and not decorative:
        read.refuse("alt", "must describe the image, unless it is decorative")
    return Image(
        id=block_id,
        source=read.source(),
        alt="" if decorative else alt,
        decorative=decorative,
        caption=read.text("caption", 1_000),
    )


def _video(block_id: str, read: _Fields) -> Block:
    return Video(
        id=block_id,
        source=read.source(),
        title=read.text("title", least=1),
        transcript=read.text("transcript", MAX_HTML_CHARS, multiline=True),
        duration_seconds=read.whole("duration_seconds", 0, 0, 86_400),
    )


def _file(block_id: str, read: _Fields) -> Block:
    size = read.whole("size_bytes", 0, 0, 2**40)
    return File(id=block_id, source=read.source(), name=read.text("name", least=1), size_bytes=size)


def _embed(block_id: str, read: _Fields) -> Block:
    address = read.text("address", 2_000, least=1)
    found = embed_address(address)
    if found is None:
        read.refuse("address", "is not a page that can be embedded")
        return EmbedBlock(id=block_id, provider="", address="", title="")
    title = read.text("title", least=1)
    return EmbedBlock(id=block_id, provider=found.provider, address=found.address, title=title)


def _code(block_id: str, read: _Fields) -> Block:
    return Code(
        id=block_id,
        language=read.matching("language", _LANGUAGE, "must be the short name of a language"),
        code=read.text("code", MAX_CODE_CHARS, least=1, multiline=True),
        caption=read.text("caption"),
    )


def _cell(raw: object) -> str | None:
    return None if text_problem(raw, most=MAX_CELL_CHARS, least=0, multiline=True) else str(raw).strip()


def _row(raw: object) -> tuple[str, ...] | None:
    if not isinstance(raw, list | tuple) or not 1 <= len(raw) <= MAX_TABLE_COLUMNS:
        return None
    cells = [_cell(cell) for cell in raw]
    found = tuple(cell for cell in cells if cell is not None)
    return found if len(found) == len(cells) else None


def _table(block_id: str, read: _Fields) -> Block:
    hint = f"must be 1 to {MAX_TABLE_ROWS} rows of 1 to {MAX_TABLE_COLUMNS} texts"
    rows = read.items("rows", 1, MAX_TABLE_ROWS, _row, hint)
    if len({len(row) for row in rows}) > 1:
        read.refuse("rows", "must all have the same number of cells")
    return Table(id=block_id, caption=read.text("caption"), header=read.flag("header", True), rows=rows)


def _callout(block_id: str, read: _Fields) -> Block:
    tone = read.text("tone") or Tone.NOTE.value
    if tone not in list(Tone):
        read.refuse("tone", f"must be one of {', '.join(Tone)}")
        tone = Tone.NOTE.value
    return Callout(id=block_id, tone=Tone(tone), title=read.text("title"), html=read.html("html"))


def _quiz(block_id: str, read: _Fields) -> Block:
    return Quiz(id=block_id, assessment_id=read.matching("assessment_id", _UUID, "must be the id of an assessment"))


def _item(raw: object) -> str | None:
    return None if text_problem(raw, most=MAX_LINE_CHARS) else str(raw).strip()


def _checklist(block_id: str, read: _Fields) -> Block:
    items = read.items("items", 1, MAX_ITEMS, _item, f"must be 1 to {MAX_ITEMS} lines of text")
    return Checklist(id=block_id, title=read.text("title"), items=items)


def _math(block_id: str, read: _Fields) -> Block:
    return Math(id=block_id, latex=read.text("latex", 5_000, least=1, multiline=True), alt=read.text("alt", 1_000))


_READERS: dict[str, Callable[[str, _Fields], Block]] = {
    RichText.type: _rich_text,
    Heading.type: _heading,
    Image.type: _image,
    Video.type: _video,
    File.type: _file,
    EmbedBlock.type: _embed,
    Code.type: _code,
    Table.type: _table,
    Callout.type: _callout,
    Quiz.type: _quiz,
    Checklist.type: _checklist,
    Math.type: _math,
}
BLOCK_TYPES = tuple(_READERS)


def parse_blocks(raw: object, new_id: Callable[[], str]) -> tuple[Block, ...]:
    """Read a lesson's blocks, or raise InvalidBlock naming every wrong place.

    A block without an id is given one by `new_id`; two blocks with one id are refused. HTML is
    sanitised here. Fields that a type does not have are dropped.
    """
    if not isinstance(raw, list | tuple) or len(raw) > MAX_BLOCKS:
        raise InvalidBlock(fields={"blocks": f"must be a list of at most {MAX_BLOCKS} blocks"})
    problems: dict[str, str] = {}
    blocks = [_parse_block(item, f"blocks.{place}", problems, new_id) for place, item in enumerate(raw)]
    found = tuple(block for block in blocks if block is not None)
    if len({block.id for block in found}) != len(found):
        problems["blocks"] = "must not use an id twice"
    if problems:
        raise InvalidBlock(fields=problems)
    return found


def _parse_block(raw: object, place: str, problems: dict[str, str], new_id: Callable[[], str]) -> Block | None:
    kind = raw.get("type") if isinstance(raw, dict) else None
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None or not isinstance(raw, dict):
        problems[f"{place}.type"] = f"must be one of {', '.join(BLOCK_TYPES)}"
        return None
    block_id = raw.get("id") or new_id()
    if not isinstance(block_id, str) or not _BLOCK_ID.fullmatch(block_id):
        problems[f"{place}.id"] = "must be a short text of letters, digits, - and _"
        return None
    return reader(block_id, _Fields(raw, place, problems))


_STORED: Mapping[str, tuple[Callable[..., Block], tuple[str, ...]]] = {
    cls.type: (cls, tuple(field.name for field in fields(cls)))
    for cls in (RichText, Heading, Image, Video, File, EmbedBlock, Code, Table, Callout, Quiz, Checklist, Math)
}


def stored_blocks(raw: Sequence[Mapping[str, object]]) -> tuple[Block, ...]:
    """Blocks from what `block_as_json` wrote, without judging them again: the hot way in, for what was stored.

    Their HTML is not trusted all the same: it passes the sanitiser again where it becomes a page.
    """
    return tuple(_stored(item) for item in raw)


def _stored(item: Mapping[str, object]) -> Block:
    make, names = _STORED[str(item["type"])]
    return make(**{name: _frozen(item[name]) for name in names if name in item})


def _frozen(value: object) -> object:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def kind_of(blocks: Iterable[Block]) -> str:
    """What a lesson is chiefly made of: quiz before video before reading."""
    types = {block.type for block in blocks}
    return "quiz" if Quiz.type in types else "video" if Video.type in types else "reading"


def block_as_json(block: Block) -> dict[str, object]:
    """The block as plain JSON, which `parse_blocks` reads back to an equal block."""
    values = {field.name: getattr(block, field.name) for field in fields(block)}
    return {"type": block.type} | {name: _plain(value) for name, value in values.items()}


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.value if isinstance(value, StrEnum) else value


def block_text(block: Block) -> str:
    """What a block says in words, for search and previews."""
    match block:
        case RichText(html=html):
            return html_text(html)
        case Callout(title=title, html=html):
            return "\n".join(filter(None, [title, html_text(html)]))
        case Heading(text=text):
            return text
        case Image(alt=alt, caption=caption):
            return "\n".join(filter(None, [alt, caption]))
        case Video(title=title, transcript=transcript):
            return "\n".join(filter(None, [title, transcript]))
        case File(name=text) | EmbedBlock(title=text) | Math(alt=text):
            return text
        case Code(caption=caption, code=code):
            return "\n".join(filter(None, [caption, code]))
        case Table(caption=caption, rows=rows):
            return "\n".join(filter(None, [caption, *(" ".join(row) for row in rows)]))
        case Checklist(title=title, items=items):
            return "\n".join(filter(None, [title, *items]))
        case Quiz():
            return ""


def blocks_text(blocks: Iterable[Block]) -> str:
    return "\n".join(filter(None, (block_text(block) for block in blocks)))


_WORDS_PER_MINUTE = 220
_IDEOGRAPHS_PER_MINUTE = 500
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")
_SECONDS_BESIDES_READING = {"image": 10, "math": 15, "quiz": 120, "file": 30, "embed": 120}


def reading_seconds(blocks: Sequence[Block]) -> int:
    """How long a lesson takes: words, and what is watched, looked at or tried.

    220 words a minute is a little under the mean of silent reading (Brysbaert 2019: 238), because
    people study. Scripts without spaces are counted by character. Code is read at half speed.
    """
    return sum(_block_seconds(block) for block in blocks)


def _block_seconds(block: Block) -> int:
    if isinstance(block, Video) and block.duration_seconds:
        return block.duration_seconds
    text = block_text(block)
    ideographs = len(_IDEOGRAPH.findall(text))
    words = len(_IDEOGRAPH.sub(" ", text).split()) * (2 if isinstance(block, Code) else 1)
    seconds = -(-words * 60 // _WORDS_PER_MINUTE) + -(-ideographs * 60 // _IDEOGRAPHS_PER_MINUTE)
    return seconds + _SECONDS_BESIDES_READING.get(block.type, 0)
