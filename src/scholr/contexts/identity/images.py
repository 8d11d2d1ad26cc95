"""What may be a logo: looked at by its bytes, never by its name or by what the browser says it is."""

import struct

from scholr.contexts.identity.errors import BadLogo

LARGEST_LOGO = 512_000
_MOST_PIXELS = 4096
_PNG = b"\x89PNG\r\n\x1a\n"


def checked_logo(content: bytes) -> str:
    """The media type of a PNG, JPEG or WebP; raises BadLogo. SVG is refused: it can carry scripts."""
    if len(content) > LARGEST_LOGO:
        raise BadLogo(fields={"logo": f"at most {LARGEST_LOGO // 1000} kB"})
    if content.startswith(_PNG):
        _check_size(*_png_size(content))
        return "image/png"
    if content.startswith(b"\xff\xd8\xff") and content.rstrip(b"\x00").endswith(b"\xff\xd9"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    raise BadLogo(fields={"logo": "a PNG, JPEG or WebP picture"})


def _png_size(content: bytes) -> tuple[int, int]:
    """Width and height, from the first chunk, which is always IHDR (PNG, third edition, 11.2.1)."""
    if content[12:16] != b"IHDR" or len(content) < 45 or b"IEND" not in content[-12:]:
        raise BadLogo(fields={"logo": "this PNG is damaged"})
    width, height = struct.unpack(">II", content[16:24])
    return int(width), int(height)


def _check_size(width: int, height: int) -> None:
    if not (1 <= width <= _MOST_PIXELS and 1 <= height <= _MOST_PIXELS):
        raise BadLogo(fields={"logo": f"at most {_MOST_PIXELS} pixels wide and high"})
