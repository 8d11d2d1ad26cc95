"""The frame: which places, areas and directions a viewer gets."""

import pytest

from scholr.web.shell import Area, Organisation, Page, Viewer, direction_of, places_for


def page(area: Area = "learn", areas: tuple[Area, ...] = ("learn", "account")) -> Page:
    return Page(
        title="x",
        organisation=Organisation(name="Aldersea"),
        viewer=Viewer(name="Amira Haddad", areas=areas),
        area=area,
        places=places_for(area, "/"),
    )


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/learn", "Home"),
        ("/learn/courses", "My courses"),
        ("/learn/courses/1/lessons/2", "My courses"),
        ("/catalogue/17", "Catalogue"),
        ("/learn/assessments/3", "My courses"),
    ],
)
def test_marks_the_place_that_the_path_lies_below(path: str, current: str) -> None:
    assert [place.label for place in places_for("learn", path) if place.current] == [current]


def test_marks_nothing_for_a_path_that_only_begins_alike() -> None:
    assert not any(place.current for place in places_for("admin", "/admin/peoples"))


def test_puts_figures_beside_their_places() -> None:
    places = places_for("admin", "/admin/people", {"/admin/people": 412})
    assert {place.label: place.count for place in places if place.count} == {"People": 412}


def test_switcher_offers_only_what_the_roles_allow() -> None:
    assert [area for area, _ in page().other_areas] == ["learn", "account"]
    staff = page(areas=("learn", "teach", "admin", "account"))
    assert [area for area, _ in staff.other_areas] == ["learn", "teach", "admin", "account"]


def test_nobody_signed_in_gets_no_areas() -> None:
    assert Page(title="x", organisation=Organisation(name="Aldersea")).other_areas == ()


def test_a_phones_bar_never_has_more_than_five() -> None:
    full = page("admin")
    assert [place.label for place in full.bottom_places] == ["People", "Import", "Groups", "Catalogue"]
    assert [place.label for place in full.more_places] == ["Reports", "Branding", "Security", "Audit log", "Privacy"]
    # "More" is the fifth.
    assert len(page("learn").bottom_places) <= 4


@pytest.mark.parametrize(("locale", "direction"), [("en", "ltr"), ("ar", "rtl"), ("he-IL", "rtl"), ("pt-BR", "ltr")])
def test_knows_which_way_a_language_is_written(locale: str, direction: str) -> None:
    assert direction_of(locale) == direction
