"""Making the addresses in a letter clickable, and nothing else of it."""

import re
from urllib.parse import urlsplit

from markupsafe import Markup

_ADDRESS = re.compile(r"https?://[^\s<>\"']+")


def with_links(text: str, public_url: str) -> Markup:
    """The escaped text. Addresses of this deployment become links, relative, whatever port it is reached at."""
    parts: list[Markup] = []
    end = 0
    for match in _ADDRESS.finditer(text):
        parts.append(Markup.escape(text[end : match.start()]))
        parts.append(_link(match.group(), public_url))
        end = match.end()
    parts.append(Markup.escape(text[end:]))
    return Markup("").join(parts)


def _link(address: str, public_url: str) -> Markup:
    if urlsplit(address).netloc != urlsplit(public_url).netloc:
        return Markup.escape(address)
    return Markup('<a class="lnk" href="{}">{}</a>').format(urlsplit(address).path, address)
