"""The sentence at the top, from made-up situations; pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from scholr.platform.observability.objectives import OBJECTIVES
from scholr.platform.observability.queries import Budget, Golden, ProcessView
from scholr.web.localisation import viewing
from scholr.web.operate.board import lost_among
from scholr.web.operate.dependencies_view import dependencies_of
from scholr.web.operate.services import INTERVALS, STEP, Health, strips
from scholr.web.operate.verdict import Situation, spoken, verdict_of

NOW = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
BEGIN = NOW - INTERVALS * STEP
FAST, LATE = (0, 0, 10, *(0,) * 13), (0,) * 7 + (10,) + (0,) * 8
QUIET = {
    "workers": 1.0,
    "events_waiting": 0.0,
    "events_oldest_seconds": 0.0,
    "mail_waiting": 0.0,
    "mail_oldest_seconds": 0.0,
    "jobs_failed": 0.0,
    "deliveries_dead": 0.0,
}


@pytest.fixture(autouse=True)
def that_afternoon() -> Iterator[None]:
    with viewing("en", "UTC", NOW):
        yield


def golden(place: int, name: str, *, buckets: tuple[int, ...] = FAST, failed: int = 0) -> Golden:
    ok = sum(buckets)
    return Golden(BEGIN + place * STEP, name, 300, ok, 0, failed, 0.1, 0.1, 0.1, 0.1, buckets)


def process(service: str, ago: float, *, began: float = 3600, ended: bool = False, number: int = 1) -> ProcessView:
    facts = {"host": "one", "began_at": NOW.timestamp() - began, "ended": ended}
    return ProcessView(UUID(int=number), service, NOW - timedelta(seconds=ago), facts)


LOOKS = [golden(place, "events") for place in range(INTERVALS)]
WELL = Situation(
    now=NOW,
    heard_at=NOW,
    is_stale=False,
    strips=strips(LOOKS, NOW),
    backlog=QUIET,
    dependencies=(),
    lost=(),
    alive=[process("web", 1), process("worker", 1, number=2)],
    budgets=(),
)


def told(breaker: str, name: str = "search", ago: float = 600) -> ProcessView:
    row = {
        "dependency": name,
        "breaker": breaker,
        "seconds_in_state": ago,
        "last_error": "timeout",
        **dict.fromkeys(
            ("calls", "failures", "timeouts", "refused_open", "refused_full", "retries", "in_use", "waiting"), 1
        ),
    }
    return ProcessView(UUID(int=9), "web", NOW, {"sources": {"dependencies": [row]}})


def test_all_is_well() -> None:
    verdict = verdict_of(WELL)
    assert (verdict.title, verdict.tone, verdict.problems) == ("All is well", "good", ())
    assert "1 web process and 1 worker report" in verdict.lede


def test_before_the_first_figures_nothing_is_claimed() -> None:
    assert verdict_of(replace(WELL, heard_at=None)).title == "No figures yet"


def test_a_slow_service_is_named_with_the_time_since() -> None:
    slots = [golden(place, "enrol", buckets=LATE if place >= 7 else FAST) for place in range(INTERVALS)]
    verdict = verdict_of(replace(WELL, strips=strips([*LOOKS, *slots], NOW)))
    assert verdict.title == "Enrolling is slow since 14:05"
    assert verdict.problems[0].runbook == "ScholrSlow"


def test_failures_outrank_slowness_and_lesser_things_are_counted() -> None:
    slots = [golden(11, "lesson", failed=5)]
    verdict = verdict_of(replace(WELL, strips=strips([*LOOKS, *slots], NOW), backlog={**QUIET, "jobs_failed": 2.0}))
    assert verdict.title == "Opening lessons fails since 14:25, and 1 other thing"
    assert verdict.tone == "bad"


def test_a_single_failure_alarms_nobody() -> None:
    (row,) = [each for each in strips([*LOOKS, golden(11, "lesson", failed=1)], NOW) if each.service.key == "lesson"]
    assert row.now is Health.WARN
    assert verdict_of(replace(WELL, strips=[row])).title == "All is well"


def test_where_nobody_counted_there_is_a_gap_and_where_nobody_asked_there_is_none() -> None:
    found = strips([look for look in LOOKS if look.at != BEGIN + 3 * STEP], NOW)
    enrol = found[0]
    assert enrol.cells[3].health is Health.GAP
    assert enrol.cells[4].health is Health.QUIET


def test_an_open_breaker_is_said_with_its_fallback_and_is_not_grave() -> None:
    verdict = verdict_of(replace(WELL, dependencies=dependencies_of([told("open")])))
    assert verdict.title == "All is well, except search"
    assert "Its breaker opened at 14:20 and has not closed since. Meanwhile: PostgreSQL finds words" in verdict.lede


def test_the_worst_process_speaks_for_a_dependency() -> None:
    (view, *_rest) = dependencies_of([told("closed"), told("open")])
    assert (view.name, view.breaker, view.calls) == ("Search", "open", 2)


def test_of_several_in_trouble_the_longest_says_since_when() -> None:
    (view, *_rest) = dependencies_of([told("open", ago=60), told("open", ago=600), told("closed", ago=9000)])
    assert view.since == NOW - timedelta(minutes=10)


def test_what_an_operator_switched_off_stands_after_except() -> None:
    verdict = verdict_of(replace(WELL, switched_off=["Importing people from files"]))
    assert (verdict.title, verdict.tone) == ("All is well, except importing people from files", "warn")
    assert verdict.problems[0].href == "/operate/flags"


def test_without_a_worker_everything_waits() -> None:
    assert verdict_of(replace(WELL, backlog={**QUIET, "workers": 0.0})).title == "No worker runs"


def test_events_and_mail_that_wait() -> None:
    late = {**QUIET, "events_waiting": 12.0, "events_oldest_seconds": 185.0, "mail_oldest_seconds": 400.0}
    verdict = verdict_of(replace(WELL, backlog=late))
    assert verdict.title == "Events wait, and 1 other thing"
    assert verdict.lede.startswith("12 events wait, the oldest for 3 minutes.")


def test_figures_that_stopped_are_the_first_thing_said() -> None:
    old = NOW - timedelta(minutes=4)
    verdict = verdict_of(replace(WELL, heard_at=old, is_stale=True, alive=()))
    assert verdict.title == "The figures stopped at 14:26"
    assert verdict.problems[0].runbook == "ScholrSilent"


def test_a_process_that_said_goodbye_or_has_an_heir_is_not_lost() -> None:
    silent = process("web", 120)
    assert lost_among([silent], [], NOW) == [silent]
    assert lost_among([process("web", 120, ended=True)], [], NOW) == []
    assert lost_among([silent], [process("web", 2, began=60, number=2)], NOW) == []
    assert lost_among([silent], [process("web", 2, began=3600, number=2)], NOW) == [silent]
    assert verdict_of(replace(WELL, lost=[silent])).title == "All is well, except a web process"


def test_a_spent_budget_is_said() -> None:
    budget = Budget(OBJECTIVES[0], 900, 1000, -2.0, 0.5, {})
    verdict = verdict_of(replace(WELL, budgets=[budget]))
    assert verdict.problems[0].text == "99.9 % of enrolments succeed in under 300 ms: this month only 90.00% did."


def test_times_are_spoken_in_their_largest_unit() -> None:
    assert [spoken(each) for each in (0, 1, 75, 7300, 200000)] == [
        "0 seconds",
        "1 second",
        "1 minute",
        "2 hours",
        "2 days",
    ]
