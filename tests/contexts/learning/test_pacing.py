"""Who of a cohort stands where, by its dates or by when people were last there."""

from datetime import UTC, datetime, timedelta

import pytest

from scholr.contexts.learning.pacing import Measure, Need, PaceGroup

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
HALFWAY = Measure.of(20, NOW - timedelta(days=50), NOW + timedelta(days=50), NOW)
UNDATED = Measure.of(20, None, None, NOW)


def seen(days_ago: int | None) -> datetime | None:
    return None if days_ago is None else NOW - timedelta(days=days_ago)


@pytest.mark.parametrize(
    ("done", "days_ago", "group"),
    [
        (20, 0, PaceGroup.DONE),
        (8, 0, PaceGroup.BEHIND),
        (0, None, PaceGroup.BEHIND),
        (9, 0, PaceGroup.PACE),
        (10, 15, PaceGroup.QUIET),
        (12, 0, PaceGroup.AHEAD),
    ],
)
def test_standing_is_measured_against_the_dates(done: int, days_ago: int | None, group: PaceGroup) -> None:
    assert HALFWAY.group(done, seen(days_ago)) is group


def test_without_dates_only_silence_counts() -> None:
    assert UNDATED.expected is None
    assert UNDATED.group(1, seen(0)) is PaceGroup.PACE
    assert UNDATED.group(1, seen(14)) is PaceGroup.QUIET
    assert UNDATED.group(0, None) is PaceGroup.IDLE


@pytest.mark.parametrize(
    ("done", "days_ago", "need"),
    [(0, None, Need.ABSENT), (0, 3, Need.ABSENT), (0, 20, Need.SILENT), (4, 20, Need.SILENT), (4, 1, Need.SLOW)],
)
def test_who_is_behind_needs_one_thing(done: int, days_ago: int | None, need: Need) -> None:
    assert HALFWAY.need(done, seen(days_ago)) is need


def test_who_keeps_up_needs_nothing() -> None:
    assert HALFWAY.need(10, seen(0)) is None
    assert UNDATED.need(0, None) is None
