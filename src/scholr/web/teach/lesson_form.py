"""A lesson as a plain form: a group of fields for each block, for browsers without script.

Fields are called `b<place>-<field>`; `do` holds what was pressed, such as `up-3`, `remove-0`, `add` or `save`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scholr.contexts.catalog import facade as catalog
from scholr.kernel.text import whole_number
from scholr.web.forms import Form

BLOCK_NAMES: Mapping[str, str] = {
    "rich_text": "Text",
    "heading": "Heading",
    "image": "Picture",
    "video": "Video",
    "file": "File to download",
    "embed": "Embedded page",
    "code": "Code",
    "table": "Table",
    "callout": "Callout",
    "quiz": "Quiz",
    "checklist": "Checklist",
    "math": "Formula",
}

_TEXTS: Mapping[str, tuple[str, ...]] = {
    "rich_text": ("html",),
    "heading": ("text",),
    "image": ("source", "alt", "caption"),
    "video": ("source", "title", "transcript"),
    "file": ("source", "name"),
    "embed": ("address", "title"),
    "code": ("language", "code", "caption"),
    "table": ("caption",),
    "callout": ("tone", "title", "html"),
    "quiz": ("assessment_id",),
    "checklist": ("title",),
    "math": ("latex", "alt"),
}
_NUMBERS: Mapping[str, tuple[str, ...]] = {
    "heading": ("level",),
    "video": ("duration_seconds",),
    "file": ("size_bytes",),
}
_BOXES: Mapping[str, tuple[str, ...]] = {"image": ("decorative",), "table": ("header",)}

NEW_BLOCKS: Mapping[str, Mapping[str, Any]] = {
    "rich_text": {"html": ""},
    "heading": {"text": "New heading", "level": 2},
    "code": {"language": "python", "code": "# your code", "caption": ""},
    "table": {"rows": [["", ""], ["", ""]], "header": True, "caption": ""},
    "callout": {"tone": "note", "title": "", "html": ""},
    "checklist": {"title": "", "items": ["First thing"]},
    "math": {"latex": "a^2 + b^2 = c^2", "alt": ""},
}
"""What a new block of those types begins with that need nothing from elsewhere."""


def blocks_of_form(form: Form) -> list[dict[str, Any]]:
    """The blocks as they were sent, in order, not judged."""
    found = []
    for place in range(min(_count(form), 500)):
        kind = form.text(f"b{place}-type")
        if kind in BLOCK_NAMES:
            found.append(_block(form, place, kind))
    return found


def _count(form: Form) -> int:
    return whole_number(form.text("count", "0"), digits=5) or 0


def _block(form: Form, place: int, kind: str) -> dict[str, Any]:
    block: dict[str, Any] = {"type": kind, "id": form.text(f"b{place}-id")}
    for name in _TEXTS[kind]:
        block[name] = form.text(f"b{place}-{name}").replace("\r\n", "\n")
    for name in _NUMBERS.get(kind, ()):
        block[name] = whole_number(form.text(f"b{place}-{name}"), digits=11) or 0
    for name in _BOXES.get(kind, ()):
        block[name] = form.checked(f"b{place}-{name}")
    if kind == "table":
        block["rows"] = rows_of_text(form.secret(f"b{place}-rows"))
    if kind == "checklist":
        block["items"] = [line for line in form.text(f"b{place}-items").splitlines() if line.strip()]
    return block


def rows_of_text(text: str) -> list[list[str]]:
    """Lines are rows, tabs or bars part cells, as a spreadsheet copies them; short rows are filled up."""
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line.strip()]
    rows = [[cell.strip() for cell in line.split("\t" if "\t" in line else "|")] for line in lines]
    width = max((len(row) for row in rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows]


def text_of_rows(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(" | ".join(row) for row in rows)


def pressed(form: Form, blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blocks after the button that was pressed."""
    what, _, place_text = form.text("do", "save").partition("-")
    chosen = whole_number(place_text, digits=3)
    place = -1 if chosen is None else chosen
    moves: Mapping[str, Callable[[], list[dict[str, Any]]]] = {
        "up": lambda: _moved(blocks, place, place - 1),
        "down": lambda: _moved(blocks, place, place + 1),
        "remove": lambda: [block for index, block in enumerate(blocks) if index != place],
    }
    if what in moves and 0 <= place < len(blocks):
        return moves[what]()
    kind = form.text("new_type")
    if what == "add" and kind in NEW_BLOCKS:
        return [*blocks, {"type": kind, **NEW_BLOCKS[kind]}]
    return blocks


def _moved(blocks: list[dict[str, Any]], place: int, to: int) -> list[dict[str, Any]]:
    if not 0 <= to < len(blocks):
        return blocks
    rest = [block for index, block in enumerate(blocks) if index != place]
    return [*rest[:to], blocks[place], *rest[to:]]


def as_json(blocks: Sequence[catalog.Block]) -> list[dict[str, Any]]:
    return [catalog.block_as_json(block) for block in blocks]
