"""A tenant's one colour, for browsers that can derive the rest from it and for those that cannot.

tokens.css takes hue and clamped chroma from `--tenant` by relative colour syntax. Where that is
missing, the same arithmetic is done here and sent as plain hexadecimal values. Conversions follow
Björn Ottosson, "A perceptual color space for image processing" (2020).
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

DEFAULT_COLOUR = "#2348bd"

_HEX = re.compile(r"#[0-9a-fA-F]{6}")

# name: (lightness, most chroma) in the light theme, then in the dark one. Keep equal to tokens.css.
_DERIVED: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "accent": ((0.455, 0.19), (0.79, 0.11)),
    "accent-hover": ((0.385, 0.17), (0.86, 0.09)),
    "accent-fill": ((0.455, 0.19), (0.79, 0.11)),
    "accent-fill-hover": ((0.385, 0.17), (0.86, 0.09)),
    "on-accent": ((0.99, 0.004), (0.20, 0.03)),
    "accent-wash": ((0.952, 0.022), (0.275, 0.042)),
    "accent-line": ((0.82, 0.065), (0.43, 0.08)),
    "accent-ink": ((0.38, 0.16), (0.88, 0.07)),
    "cv-paper": ((0.935, 0.022), (0.32, 0.05)),
    "cv-tint": ((0.80, 0.075), (0.47, 0.09)),
    "cv-ink": ((0.50, 0.18), (0.62, 0.15)),
    "cv-deep": ((0.335, 0.12), (0.24, 0.055)),
}
_CONTRAST: dict[str, tuple[float, float]] = {
    "accent": (0.34, 0.16),
    "accent-ink": (0.30, 0.14),
    "accent-fill": (0.34, 0.16),
    "accent-line": (0.34, 0.16),
}


class BadColour(ValueError):
    """The text is not a colour of the form #rrggbb."""


def _linear(channel: int) -> float:
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else math.pow((value + 0.055) / 1.055, 2.4)


def _encoded(value: float) -> int:
    clipped = min(1.0, max(0.0, value))
    shaped = 12.92 * clipped if clipped <= 0.0031308 else 1.055 * math.pow(clipped, 1 / 2.4) - 0.055
    return round(shaped * 255)


def chroma_and_hue(colour: str) -> tuple[float, float]:
    """OKLCH chroma, and hue in radians, of `#rrggbb`; raises BadColour."""
    if not _HEX.fullmatch(colour):
        raise BadColour(f"{colour!r} is not of the form #rrggbb")
    red, green, blue = (_linear(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return math.hypot(a, b), math.atan2(b, a)


def hex_of(lightness: float, chroma: float, hue: float) -> str:
    """`#rrggbb` nearest to an OKLCH colour, hue in radians; out of gamut is clipped."""
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    return "#" + "".join(f"{_encoded(channel):02x}" for channel in (red, green, blue))


@lru_cache(maxsize=512)
def tenant_css(colour: str) -> str:
    """The rules that paint a page in a tenant's colour; raises BadColour."""
    chroma, hue = chroma_and_hue(colour)

    def shade(spec: tuple[float, float]) -> str:
        return hex_of(spec[0], min(chroma, spec[1]), hue)

    plain = "".join(f"--{name}:light-dark({shade(light)},{shade(dark)});" for name, (light, dark) in _DERIVED.items())
    contrast = "".join(f"--{name}:{shade(spec)};" for name, spec in _CONTRAST.items())
    return (
        f":root{{--tenant:{colour.lower()}}}"
        f"@supports not (color:oklch(from red l c h)){{:root{{{plain}}}"
        f"[data-theme=contrast]{{{contrast}}}}}"
    )
