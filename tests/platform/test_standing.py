"""When a replica is near enough to be read from."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scholr.platform.db.standing import PrimaryPosition, ReplicaPosition, Standing, judge

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PRIMARY = PrimaryPosition("7/16384", flushed=5000, at=NOW)
LEVEL = ReplicaPosition("7/16384", True, replayed=5000, committed_at=NOW, at=NOW, bypasses=False)


def found(primary: PrimaryPosition | None, replica: ReplicaPosition) -> tuple[Standing, float | None]:
    verdict = judge(primary, replica, most_lag=5.0)
    return verdict.standing, verdict.lag


def test_who_replayed_everything_is_not_behind_however_long_nobody_wrote() -> None:
    assert found(PRIMARY, replace(LEVEL, committed_at=NOW - timedelta(days=3))) == (Standing.FRESH, 0.0)
    assert found(PRIMARY, replace(LEVEL, committed_at=None)) == (Standing.FRESH, 0.0)


@pytest.mark.parametrize(
    ("seconds", "standing"), [(0.2, Standing.FRESH), (5.0, Standing.FRESH), (5.1, Standing.BEHIND)]
)
def test_who_did_not_is_as_old_as_what_was_replayed_last(seconds: float, standing: Standing) -> None:
    replica = replace(LEVEL, replayed=4999, committed_at=NOW - timedelta(seconds=seconds))
    assert found(PRIMARY, replica) == (standing, seconds)


def test_the_clock_that_counts_is_the_primarys() -> None:
    replica = replace(LEVEL, replayed=4999, committed_at=NOW - timedelta(seconds=1), at=NOW + timedelta(hours=1))
    assert found(PRIMARY, replica) == (Standing.FRESH, 1.0)


def test_a_lag_that_cannot_be_known_is_too_much() -> None:
    assert found(PRIMARY, replace(LEVEL, replayed=4999, committed_at=None)) == (Standing.BEHIND, None)


def test_without_the_primary_the_age_of_what_was_replayed_last_decides() -> None:
    assert found(None, replace(LEVEL, committed_at=NOW - timedelta(seconds=2))) == (Standing.FRESH, 2.0)
    assert found(None, replace(LEVEL, committed_at=NOW - timedelta(seconds=9))) == (Standing.BEHIND, 9.0)


def test_what_is_no_replica_of_ours_is_not_read_from_however_fresh() -> None:
    assert found(PRIMARY, replace(LEVEL, bypasses=True)) == (Standing.UNSAFE_LOGIN, None)
    assert found(PRIMARY, replace(LEVEL, is_standby=False)) == (Standing.NOT_A_STANDBY, None)
    assert found(PRIMARY, replace(LEVEL, identity="7/16385")) == (Standing.OTHER_DATABASE, None)
