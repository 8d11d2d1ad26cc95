"""Numbers, dates and plurals in the viewer's locale and time zone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest

from scholr.web import localisation as text

NOW = datetime(2026, 11, 23, 10, 44, tzinfo=UTC)


@contextmanager
def viewer(locale: str = "en", zone: str = "UTC") -> Iterator[None]:
    with text.viewing(locale, zone, NOW):
        yield


@pytest.mark.parametrize(
    ("locale", "written"), [("en", "1,240.5"), ("de", "1.240,5"), ("fr", "1\u202f240,5"), ("pt", "1.240,5")]
)
def test_writes_numbers_as_the_locale_does(locale: str, written: str) -> None:
    with viewer(locale):
        assert text.number(1240.5) == written


def test_fixes_decimals_when_asked() -> None:
    with viewer():
        assert (text.number(3, 1), text.number(2.345, 2), text.number(1240, 0)) == ("3.0", "2.34", "1,240")


def test_shows_a_moment_on_the_viewers_own_day() -> None:
    late = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)
    with viewer("en", "Europe/Lisbon"):
        assert text.moment(late) == "26 November 2026, 23:30"
    with viewer("en", "Asia/Tokyo"):
        assert text.moment(late) == "27 November 2026, 08:30"
    with viewer("en-US", "America/New_York"):
        assert text.day(late) == "November 26, 2026"


def test_leaves_a_plain_date_where_it_is() -> None:
    with viewer("en", "Pacific/Auckland"):
        assert text.day(date(2026, 11, 26)) == "26 November 2026"


def test_picks_fields_in_the_locales_order() -> None:
    with viewer():
        assert (text.skeleton(NOW, "EEE"), text.skeleton(NOW, "d")) == ("Mon", "23")
    with viewer("de"):
        assert text.skeleton(NOW, "MMMd") == "23. Nov."


@pytest.mark.parametrize(
    ("away", "written"),
    [
        (timedelta(days=3), "in 3 days"),
        (timedelta(hours=-2), "2 hours ago"),
        (timedelta(minutes=14), "in 14 minutes"),
        (timedelta(days=26), "in 4 weeks"),
        (timedelta(seconds=-59), "just now"),
        (timedelta(milliseconds=3), "just now"),
    ],
)
def test_says_how_far_a_moment_is(away: timedelta, written: str) -> None:
    with viewer():
        assert text.relative(NOW + away) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(14, "14 min"), (80, "1 hr 20 min"), (120, "2 hr"), (0, "0 min"), (timedelta(minutes=5, seconds=40), "6 min")],
)
def test_says_how_long_something_takes(value: float | timedelta, written: str) -> None:
    with viewer():
        assert text.duration(value) == written


@pytest.mark.parametrize(("size", "written"), [(999, "999 byte"), (1_500, "1.5 kB"), (849_000_000, "849 MB")])
def test_says_how_large_a_file_is(size: int, written: str) -> None:
    with viewer():
        assert text.filesize(size) == written


def test_chooses_the_plural_of_the_locale() -> None:
    with viewer():
        assert text.plural(1, "lesson", "lessons") == "1 lesson"
        assert text.plural(1_200, "lesson", "lessons") == "1,200 lessons"
    with viewer("pl"):
        words = {"few": "lekcje", "many": "lekcji"}
        counted = [text.plural(n, "lekcja", "lekcji", **words) for n in (1, 3, 5)]
        assert counted == ["1 lekcja", "3 lekcje", "5 lekcji"]


def test_joins_names_as_a_sentence_would() -> None:
    with viewer():
        assert text.listing(["Mei", "Jonas", "Amira"]) == "Mei, Jonas and Amira"


def test_speaks_english_outside_a_page() -> None:
    assert text.number(1240) == "1,240"
    assert text.here().time_zone.key == "UTC"


def test_forgets_the_viewer_afterwards() -> None:
    with viewer("de"), viewer("fr"):
        pass
    assert text.number(1.5) == "1.5"


def test_keeps_a_date_of_the_other_direction_apart_from_the_sentence() -> None:
    with viewer("ar"):
        written = text.FILTERS["day"](NOW)
        assert (written[0], written[-1]) == ("\u2068", "\u2069")
        assert text.FILTERS["number"](3) == text.number(3)
    with viewer():
        assert text.FILTERS["day"](NOW) == text.day(NOW)
