"""The page that operators read says what the code does."""

from pathlib import Path

from scholr.platform.http.load import PATIENCE, Priority
from scholr.platform.resilience.policy import POLICIES

PAGE = Path(__file__).parents[3] / "docs" / "operations" / "resilience.md"


def test_the_page_has_a_row_for_each_policy_as_it_is() -> None:
    text = PAGE.read_text()
    for dependency, policy in POLICIES.items():
        rows = [line for line in text.splitlines() if line.startswith(f"| {dependency.value} |")]
        [row] = [line for line in rows if line.count("|") == 7]
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        retries = f"{policy.retry.attempts - 1} times, {policy.retry.budget:.0%} of calls" if policy.retry else "no"
        breaker = policy.breaker
        assert cells == [
            dependency.value,
            f"{policy.timeout:g} s",
            f"{policy.at_once}, {policy.waiting}",
            retries,
            f"{breaker.share:.0%} of ≥ {breaker.least} in {breaker.window:g} s; asks again after {breaker.pause:g} s",
            policy.fallback,
        ]


def test_the_page_names_the_waits_after_which_requests_are_turned_away() -> None:
    text = " ".join(PAGE.read_text().split())
    said = {
        Priority.OPTIONAL: "after 0.75 s",
        Priority.READ: "pages after 3 s",
        Priority.WRITE: "writes after 5 s",
        Priority.VITAL: "exams and `/metrics` after 8 s",
    }
    for priority, words in said.items():
        assert words.endswith(f"{PATIENCE[priority]:g} s")
        assert words in text


def test_every_test_that_the_page_names_exists() -> None:
    root = PAGE.parents[2]
    named = [word.strip("`") for word in PAGE.read_text().split() if word.startswith("`tests/")]
    assert named
    for name in named:
        assert (root / name.rstrip("`,.")).exists(), name
