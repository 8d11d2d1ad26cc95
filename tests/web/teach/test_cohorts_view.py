"""What a cohort's page says of figures, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from scholr.contexts.catalog.facade import Outline
from scholr.contexts.enrollment.facade import CohortView
from scholr.contexts.learning.facade import Measure, RosterFigure
from scholr.kernel.ids import MembershipId
from scholr.web.teach.cohorts_view import (
    MOST_DOTS,
    dot_chart,
    groups_of,
    headline,
    people_per_dot,
    reasons,
    standing_of,
)

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
COHORT = CohortView(
    id=uuid4(),
    course_id=uuid4(),
    name="Group B",
    mode="self",
    status="open",
    waitlist=True,
    capacity=64,
    taken=12,
    waiting=0,
    pending=0,
    opens_at=None,
    closes_at=None,
    starts_at=NOW - timedelta(days=50),
    ends_at=NOW + timedelta(days=50),
    created_at=NOW - timedelta(days=60),
)


MEASURE = Measure.of(20, COHORT.starts_at, COHORT.ends_at, NOW)


def figure(done: int, people: int = 1, *, days_ago: int | None = 0, measure: Measure = MEASURE) -> RosterFigure:
    """So many people with as many lessons, all last seen at the same moment."""
    seen_at = None if days_ago is None else NOW - timedelta(days=days_ago)
    never = people if seen_at is None else 0
    group, need = measure.group(done, seen_at), measure.need(done, seen_at)
    return RosterFigure(group, need, done, people, never, seen_at, seen_at, (MembershipId(uuid4()),) if need else ())


def test_standing_is_told_in_words() -> None:
    undated = Measure.of(20, None, None, NOW)
    seen = NOW - timedelta(days=20)
    assert standing_of(MEASURE, 20, NOW).label == "Finished"
    assert standing_of(MEASURE, 8, NOW).label == "Behind by 2 lessons"
    assert standing_of(MEASURE, 13, NOW).label == "Ahead by 3 lessons"
    assert standing_of(MEASURE, 10, NOW).label == "On pace"
    assert standing_of(undated, 1, NOW).label == "Under way"
    assert standing_of(undated, 1, seen).label == "Quiet for 20 days"
    assert standing_of(undated, 0, None).label == "Not begun"


def test_the_headline_says_what_needs_the_reader_first() -> None:
    good, bad = figure(10, 10), figure(3, 2)
    assert headline(COHORT, [good, bad], NOW) == "Two of 12 are behind"
    asked = replace(COHORT, pending=2)
    assert headline(asked, [good, bad], NOW) == "Two of 12 are behind, and two wait for your answer"
    assert headline(asked, [good], NOW) == "Two wait for your answer"
    assert headline(asked, [], NOW) == "Two wait for your answer"
    assert headline(replace(COHORT, waiting=1), [good], NOW) == "Every seat is taken, and one waits"
    assert headline(COHORT, [good], NOW) == "Everybody is on pace"
    assert headline(COHORT, [bad], NOW) == "Everybody is behind"
    assert headline(COHORT, [figure(20)], NOW) == "Everybody has finished"
    assert headline(COHORT, [figure(10, 4000), figure(1, 1500)], NOW) == "1,500 of 5,500 are behind"


def test_the_segments_count_everybody() -> None:
    assert groups_of([figure(20), figure(10, 3), figure(4), figure(2, 1200)], MEASURE) == [
        ("all", "All", 1205),
        ("behind", "Behind", 1201),
        ("pace", "On pace", 3),
        ("done", "Finished", 1),
    ]


def test_a_segment_and_its_rows_use_the_same_word() -> None:
    undated = Measure.of(20, None, None, NOW)
    assert groups_of([figure(10)], undated)[1] == ("pace", standing_of(undated, 10, NOW).label, 1)


def test_each_person_is_behind_for_one_reason() -> None:
    figures = [
        figure(0, days_ago=None),
        figure(0, days_ago=3),
        figure(4, days_ago=20),
        figure(5, days_ago=40),
        figure(4, days_ago=1),
        figure(10),
    ]
    names = {each.some[0]: f"P{number}" for number, each in enumerate(figures) if each.some}
    assert [(each.count, each.what, each.seen, each.names) for each in reasons(figures, names, NOW)] == [
        (2, "have not finished a lesson", "Last seen 3 days ago, 1 never.", ["P0", "P1"]),
        (2, "have stopped coming", "Last seen 20 to 40 days ago.", ["P2", "P3"]),
        (1, "comes, and falls behind", "Last seen yesterday.", ["P4"]),
    ]


def test_a_dot_stands_for_more_people_in_a_large_cohort() -> None:
    outline = Outline(())
    small = dot_chart([figure(3, 2), figure(10, 4)], outline, MEASURE)
    assert small is not None
    assert (small.each, small.columns[3], small.columns[10][0]) == (1, (2, "bad"), 4)
    large = dot_chart([figure(3, 7), figure(10, 4000)], outline, MEASURE)
    assert large is not None
    assert (large.each, large.columns[3][0], large.columns[10][0]) == (100, 1, 40)
    assert dict(large.rows)["10 lessons"] == 4000
    assert large.finding == "Most are within one lesson of where they should be"


def test_dots_stand_for_round_numbers() -> None:
    for tallest in range(1, 20_000, 37):
        each = people_per_dot(tallest)
        assert -(-tallest // each) <= MOST_DOTS
        assert str(each).rstrip("0") in ("1", "2", "5")
