"""What is turned away when there is too much, in which order, and what it is told."""

import pytest

from scholr.platform.http.load import BUSY, MOST_IN_FLIGHT, PATIENCE, Load, Overloaded, Priority, priority_of


class Watch:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def loaded(in_flight: int, watch: Watch | None = None) -> Load:
    load = Load(watch or Watch())
    for _ in range(in_flight):
        load.enter()
    return load


def lets_in(load: Load, priority: Priority) -> bool:
    try:
        load.refuse_if_too_much(priority)
    except Overloaded:
        return False
    return True


def turned_away(load: Load) -> list[Priority]:
    return [priority for priority in Priority if not lets_in(load, priority)]


def test_nothing_is_turned_away_while_few_are_here() -> None:
    assert not loaded(BUSY - 1).is_busy
    assert turned_away(loaded(BUSY)) == []


def test_exports_go_first_and_vital_work_last() -> None:
    assert turned_away(loaded(300)) == [Priority.OPTIONAL]
    assert turned_away(loaded(1000)) == [Priority.READ, Priority.OPTIONAL]
    assert turned_away(loaded(1600)) == [Priority.WRITE, Priority.READ, Priority.OPTIONAL]
    assert turned_away(loaded(MOST_IN_FLIGHT)) == [
        Priority.VITAL,
        Priority.WRITE,
        Priority.READ,
        Priority.OPTIONAL,
    ]


def test_a_thousand_who_start_an_exam_at_once_are_let_in() -> None:
    assert lets_in(loaded(1000), Priority.VITAL)


def test_health_answers_whatever_happens() -> None:
    assert lets_in(loaded(10 * MOST_IN_FLIGHT), Priority.HEALTH)


def test_the_line_gets_shorter_when_requests_hang_and_longer_when_they_are_quick() -> None:
    watch = Watch()
    load = Load(watch)
    for _ in range(BUSY * 2):
        load.enter()
    load.refuse_if_too_much(Priority.VITAL)
    watch.seconds += 0.3
    load.refuse_if_too_much(Priority.VITAL)  # from here on the window is a busy one

    watch.seconds += 1.0
    assert not lets_in(load, Priority.VITAL), "nothing was finished for a second"

    for _ in range(5):
        for _ in range(800):
            load.enter()
            load.leave()
        watch.seconds += 1.0
        lets_in(load, Priority.VITAL)
    assert lets_in(load, Priority.OPTIONAL)


def test_who_is_turned_away_hears_when_the_line_will_be_gone() -> None:
    load = loaded(1600)
    waits = set()
    for _ in range(50):
        with pytest.raises(Overloaded) as refusal:
            load.refuse_if_too_much(Priority.READ)
        waits.add(refusal.value.retry_after)

    line = 1600 / load.snapshot().capacity
    assert all(wait is not None and line <= wait <= 2 * line + 2 for wait in waits)
    assert len(waits) > 1, "all were told the same moment"
    assert load.snapshot().shed["read"] == 50


def test_all_who_left_are_forgotten() -> None:
    load = loaded(100)
    for _ in range(100):
        load.leave()
    assert load.in_flight == 0
    assert load.snapshot().most_in_flight == 100


@pytest.mark.parametrize(
    ("method", "path", "priority"),
    [
        ("GET", "/health/live", Priority.HEALTH),
        ("GET", "/health/ready", Priority.HEALTH),
        ("POST", "/sign-in", Priority.VITAL),
        ("POST", "/sign-in/code", Priority.VITAL),
        ("PUT", "/api/attempts/7/answers", Priority.VITAL),
        ("POST", "/learn/attempts/7/submit", Priority.VITAL),
        ("POST", "/api/assessments/7/attempts", Priority.VITAL),
        ("POST", "/learn/courses/7/lessons/8/complete", Priority.VITAL),
        ("POST", "/api/sync", Priority.VITAL),
        ("POST", "/api/courses/7/enrollments", Priority.WRITE),
        ("GET", "/learn/courses/7/lessons/8", Priority.READ),
        ("GET", "/catalogue", Priority.READ),
        ("GET", "/teach/cohorts/7/roster.csv", Priority.OPTIONAL),
        ("GET", "/api/assessments/7/results.csv", Priority.OPTIONAL),
        ("GET", "/admin/reports", Priority.OPTIONAL),
        ("GET", "/admin/audit/export.jsonl", Priority.OPTIONAL),
        ("GET", "/api/audit/export", Priority.OPTIONAL),
        ("GET", "/account/privacy/exports/7", Priority.OPTIONAL),
        ("POST", "/admin/reports/certificates/7/revoke", Priority.WRITE),
        ("GET", "/metrics", Priority.VITAL),
        ("GET", "/palette", Priority.OPTIONAL),
    ],
)
def test_each_route_has_its_place(method: str, path: str, priority: Priority) -> None:
    assert priority_of(method, path) is priority


def test_what_a_browser_fetches_ahead_and_a_search_can_wait() -> None:
    assert priority_of("GET", "/learn/courses/7", purpose="prefetch") is Priority.OPTIONAL
    assert priority_of("GET", "/catalogue", b"q=maps") is Priority.OPTIONAL


def test_the_more_something_is_needed_the_longer_it_may_wait() -> None:
    waits = [PATIENCE[priority] for priority in Priority]
    assert waits == sorted(waits, reverse=True)


def arriving(load: Load, watch: Watch, *, together: int, seconds: float, hanging: bool = False) -> float:
    """So many every hundredth of a second, each ended by the next, or never; returns the share that is turned away."""
    refused = begun = 0
    for _ in range(round(seconds * 100)):
        watch.seconds += 0.01
        inside = 0
        for _ in range(together):
            load.enter()
            if load.is_busy and not lets_in(load, Priority.READ):
                load.leave()
                refused += 1
            else:
                inside += 1
        begun += together
        for _ in range(0 if hanging else inside):
            load.leave()
    return refused / begun


def test_who_is_turned_away_does_not_count_as_served() -> None:
    """A flood of refusals looked like a quick process, which then let 2,000 requests hang."""
    watch = Watch()
    load = Load(watch)
    arriving(load, watch, together=20, seconds=10, hanging=True)
    assert load.in_flight < 1000
    assert load.snapshot().capacity < 10


def test_when_a_hang_is_over_everybody_is_let_in_again() -> None:
    """It stayed as careful as in the hang: what it turned away kept the line too short to learn from."""
    watch = Watch()
    load = Load(watch)
    arriving(load, watch, together=20, seconds=10, hanging=True)
    for _ in range(load.in_flight):
        load.leave()
    arriving(load, watch, together=80, seconds=1)
    assert arriving(load, watch, together=80, seconds=5) == 0


def test_clients_that_trickle_do_not_make_the_process_look_slow() -> None:
    """A few hundred of them, each holding a request open, had everybody else turned away."""
    watch = Watch()
    load = loaded(0, watch)
    for _ in range(6 * BUSY):
        load.enter()
        load.set_aside()
    assert arriving(load, watch, together=1, seconds=10) == 0
    for _ in range(6 * BUSY):
        load.take_back()
        load.leave()
    assert load.in_flight == 0
