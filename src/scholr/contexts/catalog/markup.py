"""The one trust boundary for authored HTML, and the one list of pages that may be embedded.

Everything an author writes as HTML passes `sanitise_html` on its way in. What is allowed is named;
everything else goes. Frames are never HTML: an embed is an address that `embed_address` recognised
and wrote anew from its parts.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import SplitResult, parse_qs, urlsplit

import nh3

_BLOCK_TAGS = frozenset(
    {
        "blockquote", "br", "caption", "dd", "div", "dl", "dt", "h2", "h3", "h4", "hr", "li", "ol", "p",
        "pre", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"
    }
)  # fmt: skip
_INLINE_TAGS = frozenset(
    {
        "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q",
        "rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "u", "var"
    }
)  # fmt: skip
_CLEANER = nh3.Cleaner(
    tags=set(_BLOCK_TAGS | _INLINE_TAGS),
    clean_content_tags={"script", "style", "template", "noscript", "iframe", "object", "svg", "math"},
    attributes={
        "*": {"lang", "dir"},
        "a": {"href", "title", "hreflang"},
        "abbr": {"title"},
        "ol": {"start", "reversed"},
        "td": {"colspan", "rowspan"},
        "th": {"colspan", "rowspan", "scope"},
    },
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel="noopener noreferrer nofollow",
    strip_comments=True,
)


def sanitise_html(html: str) -> str:
    """Reduce authored HTML to what is allowed. Doing it twice changes nothing more.

    No scripts, styles, classes, ids, event handlers, images, frames or forms; links lead to http,
    https, mailto and tel only. First-level headings are not allowed: the page has one.
    """
    return _CLEANER.clean(html)


class _TextReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCK_TAGS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCK_TAGS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def html_text(html: str) -> str:
    """The words of sanitised HTML, one line per paragraph, for search, previews and counting."""
    reader = _TextReader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line)


def is_web_address(text: str) -> bool:
    """Whether a text is an absolute https address without credentials in it."""
    parts = _split(text)
    return parts is not None and parts.scheme == "https"


def _split(text: str) -> SplitResult | None:
    if len(text) > 2_000 or not text.isprintable() or re.search(r"[\s\\<>\"]", text):
        return None
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    plain = "@" not in parts.netloc and port in (None, 80, 443)
    return parts if host and plain and parts.scheme in ("http", "https") else None


@dataclass(frozen=True, slots=True)
class Embed:
    """`address` is what the frame loads; it always begins with one of `FRAME_SOURCES`."""

    provider: str
    address: str


_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SIM_PATH = re.compile(r"/sims/html/([a-z0-9-]+)/latest/(?:\1)_[a-zA-Z_]{2,12}\.html")


def _first_segment(parts: SplitResult, *leading: str) -> str | None:
    """The path segment after one of `leading` (or the first one, for an empty text)."""
    segments = [segment for segment in parts.path.split("/") if segment]
    for word in leading:
        rest = segments if word == "" else segments[1:] if segments[:1] == [word] else []
        if rest and _ID.fullmatch(rest[0]):
            return rest[0]
    return None


def _youtube(parts: SplitResult) -> str | None:
    if parts.hostname == "youtu.be":
        video = _first_segment(parts, "")
    elif parts.path == "/watch":
        video = parse_qs(parts.query).get("v", [""])[0]
    else:
        video = _first_segment(parts, "embed", "shorts", "live")
    found = video and re.fullmatch(r"[A-Za-z0-9_-]{11}", video)
    return f"https://www.youtube-nocookie.com/embed/{video}" if found else None


def _vimeo(parts: SplitResult) -> str | None:
    found = re.fullmatch(r"/(?:video/)?(\d{1,12})(?:/([0-9a-f]{6,20}))?/?", parts.path)
    if not found:
        return None
    secret = found[2] or parse_qs(parts.query).get("h", [""])[0]
    unlisted = f"h={secret}&" if re.fullmatch(r"[0-9a-f]{6,20}", secret) else ""
    return f"https://player.vimeo.com/video/{found[1]}?{unlisted}dnt=1"


def _loom(parts: SplitResult) -> str | None:
    video = _first_segment(parts, "share", "embed")
    return f"https://www.loom.com/embed/{video}" if video else None


def _geogebra(parts: SplitResult) -> str | None:
    found = re.fullmatch(r"/(?:m|material/iframe/id)/([A-Za-z0-9]{1,32})(?:/.*)?", parts.path)
    return f"https://www.geogebra.org/material/iframe/id/{found[1]}" if found else None


def _desmos(parts: SplitResult) -> str | None:
    graph = _first_segment(parts, "calculator")
    return f"https://www.desmos.com/calculator/{graph}?embed" if graph else None


def _ted(parts: SplitResult) -> str | None:
    talk = _first_segment(parts, "talks")
    return f"https://embed.ted.com/talks/{talk}" if talk else None


def _phet(parts: SplitResult) -> str | None:
    return f"https://phet.colorado.edu{parts.path}" if _SIM_PATH.fullmatch(parts.path) else None


_PROVIDERS: dict[str, tuple[str, Callable[[SplitResult], str | None]]] = {
    "youtube.com": ("youtube", _youtube),
    "m.youtube.com": ("youtube", _youtube),
    "youtube-nocookie.com": ("youtube", _youtube),
    "youtu.be": ("youtube", _youtube),
    "vimeo.com": ("vimeo", _vimeo),
    "player.vimeo.com": ("vimeo", _vimeo),
    "loom.com": ("loom", _loom),
    "geogebra.org": ("geogebra", _geogebra),
    "desmos.com": ("desmos", _desmos),
    "ted.com": ("ted", _ted),
    "embed.ted.com": ("ted", _ted),
    "phet.colorado.edu": ("phet", _phet),
}

FRAME_SOURCES = (
    "https://www.youtube-nocookie.com",
    "https://player.vimeo.com",
    "https://www.loom.com",
    "https://www.geogebra.org",
    "https://www.desmos.com",
    "https://embed.ted.com",
    "https://phet.colorado.edu",
)
"""For the Content-Security-Policy's `frame-src`: nothing else is ever framed."""


def embed_address(address: str) -> Embed | None:
    """Recognise a page that may be embedded, in its privacy-friendly form; None for any other."""
    parts = _split(address.strip())
    if parts is None or parts.hostname is None:
        return None
    provider = _PROVIDERS.get(parts.hostname.removeprefix("www."))
    if provider is None:
        return None
    target = provider[1](parts)
    return Embed(provider[0], target) if target else None
