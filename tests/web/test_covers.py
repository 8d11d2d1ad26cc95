"""Cover art: the same id gives the same picture, small, and painted by the tenant's variables."""

import re
from itertools import islice

import pytest

from scholr.web import covers
from scholr.web.covers import ENGRAVINGS, PRINTINGS, cover_svg, fnv1a, frontispiece_svg, mulberry32

LARGEST_COVER_BYTES = 10_000

# id, what the drawings' own script hashes it to, and the engraving that follows from it
DRAWN = [
    ("HS-204", 287638071, covers.arcs),
    ("MIC-105", 658974985, covers.ridges),
    ("STA-210", 1713970883, covers.hatch),
    ("DAT-101", 1226313555, covers.tide),
    ("CHM-140", 1947673771, covers.spines),
    ("HS-311", 328246710, covers.orbits),
    ("NUR-260", 2480563195, covers.halftone),
]


@pytest.mark.parametrize(("course_id", "hashed", "engraving"), DRAWN)
def test_hashes_an_id_as_the_drawings_do(course_id: str, hashed: int, engraving: object) -> None:
    assert fnv1a(course_id) == hashed
    assert ENGRAVINGS[(hashed >> 8) % len(ENGRAVINGS)] is engraving


def test_draws_the_same_numbers_as_the_drawings() -> None:
    draw = mulberry32(12345)
    numbers = list(islice(iter(draw, None), 3))
    assert numbers == [0.9797282677609473, 0.3067522644996643, 0.484205421525985]


def test_numbers_stay_below_one() -> None:
    draw = mulberry32(0xFFFFFFFF)
    assert all(0 <= draw() < 1 for _ in range(10_000))


def test_same_id_gives_the_same_picture() -> None:
    first = cover_svg("ETH-201")
    cover_svg.cache_clear()
    assert cover_svg("ETH-201") == first


def test_different_ids_give_different_pictures() -> None:
    assert len({cover_svg(f"course-{number}") for number in range(200)}) == 200


def test_every_engraving_and_printing_comes_up() -> None:
    seeds = [fnv1a(f"course-{number}") for number in range(400)]
    assert {(seed >> 8) % len(ENGRAVINGS) for seed in seeds} == set(range(len(ENGRAVINGS)))
    assert {seed % len(PRINTINGS) for seed in seeds} == set(range(len(PRINTINGS)))


def test_a_cover_is_small_enough_to_be_inline() -> None:
    assert max(len(cover_svg(f"course-{number}")) for number in range(200)) < LARGEST_COVER_BYTES


def test_colours_are_only_the_tenants_variables() -> None:
    for number in range(60):
        painted = re.findall(r'(?:fill|stroke)="([^"]+)"', cover_svg(f"course-{number}"))
        assert set(painted) <= {f"var(--cv-{ink})" for ink in ("paper", "tint", "ink", "deep", "straw")} | {"none"}


def test_a_cover_is_hidden_from_screen_readers_and_has_no_style_attribute() -> None:
    for number in range(60):
        picture = cover_svg(f"course-{number}")
        assert 'aria-hidden="true"' in picture
        assert "style=" not in picture


def test_an_id_cannot_put_markup_into_the_picture() -> None:
    assert "<script" not in cover_svg("<script>alert(1)</script>")


def test_a_frontispiece_is_always_the_dark_survey_map() -> None:
    assert frontispiece_svg("Aldersea") != frontispiece_svg("Northwick")
    assert all('fill="var(--cv-deep)"' in frontispiece_svg(name) for name in ("Aldersea", "Northwick"))
