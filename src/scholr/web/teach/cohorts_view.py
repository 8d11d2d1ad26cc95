"""What a cohort's page says: who is behind, how the group is spread, and the sentence that it opens with."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.learning.facade import Measure, Need, PaceGroup, RosterFigure, RosterLine
from scholr.kernel.ids import MembershipId

MOST_DOTTED_LESSONS = 60
MOST_DOTS = 48
"""In one column of a chart; where it has more people, a dot stands for several."""

_WORDS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")


@dataclass(frozen=True, slots=True)
class Standing:
    """`label` and `tone` are for the page."""

    group: PaceGroup
    label: str
    tone: str


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One row of the roster, of a course with `total` lessons. `average` of graded work, None without any."""

    person: RosterLine
    total: int
    standing: Standing
    average: float | None


@dataclass(frozen=True, slots=True)
class DotChart:
    """Columns of dots, one for each number of finished lessons from 0; `labels` say where sections begin.

    A dot stands for up to `each` people; `rows` count them all.
    """

    columns: Sequence[tuple[int, str]]
    labels: Sequence[tuple[int, str]]
    expected: int | None
    finding: str
    rows: Sequence[tuple[str, int]]
    each: int


def standing_of(measure: Measure, done: int, seen_at: datetime | None) -> Standing:
    """Where somebody stands, in words."""
    ahead = measure.ahead(done) or 0
    match group := measure.group(done, seen_at):
        case PaceGroup.DONE:
            return Standing(group, "Finished", "good")
        case PaceGroup.BEHIND:
            return Standing(group, f"Behind by {-ahead} lessons", "bad")
        case PaceGroup.IDLE:
            return Standing(group, "Not begun", "off")
        case PaceGroup.QUIET:
            days = (measure.now - seen_at).days if seen_at else 0
            return Standing(group, f"Quiet for {days} days", "warn")
        case PaceGroup.AHEAD:
            return Standing(group, f"Ahead by {ahead} lessons", "accent")
        case PaceGroup.PACE:
            return Standing(group, _pace_word(measure), "good")


def lines_of(
    people: Sequence[RosterLine], averages: Mapping[MembershipId, float], measure: Measure
) -> list[PersonLine]:
    return [
        PersonLine(each, measure.total, standing_of(measure, each.done, each.seen_at), averages.get(each.learner_id))
        for each in people
    ]


def _pace_word(measure: Measure) -> str:
    """Where nothing says how far people should be, nobody is on pace."""
    return "Under way" if measure.expected is None else "On pace"


def groups_of(figures: Sequence[RosterFigure], measure: Measure) -> list[tuple[str, str, int]]:
    """The segments above the roster: everybody, and every group that somebody is in."""
    counts = _counted(figures)
    names = {
        PaceGroup.BEHIND: "Behind",
        PaceGroup.QUIET: "Quiet",
        PaceGroup.IDLE: "Not begun",
        PaceGroup.PACE: _pace_word(measure),
        PaceGroup.AHEAD: "Ahead",
        PaceGroup.DONE: "Finished",
    }
    present = [(key.value, name, counts[key]) for key, name in names.items() if counts[key]]
    return [("all", "All", counts.total()), *present]


def _counted(figures: Sequence[RosterFigure]) -> Counter[PaceGroup]:
    counts: Counter[PaceGroup] = Counter()
    for each in figures:
        counts[each.group] += each.people
    return counts


_SENTENCES = (
    (PaceGroup.BEHIND, "Everybody is behind", "is behind", "are behind"),
    (PaceGroup.QUIET, "Everybody has gone quiet", "has gone quiet", "have gone quiet"),
    (PaceGroup.IDLE, "Nobody has begun yet", "has not begun", "have not begun"),
)


def headline(cohort: enrollment.CohortView, figures: Sequence[RosterFigure], now: datetime) -> str:
    """The sentence before the numbers: what is the case, and what waits for the reader."""
    waits = f"{spelled(cohort.pending).lower()} {'waits' if cohort.pending == 1 else 'wait'} for your answer"
    counts = _counted(figures)
    people = counts.total()
    if not people:
        return waits.capitalize() if cohort.pending else "Nobody has a seat here yet"
    for group, everybody, singular, plural in _SENTENCES:
        count = counts[group]
        begun = cohort.starts_at is None or cohort.starts_at <= now
        if count and (begun or group is not PaceGroup.IDLE):
            some = f"{spelled(count)} of {people:,} {singular if count == 1 else plural}"
            return (everybody if count == people else some) + (f", and {waits}" if cohort.pending else "")
    if cohort.pending:
        return waits.capitalize()
    if cohort.waiting:
        return (
            f"Every seat is taken, and {spelled(cohort.waiting).lower()} {'waits' if cohort.waiting == 1 else 'wait'}"
        )
    if counts[PaceGroup.DONE] == people:
        return "Everybody has finished"
    return "Everybody is on pace" if people > 1 else "The one person here is on pace"


@dataclass(frozen=True, slots=True)
class Reason:
    """Some people, why they are behind, and when they were last here. `names` are the first few of them."""

    need: Need
    count: int
    what: str
    seen: str
    names: Sequence[str]


_NEEDS = (
    (Need.ABSENT, "has not finished a lesson", "have not finished a lesson"),
    (Need.SILENT, "has stopped coming", "have stopped coming"),
    (Need.SLOW, "comes, and falls behind", "come, and fall behind"),
)


def examples(figures: Sequence[RosterFigure]) -> list[MembershipId]:
    """Whose names the reasons tell."""
    return [learner_id for each in figures for learner_id in each.some]


def reasons(figures: Sequence[RosterFigure], names: Mapping[MembershipId, str], now: datetime) -> list[Reason]:
    """Those who need somebody, sorted by what would help; each person once."""
    found = []
    for need, one, many in _NEEDS:
        own = [each for each in figures if each.need is need]
        count = sum(each.people for each in own)
        if count:
            told = [names[each] for each in examples(own) if each in names]
            found.append(Reason(need, count, one if count == 1 else many, _seen(own, now), told))
    return found


def _seen(own: Sequence[RosterFigure], now: datetime) -> str:
    """When these people were last in the course."""
    latest = min(((now - each.last_seen).days for each in own if each.last_seen), default=None)
    earliest = max(((now - each.first_seen).days for each in own if each.first_seen), default=None)
    never = sum(each.never_seen for each in own)
    seen = ""
    if latest is not None:
        span = f"{latest} to {earliest} days ago" if latest != earliest else _days_ago(latest)
        seen = f"Last seen {span}"
    if never:
        seen = f"{seen}, {never:,} never" if seen else "Not seen in the course yet"
    return f"{seen}."


def _days_ago(days: int) -> str:
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")


def spelled(number: int) -> str:
    """Small numbers as words, at the beginning of a sentence."""
    return _WORDS[number] if number < len(_WORDS) else f"{number:,}"


def dot_chart(figures: Sequence[RosterFigure], outline: catalog.Outline, measure: Measure) -> DotChart | None:
    """Everybody at the number of lessons finished; None where that would show nothing."""
    total = measure.total
    at: Counter[int] = Counter()
    for figure in figures:
        at[figure.done] += figure.people
    if at.total() < 3 or not 2 <= total <= MOST_DOTTED_LESSONS or not any(done for done in at):
        return None
    tones = {figure.done: _TONES.get(figure.group, "") for figure in figures}
    labels, begins = [], 0
    for number, section in enumerate(outline.sections, start=1):
        labels.append((begins, f"{number} {_short(section.title, total, len(section.lessons))}"))
        begins += len(section.lessons)
    rows = [(f"{done} lessons" if done != 1 else "1 lesson", at[done]) for done in range(total + 1) if at[done]]
    each = people_per_dot(max(at.values()))
    return DotChart(
        [(-(-at[done] // each), tones.get(done, "")) for done in range(total + 1)],
        labels,
        measure.expected,
        _finding(figures, at, measure),
        rows,
        each,
    )


_TONES = {PaceGroup.BEHIND: "bad", PaceGroup.AHEAD: "soft", PaceGroup.DONE: "soft"}


def people_per_dot(tallest: int) -> int:
    """1, 2, 5, 10, 20, 50 and so on: the least with which the tallest column has no more than MOST_DOTS."""
    scale = 1
    while True:
        for step in (1, 2, 5):
            if tallest <= MOST_DOTS * scale * step:
                return scale * step
        scale *= 10


def _short(title: str, total: int, lessons: int) -> str:
    """As much of a section's title as fits above its lessons."""
    room = max(3, int(lessons / total * 105) - 3)
    return title if len(title) <= room else f"{title[: room - 1].rstrip()}…"


def _finding(figures: Sequence[RosterFigure], at: Counter[int], measure: Measure) -> str:
    people = at.total()
    if measure.expected is not None:
        near = sum(count for done, count in at.items() if abs(done - measure.expected) <= 1)
        if near * 2 > people:
            return "Most are within one lesson of where they should be"
        if _counted(figures)[PaceGroup.BEHIND] * 2 > people:
            return "More than half are behind"
    half = _median(at)
    if half == 0:
        return "More than half have not finished a lesson yet"
    return f"Half of the group has finished {half} of {measure.total} lessons or more"


def _median(at: Counter[int]) -> int:
    """The number of lessons that the person in the middle has finished."""
    below = 0
    for done in sorted(at):
        below += at[done]
        if below > at.total() // 2:
            return done
    return 0
