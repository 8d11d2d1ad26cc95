"""What a cohort's page says: who is behind, how the group is spread, and the sentence that it opens with."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.learning import facade as learning
from scholr.kernel.ids import MembershipId

QUIET_AFTER = timedelta(days=14)
BEHIND_BY, AHEAD_BY = -2, 2
MOST_DOTTED_LESSONS = 60

_WORDS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")


@dataclass(frozen=True, slots=True)
class Standing:
    """`group` is behind, quiet, idle (not begun), pace, ahead or done; `label` and `tone` are for the page."""

    group: str
    label: str
    tone: str


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One row of the roster. `percent` of lessons; `average` of graded work in percent, None without any."""

    person: enrollment.RosterPerson
    done: int
    total: int
    percent: int
    standing: Standing
    seen_at: datetime | None
    average: float | None


@dataclass(frozen=True, slots=True)
class DotChart:
    """Columns of dots, one for each number of finished lessons from 0; `labels` say where sections begin."""

    columns: Sequence[tuple[int, str]]
    labels: Sequence[tuple[int, str]]
    expected: int | None
    finding: str
    rows: Sequence[tuple[str, int]]


def standing_of(
    done: int, total: int, seen_at: datetime | None, cohort: enrollment.CohortView, now: datetime
) -> Standing:
    """Where somebody stands: measured against the cohort's dates, or without them by when they were last seen."""
    if total and done >= total:
        return Standing("done", "Finished", "good")
    ahead = learning.pace(done, total, cohort.starts_at, cohort.ends_at, now)
    if ahead is not None and ahead <= BEHIND_BY:
        return Standing("behind", f"Behind by {-ahead} lessons", "bad")
    if seen_at is None or done == 0:
        return Standing("idle", "Not begun", "off")
    if now - seen_at >= QUIET_AFTER:
        return Standing("quiet", f"Quiet for {(now - seen_at).days} days", "warn")
    if ahead is not None and ahead >= AHEAD_BY:
        return Standing("ahead", f"Ahead by {ahead} lessons", "accent")
    return Standing("pace", "On pace" if ahead is not None else "Under way", "good")


def lines_of(
    people: Sequence[enrollment.RosterPerson],
    progress: Mapping[MembershipId, learning.ProgressView],
    averages: Mapping[MembershipId, float],
    *,
    cohort: enrollment.CohortView,
    total: int,
    now: datetime,
) -> list[PersonLine]:
    def line(person: enrollment.RosterPerson) -> PersonLine:
        view = progress.get(person.learner_id)
        done = min(view.done, total) if view else 0
        seen_at = view.last_seen_at if view else None
        percent = view.percent if view else 0
        standing = standing_of(done, total, seen_at, cohort, now)
        return PersonLine(person, done, total, percent, standing, seen_at, averages.get(person.learner_id))

    return [line(person) for person in people]


_NEED = {"behind": 0, "quiet": 1, "idle": 2, "pace": 3, "ahead": 4, "done": 5}
_KEYS: Mapping[str, Callable[[PersonLine], Any]] = {
    "standing": lambda line: (_NEED[line.standing.group], line.done),
    "name": lambda line: line.person.name.casefold(),
    "reached": lambda line: (line.done, line.percent),
    "seen": lambda line: line.seen_at.timestamp() if line.seen_at else 0.0,
    "average": lambda line: -1.0 if line.average is None else line.average,
}
SORTS = tuple(_KEYS)


def sorted_lines(lines: Sequence[PersonLine], sort: str, *, descending: bool) -> list[PersonLine]:
    return sorted(lines, key=_KEYS[sort], reverse=descending)


def groups_of(lines: Sequence[PersonLine]) -> list[tuple[str, str, int]]:
    """The segments above the roster: everybody, and every group that somebody is in."""
    counts = Counter(line.standing.group for line in lines)
    names = {
        "behind": "Behind",
        "quiet": "Quiet",
        "idle": "Not begun",
        "pace": "On pace",
        "ahead": "Ahead",
        "done": "Finished",
    }
    return [("all", "All", len(lines)), *((key, name, counts[key]) for key, name in names.items() if counts[key])]


_SENTENCES = (
    ("behind", "Everybody is behind", "is behind", "are behind"),
    ("quiet", "Everybody has gone quiet", "has gone quiet", "have gone quiet"),
    ("idle", "Nobody has begun yet", "has not begun", "have not begun"),
)


def headline(cohort: enrollment.CohortView, lines: Sequence[PersonLine], now: datetime) -> str:
    """The sentence before the numbers: what is the case, and what waits for the reader."""
    waits = f"{spelled(cohort.pending).lower()} {'waits' if cohort.pending == 1 else 'wait'} for your answer"
    if not lines:
        return waits.capitalize() if cohort.pending else "Nobody has a seat here yet"
    counts = Counter(line.standing.group for line in lines)
    people = len(lines)
    for group, everybody, singular, plural in _SENTENCES:
        count = counts[group]
        begun = cohort.starts_at is None or cohort.starts_at <= now
        if count and (begun or group != "idle"):
            some = f"{spelled(count)} of {people} {singular if count == 1 else plural}"
            return (everybody if count == people else some) + (f", and {waits}" if cohort.pending else "")
    if cohort.pending:
        return waits.capitalize()
    if cohort.waiting:
        return (
            f"Every seat is taken, and {spelled(cohort.waiting).lower()} {'waits' if cohort.waiting == 1 else 'wait'}"
        )
    if counts["done"] == people:
        return "Everybody has finished"
    return "Everybody is on pace" if people > 1 else "The one person here is on pace"


@dataclass(frozen=True, slots=True)
class Reason:
    """Some people, why they are behind, and when they were last here."""

    count: int
    what: str
    seen: str
    names: Sequence[str]
    ids: Sequence[str]


def reasons(lines: Sequence[PersonLine], now: datetime) -> list[Reason]:
    """Those who need somebody, sorted by what would help; each person once."""
    needing = [line for line in lines if line.standing.group in ("behind", "quiet")]
    silent = [line for line in needing if line.seen_at is not None and now - line.seen_at >= QUIET_AFTER]
    absent = [line for line in needing if line.done == 0 and line not in silent]
    slow = [line for line in needing if line not in silent and line not in absent]
    kinds = (
        (absent, "has not finished a lesson", "have not finished a lesson"),
        (silent, "has stopped coming", "have stopped coming"),
        (slow, "comes, and falls behind", "come, and fall behind"),
    )
    return [_reason(group, one if len(group) == 1 else many, now) for group, one, many in kinds if group]


def _reason(group: Sequence[PersonLine], what: str, now: datetime) -> Reason:
    days = sorted((now - line.seen_at).days for line in group if line.seen_at is not None)
    never = sum(line.seen_at is None for line in group)
    seen = ""
    if days:
        span = f"{days[0]} to {days[-1]} days ago" if days[0] != days[-1] else _days_ago(days[0])
        seen = f"Last seen {span}"
    if never:
        seen = f"{seen}, {never} never" if seen else "Not seen in the course yet"
    names = [line.person.name for line in group]
    return Reason(len(group), what, f"{seen}.", names, [str(line.person.enrollment_id) for line in group])


def _days_ago(days: int) -> str:
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")


def spelled(number: int) -> str:
    """Small numbers as words, at the beginning of a sentence."""
    return _WORDS[number] if number < len(_WORDS) else f"{number:,}"


def dot_chart(
    lines: Sequence[PersonLine], outline: catalog.Outline, cohort: enrollment.CohortView, now: datetime
) -> DotChart | None:
    """One dot a person at the number of lessons finished; None where that would show nothing."""
    total = len(outline.lessons)
    if len(lines) < 3 or not 2 <= total <= MOST_DOTTED_LESSONS or not any(line.done for line in lines):
        return None
    at = Counter(line.done for line in lines)
    tones = {line.done: _tone(line) for line in lines}
    expected = _expected(total, cohort, now)
    labels, begins = [], 0
    for number, section in enumerate(outline.sections, start=1):
        labels.append((begins, f"{number} {_short(section.title, total, len(section.lessons))}"))
        begins += len(section.lessons)
    rows = [(f"{done} lessons" if done != 1 else "1 lesson", at[done]) for done in range(total + 1) if at[done]]
    return DotChart(
        [(at[done], tones.get(done, "")) for done in range(total + 1)],
        labels,
        expected,
        _finding(lines, expected),
        rows,
    )


def _tone(line: PersonLine) -> str:
    return {"behind": "bad", "ahead": "soft", "done": "soft"}.get(line.standing.group, "")


def _expected(total: int, cohort: enrollment.CohortView, now: datetime) -> int | None:
    ahead = learning.pace(0, total, cohort.starts_at, cohort.ends_at, now)
    return -ahead if ahead is not None else None


def _short(title: str, total: int, lessons: int) -> str:
    """As much of a section's title as fits above its lessons."""
    room = max(3, int(lessons / total * 105) - 3)
    return title if len(title) <= room else f"{title[: room - 1].rstrip()}…"


def _finding(lines: Sequence[PersonLine], expected: int | None) -> str:
    if expected is not None:
        near = sum(abs(line.done - expected) <= 1 for line in lines)
        if near * 2 > len(lines):
            return "Most are within one lesson of where they should be"
        behind = sum(line.standing.group == "behind" for line in lines)
        if behind * 2 > len(lines):
            return "More than half are behind"
    half = sorted(line.done for line in lines)[len(lines) // 2]
    if half == 0:
        return "More than half have not finished a lesson yet"
    return f"Half of the group has finished {half} of {lines[0].total} lessons or more"
