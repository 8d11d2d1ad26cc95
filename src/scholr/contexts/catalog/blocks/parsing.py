"""From what a client sent to blocks: validated, sanitised. `parse_blocks` is the only way in."""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from scholr.contexts.catalog.blocks.kinds import (
    Block,
    Callout,
    Checklist,
    Code,
    EmbedBlock,
    File,
    Heading,
    Image,
    Math,
    Quiz,
    RichText,
    Table,
    Tone,
    Video,
)
from scholr.contexts.catalog.errors import InvalidBlock
from scholr.contexts.catalog.markup import embed_address, is_web_address, sanitise_html
from scholr.kernel.text import text_problem

MAX_BLOCKS = 500
MAX_HTML_CHARS = 100_000
MAX_CODE_CHARS = 50_000
MAX_CELL_CHARS = 2_000
MAX_TABLE_ROWS = 200
MAX_TABLE_COLUMNS = 20
MAX_ITEMS = 100
MAX_LINE_CHARS = 300

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
