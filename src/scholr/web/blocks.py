"""A lesson's blocks as HTML: read from their structure, sanitised again, with signed addresses for their files.

What was stored is not trusted: HTML passes the same sanitiser as on its way in, code and formulae are made of text
here, and embeds are recognised anew. The templates stand in `templates/blocks`, one for each type:

    {% set blocks = … %}{% include "blocks/all.html" %}
"""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

import msgspec
from latex2mathml import exceptions
from latex2mathml.converter import convert
from markupsafe import Markup
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Literal, Name, String, _TokenType, is_token_subtype
from pygments.util import ClassNotFound

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.media import facade as media
from scholr.kernel.ids import parse_id
from scholr.platform.db.unit import ReadUnit
from scholr.platform.runtime import Platform

ASSET = "asset:"

# Five colours are enough to read by; the first that fits counts.
_TOKEN_CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "c"),
    (Keyword, "k"),
    (String, "s"),
    (Literal, "m"),
    (Name.Function, "f"),
    (Name.Class, "f"),
    (Name.Builtin, "f"),
    (Name.Tag, "k"),
    (Name.Decorator, "m"),
)

_MATHML_NAMES = (
    "math|mrow|mi|mo|mn|ms|mtext|mspace|mfrac|msqrt|mroot|msub|msup|msubsup|munder|mover|munderover|mtable|mtr|mtd"
    "|mstyle|mpadded|mphantom|menclose|mmultiscripts|mprescripts|none|semantics"
)
_MATHML_ATTRIBUTES = (
    "xmlns|display|mathvariant|stretchy|fence|form|separator|accent|accentunder|minsize|maxsize|lspace|rspace|width"
    "|height|depth|linethickness|displaystyle|scriptlevel|columnalign|rowspacing|columnspacing|columnlines|rowlines"
    "|frame|notation|mathcolor|mathbackground|mathsize|largeop|movablelimits|symmetric|voffset|bevelled|columnspan|rowspan|indentalign"
)
# The converter's errors have no common base, and malformed formulae also run it into these.
_UNREADABLE: tuple[type[Exception], ...] = (
    *(each for each in vars(exceptions).values() if isinstance(each, type) and issubclass(each, Exception)),
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    RecursionError,
)
_MATHML = re.compile(rf"(?:[^<>]|</?(?:{_MATHML_NAMES})(?:\s+(?:{_MATHML_ATTRIBUTES})=\"[^\"<>]*\")*\s*/?>)*")


_NOTHING = Markup()


@dataclass(frozen=True, slots=True)
class BlockView:
    """A block and what its template needs beside it.

    `html` is safe to write as it is. `url` is where an image, video or file lies: signed, or an https address;
    None when it is missing. `frame` is the address of an embedded page that is allowed.
    """

    block: catalog.Block
    html: Markup = _NOTHING
    url: str | None = None
    frame: str | None = None
    size: int = 0

    @property
    def type(self) -> str:
        return self.block.type

    @property
    def anchor(self) -> str:
        return f"b-{self.block.id}"


async def prepare_blocks(platform: Platform, rx: ReadUnit, blocks: Sequence[catalog.Block]) -> tuple[BlockView, ...]:
    """Everything that the templates need, with at most one statement for all files together.

    The caller has checked that the reader may see the lesson.
    """
    wanted = asset_ids(blocks)
    links = await media.asset_links(platform, rx, wanted) if wanted else {}
    return tuple(view_block(block, links) for block in blocks)


def asset_ids(blocks: Iterable[catalog.Block]) -> list[UUID]:
    """The uploaded files that blocks show, each once, in order."""
    sources = (getattr(block, "source", "") for block in blocks)
    found = (parse_id(source.removeprefix(ASSET)) for source in sources if source.startswith(ASSET))
    return list(dict.fromkeys(key for key in found if key is not None))


def view_block(block: catalog.Block, links: Mapping[media.AssetId, media.AssetLink]) -> BlockView:
    match block:
        case catalog.RichText(html=text) | catalog.Callout(html=text):
            return BlockView(block, html=safe_html(text))
        case catalog.Code(code=code, language=language):
            return BlockView(block, html=highlighted(code, language))
        case catalog.Math(latex=latex):
            return BlockView(block, html=mathml(latex))
        case catalog.EmbedBlock(address=address):
            return BlockView(block, frame=_frame(address))
        case catalog.Image(source=source) | catalog.Video(source=source) | catalog.File(source=source):
            link = _link(source, links)
            url = link.url if link else None if source.startswith(ASSET) else source
            return BlockView(block, url=url, frame=_frame(source), size=link.size if link else 0)
        case _:
            return BlockView(block)


def _link(source: str, links: Mapping[media.AssetId, media.AssetLink]) -> media.AssetLink | None:
    key = parse_id(source.removeprefix(ASSET)) if source.startswith(ASSET) else None
    return links.get(media.AssetId(key)) if key else None


def _frame(address: str) -> str | None:
    found = catalog.embed_address(address)
    return found.address if found else None


def json_for_script(value: object) -> Markup:
    """JSON that may stand inside a script element of type application/json: nothing in it can end the element."""
    return Markup(msgspec.json.encode(value).decode().replace("<", "\\u003c"))


@lru_cache(maxsize=2048)
def safe_html(text: str) -> Markup:
    return Markup(catalog.sanitise_html(text))


@lru_cache(maxsize=512)
def highlighted(code: str, language: str) -> Markup:
    """Code with classes k, s, c, m and f for what it is made of; plain where the language is not known."""
    lexer = _lexer(language)
    if lexer is None:
        return Markup(html.escape(code, quote=False))
    return Markup("".join(_span(kind, text) for kind, text in lexer.get_tokens(code)).rstrip("\n"))


def _lexer(language: str) -> Lexer | None:
    if not language:
        return None
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def _span(kind: _TokenType, text: str) -> str:
    escaped = html.escape(text, quote=False)
    name = next((name for family, name in _TOKEN_CLASSES if is_token_subtype(kind, family)), "")
    return f'<span class="{name}">{escaped}</span>' if name else escaped


@lru_cache(maxsize=1024)
def mathml(latex: str) -> Markup:
    """The formula as MathML; as code where it cannot be read, or would hold anything but MathML.

    The converter writes the text of a formula as it is, so signs that could begin a tag become commands first, and
    what it made has to consist of known elements and attributes.
    """
    try:
        made = convert(latex.replace("<", r"\lt ").replace(">", r"\gt "), display="block")
    except _UNREADABLE:
        made = ""
    made = re.sub(r'\s(?:style|class)="[^"]*"', "", made)
    if not made or not _MATHML.fullmatch(made):
        return Markup("<code>{}</code>").format(latex)
    return Markup(made)
