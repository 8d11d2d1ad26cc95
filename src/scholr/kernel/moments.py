"""Moments that people may set: near enough that every time zone can express them, and sums with a few years too."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def moments_out_of_bounds(moments: Mapping[str, datetime | None]) -> dict[str, str]:
    """By field what is wrong with it; a moment that is not set is right."""
    far = [name for name, moment in moments.items() if moment is not None and not EARLIEST <= moment < LATEST]
    return dict.fromkeys(far, f"must lie between {EARLIEST.year} and {LATEST.year}")


def read_day(text: str) -> date:
    """A day as ISO 8601 writes it. Raises ValueError, for days out of these bounds too."""
    day = date.fromisoformat(text)
    if not EARLIEST.date() <= day < LATEST.date():
        raise ValueError(f"{day} lies too far away")
    return day
