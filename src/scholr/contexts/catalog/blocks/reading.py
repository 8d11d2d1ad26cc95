"""From blocks to plain JSON, words and minutes; and from what was stored back to blocks."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from enum import StrEnum

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
    Video,
)
from scholr.contexts.catalog.markup import html_text

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
