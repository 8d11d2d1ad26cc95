"""The tenant's colour, for browsers that derive the rest and for those that cannot."""

import re

import pytest

from scholr.web.tenant_colour import BadColour, chroma_and_hue, hex_of, tenant_css

HUES = [f"#{red}{green}{blue}" for red in ("00", "88", "ff") for green in ("00", "88", "ff") for blue in ("00", "cc")]
ENOUGH_FOR_TEXT = 4.5
# Rounding to eight bits and clipping to the gamut cost a little against the measured 4.98.
LIGHT_PAPER = "#faf8f4"


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def fallback(css: str, name: str) -> tuple[str, str]:
    found = re.search(rf"--{name}:light-dark\((#\w+),(#\w+)\)", css)
    assert found
    return found[1], found[2]


@pytest.mark.parametrize("colour", ["red", "#fff", "#12345g", "#123456;}body{display:none", "", "#1234567"])
def test_rejects_what_is_not_a_plain_colour(colour: str) -> None:
    with pytest.raises(BadColour):
        tenant_css(colour)


@pytest.mark.parametrize("colour", ["#2348bd", "#006747", "#e59a1a", "#000000", "#ffffff"])
def test_conversion_there_and_back_keeps_chroma_and_hue(colour: str) -> None:
    chroma, hue = chroma_and_hue(colour)
    again, hue_again = chroma_and_hue(hex_of(0.6, min(chroma, 0.08), hue))
    assert again == pytest.approx(min(chroma, 0.08), abs=0.005)
    if chroma > 0.01:
        assert hue_again == pytest.approx(hue, abs=0.08)


@pytest.mark.parametrize("colour", HUES)
def test_accent_is_readable_for_any_tenant(colour: str) -> None:
    css = tenant_css(colour)
    light_accent, dark_accent = fallback(css, "accent")
    light_on, dark_on = fallback(css, "on-accent")
    assert contrast(light_accent, LIGHT_PAPER) >= ENOUGH_FOR_TEXT
    assert contrast(light_accent, light_on) >= ENOUGH_FOR_TEXT
    assert contrast(dark_accent, dark_on) >= ENOUGH_FOR_TEXT


def test_states_the_one_value_and_a_fallback_for_older_browsers() -> None:
    css = tenant_css("#2348BD")
    assert css.startswith(":root{--tenant:#2348bd}@supports not ")
    assert css.count("{") == css.count("}")
