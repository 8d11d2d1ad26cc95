"""Moments that people set are moments that every part of the program can reckon with."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

import pytest

from scholr.kernel.moments import EARLIEST, LATEST, moments_out_of_bounds, read_day

FAR = [datetime.min.replace(tzinfo=UTC), EARLIEST - timedelta(seconds=1), LATEST, datetime.max.replace(tzinfo=UTC)]


@pytest.mark.parametrize("moment", [*FAR, datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))])
def test_what_lies_too_far_away_is_named_by_its_field(moment: datetime) -> None:
    assert moments_out_of_bounds({"near": datetime(2026, 1, 1, tzinfo=UTC), "unset": None, "far": moment}) == {
        "far": "must lie between 1900 and 2200"
    }


def test_the_bounds_can_be_told_in_every_time_zone_and_added_to() -> None:
    for name in sorted(available_timezones()):
        for moment in (EARLIEST, LATEST - timedelta(microseconds=1)):
            assert (moment.astimezone(ZoneInfo(name)) + timedelta(days=3650)).astimezone(UTC)


@pytest.mark.parametrize("text", ["", "x", "0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31", "2026-02-30", "²"])
def test_a_day_that_is_none_or_too_far_away_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"isoformat|too far|month"):
        read_day(text)
