"""Numbers, dates and plurals the way the viewer reads them; the template filters of the same names.

The locale, time zone and present moment come from a context variable that `render` sets, so that
macros and filters need not pass them along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, wraps
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

Length = Literal["short", "medium", "long", "full"]

MINUTES_PER_HOUR = 60
BYTES_PER_STEP = 1000
# English without a country is the international kind: 26 November, 23:59.
REGIONS = {"en": "en-GB"}
# Pages show the same small numbers again and again; to format one takes longer than to render what is around it.
_KEPT = 4096
_MINUTE = timedelta(minutes=1)
_NOW = "just now"
_SHORT_UNITS = Locale("en", "US")
_BYTE_UNITS = ("byte", "kilobyte", "megabyte", "gigabyte", "terabyte")


@dataclass(frozen=True, slots=True)
class Locality:
    """Where and when the viewer is. `now` is aware."""

    locale: Locale
    time_zone: ZoneInfo
    now: datetime


_locality: ContextVar[Locality | None] = ContextVar("locality", default=None)


@lru_cache(maxsize=256)
def _parts(locale: str, time_zone: str) -> tuple[Locale, ZoneInfo]:
    name = REGIONS.get(locale, locale)
    return Locale.parse(name.replace("-", "_")), ZoneInfo(time_zone)


@contextmanager
def viewing(locale: str, time_zone: str, now: datetime) -> Iterator[Locality]:
    """Everything formatted inside is for this locale (BCP 47), IANA time zone and moment."""
    parsed, zone = _parts(locale, time_zone)
    here = Locality(locale=parsed, time_zone=zone, now=now)
    token = _locality.set(here)
    try:
        yield here
    finally:
        _locality.reset(token)


def here() -> Locality:
    """The viewer's locality, or English and UTC outside `viewing`."""
    found = _locality.get()
    if found is not None:
        return found
    parsed, zone = _parts("en", "UTC")
    return Locality(locale=parsed, time_zone=zone, now=datetime.now(UTC))


def number(value: float, digits: int | None = None) -> str:
    """1,240 or 1.240; `digits` fixes the decimals."""
    return _number(value, digits, here().locale)


@lru_cache(_KEPT, typed=True)
def _number(value: float, digits: int | None, locale: Locale) -> str:
    pattern = None if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, format=pattern, locale=locale)


def percent(share: float, digits: int = 0) -> str:
    """0.54 becomes 54%."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "") + "%"
    return format_percent(share, format=pattern, locale=here().locale)


def _local(moment: date | datetime) -> date | datetime:
    return moment.astimezone(here().time_zone) if isinstance(moment, datetime) else moment


def day(moment: date | datetime, length: Length = "long") -> str:
    """26 November 2026, in the viewer's time zone."""
    return format_date(_local(moment), format=length, locale=here().locale)


def clock(moment: datetime) -> str:
    """23:59, in the viewer's time zone."""
    place = here()
    return format_time(moment, format="short", tzinfo=place.time_zone, locale=place.locale)


def moment(value: datetime, length: Length = "long") -> str:
    """26 November 2026, 23:59."""
    return f"{day(value, length)}, {clock(value)}"


def skeleton(value: date | datetime, fields: str) -> str:
    """The fields of a Unicode skeleton in the locale's order: `EEE`, `d`, `yMMMM`, `MMMd`."""
    return format_skeleton(fields, _local(value), locale=here().locale)


def weekday(value: date | datetime) -> str:
    """Thursday."""
    return format_date(_local(value), "EEEE", locale=here().locale)


def relative(value: datetime) -> str:
    """In 3 days; 2 hours ago; just now for what is less than a minute away on either side.

    A larger unit is used only once it is full: 26 days are 4 weeks, not "1 month".
    """
    place = here()
    away = value - place.now
    if abs(away) < _MINUTE:
        return _NOW if place.locale.language == "en" else _direction(away, "second", place.locale)
    return _direction(away, "minute", place.locale)


def _direction(away: timedelta, granularity: Literal["second", "minute"], locale: Locale) -> str:
    return format_timedelta(away, granularity=granularity, threshold=1, add_direction=True, locale=locale)


def duration(value: timedelta | float) -> str:
    """14 min; 1 hr 20 min. Plain numbers are minutes."""
    minutes = value.total_seconds() / 60 if isinstance(value, timedelta) else value
    locale = here().locale
    # British data would write "14 mins" where everything else on the pages says "14 min".
    return _duration(round(minutes), _SHORT_UNITS if locale.language == "en" else locale)


@lru_cache(_KEPT)
def _duration(minutes: int, locale: Locale) -> str:
    hours, rest = divmod(minutes, MINUTES_PER_HOUR)
    parts = [format_unit(hours, "duration-hour", "short", locale=locale)] if hours else []
    if rest or not hours:
        parts.append(format_unit(rest, "duration-minute", "short", locale=locale))
    return " ".join(parts)


def filesize(size: int) -> str:
    """849 MB."""
    value, step = float(size), 0
    while value >= BYTES_PER_STEP and step < len(_BYTE_UNITS) - 1:
        value, step = value / BYTES_PER_STEP, step + 1
    rounded = round(value, 1) if value < 10 and step else round(value)
    return format_unit(rounded, f"digital-{_BYTE_UNITS[step]}", "short", locale=here().locale)


def plural(count: int, one: str, other: str, **forms: str) -> str:
    """The count and the right word: `3|plural("lesson", "lessons")` is "3 lessons".

    Other plural categories (zero, two, few, many) may be given by name.
    """
    category = here().locale.plural_form(count)
    return f"{number(count)} {forms.get(category, one if category == 'one' else other)}"


def listing(items: Iterable[str]) -> str:
    """Mei, Jonas and Amira."""
    return format_list(list(items), locale=here().locale)


def _apart(written: Callable[..., str]) -> Callable[..., str]:
    """The same words, kept apart from the sentence around them where they run the other way: an Arabic date in an
    English sentence would otherwise swap places with the words beside it."""

    @wraps(written)
    def isolated(*given: object, **named: object) -> str:
        text = written(*given, **named)
        return f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}" if _runs_right_to_left() else text

    return isolated


def _runs_right_to_left() -> bool:
    found = _locality.get()
    return found is not None and found.locale.text_direction == "rtl"


FILTERS: dict[str, Callable[..., str]] = {
    "number": number,
    "percent": percent,
    "day": _apart(day),
    "clock": _apart(clock),
    "moment": _apart(moment),
    "skeleton": _apart(skeleton),
    "weekday": _apart(weekday),
    "relative": _apart(relative),
    "duration": _apart(duration),
    "filesize": _apart(filesize),
    "plural": plural,
    "listing": listing,
}
