"""An organisation's colour stays legible, whatever it is."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholr.web.contrast import THEMES, contrast_ratio, contrast_report

TOKENS = Path(__file__).parents[2] / "frontend/src/styles/tokens.css"


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#ffffff", 21.0), ("#ffffff", "#ffffff", 1.0), ("#777777", "#ffffff", 4.48)]
)
def test_the_ratio_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast_ratio(one, other) == pytest.approx(ratio, abs=0.01)
    assert contrast_ratio(other, one) == contrast_ratio(one, other)


@given(st.integers(0, 0xFFFFFF))
def test_every_colour_is_legible_in_every_theme(colour: int) -> None:
    report = contrast_report(f"#{colour:06x}")
    assert len(report) == 2 * len(THEMES)
    assert all(pair.is_enough for pair in report), report


def test_the_report_computes_what_the_style_sheet_paints() -> None:
    css = TOKENS.read_text()
    light, dark = THEMES["Light"], THEMES["Dark"]
    accent = _numbers(css, "accent")
    assert accent[:2] == [light[0][0], light[0][1]]
    assert accent[2:4] == [dark[0][0], dark[0][1]]
    paper = _numbers(css, "paper")
    assert paper[:3] == list(light[2])
    assert paper[3:6] == list(dark[2])
    contrast = _numbers(css.split('[data-theme="contrast"] {', 1)[1], "accent")
    assert contrast[:2] == list(THEMES["High contrast"][0])


def _numbers(css: str, token: str) -> list[float]:
    """The numbers of a token's first definition, in order."""
    found = re.search(rf"--{token}:([^;]+);", css)
    assert found is not None
    return [float(number) for number in re.findall(r"(?<![\w-])\d+(?:\.\d+)?", found[1])]
