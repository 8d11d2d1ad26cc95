"""What a cohort's page says of figures, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from scholr.contexts.enrollment.facade import CohortView, RosterPerson
from scholr.kernel.ids import MembershipId
from scholr.web.teach.cohorts_view import PersonLine, groups_of, headline, reasons, sorted_lines, standing_of

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


def line(done: int, *, days_ago: int | None = 0, cohort: CohortView = COHORT) -> PersonLine:
    seen_at = None if days_ago is None else NOW - timedelta(days=days_ago)
    person = RosterPerson(
        uuid4(), MembershipId(uuid4()), f"P{done:02}", "p@example.org", "active", None, NOW, NOW, None, None
    )
    return PersonLine(person, done, 20, done * 5, standing_of(done, 20, seen_at, cohort, NOW), seen_at, None)


@pytest.mark.parametrize(
    ("done", "days_ago", "group"),
    [(20, 0, "done"), (8, 0, "behind"), (0, None, "behind"), (9, 0, "pace"), (10, 15, "quiet"), (12, 0, "ahead")],
)
def test_standing_is_measured_against_the_dates(done: int, days_ago: int | None, group: str) -> None:
    assert line(done, days_ago=days_ago).standing.group == group


def test_without_dates_only_silence_counts() -> None:
    undated = replace(COHORT, starts_at=None, ends_at=None)
    assert line(1, cohort=undated).standing.label == "Under way"
    assert line(1, days_ago=20, cohort=undated).standing.label == "Quiet for 20 days"
    assert line(0, days_ago=None, cohort=undated).standing.group == "idle"


def test_the_headline_says_what_needs_the_reader_first() -> None:
    good, bad = [line(10)] * 10, [line(3)] * 2
    assert headline(COHORT, [*good, *bad], NOW) == "Two of 12 are behind"
    asked = replace(COHORT, pending=2)
    assert headline(asked, [*good, *bad], NOW) == "Two of 12 are behind, and two wait for your answer"
    assert headline(asked, good, NOW) == "Two wait for your answer"
    assert headline(asked, [], NOW) == "Two wait for your answer"
    assert headline(replace(COHORT, waiting=1), good, NOW) == "Every seat is taken, and one waits"
    assert headline(COHORT, good, NOW) == "Everybody is on pace"
    assert headline(COHORT, bad, NOW) == "Everybody is behind"
    assert headline(COHORT, [line(20)], NOW) == "Everybody has finished"


def test_who_needs_help_comes_first_and_can_be_turned_round() -> None:
    lines = [line(20), line(10), line(4), line(2)]
    ordered = [each.done for each in sorted_lines(lines, "standing", descending=False)]
    assert ordered == [2, 4, 10, 20]
    assert [each.done for each in sorted_lines(lines, "name", descending=True)] == [20, 10, 4, 2]
    assert groups_of(lines) == [
        ("all", "All", 4),
        ("behind", "Behind", 2),
        ("pace", "On pace", 1),
        ("done", "Finished", 1),
    ]


def test_each_person_is_behind_for_one_reason() -> None:
    lines = [line(0, days_ago=None), line(0, days_ago=3), line(4, days_ago=20), line(4, days_ago=1), line(10)]
    told = [(each.count, each.what, each.seen) for each in reasons(lines, NOW)]
    assert told == [
        (2, "have not finished a lesson", "Last seen 3 days ago, 1 never."),
        (1, "has stopped coming", "Last seen 20 days ago."),
        (1, "comes, and falls behind", "Last seen yesterday."),
    ]
