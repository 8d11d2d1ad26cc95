from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scholr.contexts.sync.errors import InvalidBatch
from scholr.contexts.sync.model import (
    DEFAULT_TOLERANCE,
    EMPTY,
    EPOCH,
    Batch,
    Position,
    SyncState,
    merge,
    read_batch,
    receive,
    sorted_lessons,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

LESSONS = st.sampled_from("abcdef")
PAST = st.builds(Position, st.integers(0, 60).map(lambda minutes: NOON - minutes * MINUTE), LESSONS)
ANY_TIME = st.builds(Position, st.integers(-60, 60).map(lambda minutes: NOON + minutes * MINUTE), LESSONS)
STATES = st.builds(SyncState, st.frozensets(LESSONS), st.none() | ANY_TIME, st.none() | ANY_TIME)
HONEST = st.builds(Batch, st.frozensets(LESSONS), st.none() | PAST)
ANY_BATCH = st.builds(Batch, st.frozensets(LESSONS), st.none() | ANY_TIME)
LATER = st.integers(0, 600).map(lambda minutes: NOON + minutes * MINUTE)


@given(STATES, STATES)
def test_merging_is_commutative(one: SyncState, other: SyncState) -> None:
    assert merge(one, other) == merge(other, one)


@given(STATES, STATES, STATES)
def test_merging_is_associative(one: SyncState, other: SyncState, third: SyncState) -> None:
    assert merge(merge(one, other), third) == merge(one, merge(other, third))


@given(STATES, STATES)
def test_merging_is_idempotent_and_loses_nothing(one: SyncState, other: SyncState) -> None:
    assert merge(one, one) == one
    assert merge(one, EMPTY) == one
    merged = merge(one, other)
    assert merge(merged, other) == merged
    assert merged.completed == one.completed | other.completed


@given(STATES, STATES)
def test_the_version_grows_exactly_with_what_is_seen(one: SyncState, other: SyncState) -> None:
    merged = merge(one, other)
    assert merged.version >= max(one.version, other.version)
    same_instant = one.position and merged.position and one.position.at == merged.position.at
    if (merged.completed, merged.position) == (one.completed, one.position):
        assert merged.version == one.version
    elif merged.completed != one.completed or not same_instant:
        assert merged.version > one.version
    assert merged.version < 2**53


@given(st.lists(HONEST, max_size=6), st.lists(LATER, min_size=12, max_size=12))
def test_the_order_in_which_batches_arrive_does_not_matter(batches: list[Batch], arrivals: list[datetime]) -> None:
    forward = EMPTY
    for batch, now in zip(batches, arrivals, strict=False):
        forward = receive(forward, batch, now)
    backward = EMPTY
    for batch, now in zip([*reversed(batches), *batches], arrivals, strict=False):
        backward = receive(backward, batch, now)
    assert backward == forward
    assert backward.version == forward.version


@given(STATES, ANY_BATCH, LATER)
def test_the_same_batch_twice_changes_nothing(state: SyncState, batch: Batch, later: datetime) -> None:
    first = receive(state, batch, NOON)
    assert receive(first, batch, NOON) == first
    assert first.completed == state.completed | batch.completed
    claim = batch.position
    taken = claim is None or claim.at <= NOON + DEFAULT_TOLERANCE or claim == first.ahead
    assume(taken)
    assert receive(first, batch, later) == first


def test_a_clock_ahead_does_not_beat_honest_devices() -> None:
    wild = Batch(position=Position(NOON + timedelta(days=30_000), "wild"))
    state = receive(EMPTY, wild, NOON)
    assert state.position == Position(NOON, "wild")
    honest = Batch(position=Position(NOON + MINUTE, "honest"))
    state = receive(state, honest, NOON + MINUTE)
    assert state.position == Position(NOON + MINUTE, "honest")
    assert receive(state, wild, NOON + 2 * MINUTE) == state
    wilder = Batch(position=Position(NOON + timedelta(days=30_001), "wilder"))
    assert receive(state, wilder, NOON + 3 * MINUTE).position == Position(NOON + 3 * MINUTE, "wilder")


@given(STATES, ANY_BATCH, st.integers(0, 10))
def test_no_batch_moves_the_position_beyond_the_tolerance(state: SyncState, batch: Batch, minutes: int) -> None:
    before = state.position
    after = receive(state, batch, NOON, minutes * MINUTE).position
    if after != before:
        assert after is not None
        assert after.at <= NOON + minutes * MINUTE


def test_a_small_difference_between_clocks_is_believed() -> None:
    claim = Position(NOON + DEFAULT_TOLERANCE, "a")
    assert receive(EMPTY, Batch(position=claim), NOON) == SyncState(position=claim)


def test_the_last_writer_wins_and_ties_are_the_same_everywhere() -> None:
    early, late, tied = Position(NOON, "b"), Position(NOON + MINUTE, "a"), Position(NOON, "c")
    assert merge(SyncState(position=early), SyncState(position=late)).position == late
    assert merge(SyncState(position=tied), SyncState(position=early)).position == tied


def test_a_device_without_a_clock_still_syncs() -> None:
    state = receive(EMPTY, Batch(frozenset("a"), Position(datetime(1, 1, 1, tzinfo=UTC), "a")), NOON)
    assert state.position == Position(EPOCH, "a")
    assert state.version == 2


def test_reads_what_devices_send() -> None:
    batch = read_batch(["b", "a", "b"], "a", "2026-11-23T13:00:00+01:00")
    assert batch == Batch(frozenset("ab"), Position(NOON, "a"))
    assert read_batch(None, None, None) == Batch()
    assert read_batch([], "a", datetime(2026, 11, 23, 7, tzinfo=timezone(timedelta(hours=-5)))).position == Position(
        NOON, "a"
    )
    assert sorted_lessons(receive(EMPTY, batch, NOON)) == ["a", "b"]


@pytest.mark.parametrize(
    ("lessons", "lesson", "moment", "fields"),
    [
        ("abc", None, None, {"completed_lessons"}),
        ([1], None, None, {"completed_lessons"}),
        ([""], None, None, {"completed_lessons"}),
        (["\0"], None, None, {"completed_lessons"}),
        ([f"l{number}" for number in range(10_001)], None, None, {"completed_lessons"}),
        ([], "a", None, {"last_position_at"}),
        ([], "a", "yesterday", {"last_position_at"}),
        ([], "a", "2026-11-23T12:00:00", {"last_position_at"}),
        ([], "a", "0001-01-01T00:00:00+14:00", {"last_position_at"}),
        ([], None, "2026-11-23T12:00:00Z", {"last_position_lesson"}),
        ({}, "", "never", {"completed_lessons", "last_position_lesson", "last_position_at"}),
    ],
)
def test_refuses_what_cannot_be_merged(lessons: object, lesson: object, moment: object, fields: set[str]) -> None:
    with pytest.raises(InvalidBatch) as refused:
        read_batch(lessons, lesson, moment)
    assert set(refused.value.fields) == fields
