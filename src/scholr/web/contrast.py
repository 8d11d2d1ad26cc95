"""How legible an organisation's colour is, in every theme (WCAG 2.2, 1.4.3 and 1.4.11)."""

import math
from dataclasses import dataclass

from scholr.web.tenant_colour import chroma_and_hue, hex_of

ENOUGH_FOR_TEXT = 4.5


@dataclass(frozen=True, slots=True)
class Contrast:
    """One pair that people read: `foreground` on `background`, both #rrggbb; `ratio` is between 1 and 21."""

    theme: str
    what: str
    foreground: str
    background: str
    ratio: float

    @property
    def is_enough(self) -> bool:
        return self.ratio >= ENOUGH_FOR_TEXT


# (lightness, most chroma) of the accent, of the text on it, and (lightness, chroma, hue) of the paper. Equal to
# tokens.css; `tests/web/test_contrast.py` compares them.
THEMES: dict[str, tuple[tuple[float, float], tuple[float, float], tuple[float, float, float]]] = {
    "Light": ((0.455, 0.19), (0.99, 0.004), (0.979, 0.0065, 86)),
    "Dark": ((0.79, 0.11), (0.20, 0.03), (0.203, 0.0045, 62)),
    "High contrast": ((0.34, 0.16), (1.0, 0.0), (1.0, 0.0, 0)),
}


def contrast_report(colour: str) -> list[Contrast]:
    """What `colour` becomes in each theme and how it stands out; raises BadColour."""
    chroma, hue = chroma_and_hue(colour)
    found = []
    for theme, (accent, on_accent, paper) in THEMES.items():
        fill = hex_of(accent[0], min(chroma, accent[1]), hue)
        page = hex_of(paper[0], paper[1], math.radians(paper[2]))
        inside = hex_of(on_accent[0], min(chroma, on_accent[1]), hue)
        found.append(Contrast(theme, "Links on the page", fill, page, contrast_ratio(fill, page)))
        found.append(Contrast(theme, "Text on buttons", inside, fill, contrast_ratio(inside, fill)))
    return found


def contrast_ratio(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio of two colours `#rrggbb`, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
