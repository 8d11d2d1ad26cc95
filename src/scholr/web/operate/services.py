"""What the deployment does, as people would name it, and how each of it went, interval by interval."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scholr.platform.observability.objectives import OBJECTIVES, PAGES, Kind, Objective
from scholr.platform.observability.queries import Golden
from scholr.platform.observability.route_class import (
    ANSWER,
    API,
    CATALOGUE,
    ENROL,
    EVENTS,
    FORM,
    LESSON,
    MAIL,
    PAGE,
    SIGN_IN,
)

STEP = timedelta(minutes=5)
INTERVALS = 12
_FEW = 3  # bad ones in an interval below which nobody is alarmed


class Health(StrEnum):
    """Of one interval. `gap`: no process reported, so nobody knows."""

    GOOD = "good"
    QUIET = "quiet"
    WARN = "warn"
    SLOW = "slow"
    FAILING = "failing"
    GAP = "gap"

    @property
    def is_trouble(self) -> bool:
        return self in (Health.SLOW, Health.FAILING)


WORDS = {
    Health.GOOD: "well",
    Health.QUIET: "not used",
    Health.WARN: "a few failed or were late",
    Health.SLOW: "too slow",
    Health.FAILING: "failing",
    Health.GAP: "nobody counted",
}


@dataclass(frozen=True, slots=True)
class Service:
    """`doing` begins a sentence; `classes` are counted together; `looks` are ages of queues, not requests."""

    key: str
    name: str
    doing: str
    classes: tuple[str, ...]
    looks: bool = False

    @property
    def objectives(self) -> tuple[Objective, ...]:
        return tuple(each for each in OBJECTIVES if each.of == self.classes)


SERVICES = (
    Service("enrol", "Enrolling", "Enrolling", (ENROL,)),
    Service("lesson", "Lessons", "Opening lessons", (LESSON,)),
    Service("answer", "Answers", "Keeping answers", (ANSWER,)),
    Service("sign-in", "Signing in", "Signing in", (SIGN_IN,)),
    Service("catalogue", "Catalogue", "The catalogue", (CATALOGUE,)),
    Service("pages", "All other pages", "What else is asked for", (PAGE, FORM, API)),
    Service("events", "Events", "Passing on events", (EVENTS,), looks=True),
    Service("mail", "Mail", "Sending mail", (MAIL,), looks=True),
)
BY_KEY = {service.key: service for service in SERVICES}


@dataclass(frozen=True, slots=True)
class Cell:
    """One interval of a service: `sentence` is what a pointer and a screen reader are told."""

    at: datetime
    health: Health
    asked: int
    bad: int


@dataclass(frozen=True, slots=True)
class Strip:
    """The last intervals of one service, oldest first."""

    service: Service
    cells: Sequence[Cell]

    @property
    def now(self) -> Health:
        """The newest interval in which anything could be judged; the last but one counts too, since the last may
        have only begun to fill."""
        last = [cell.health for cell in self.cells[-2:]]
        return next((health for health in reversed(last) if health not in (Health.QUIET, Health.GAP)), last[-1])

    @property
    def since(self) -> datetime | None:
        """When the trouble that lasts began."""
        begun = None
        for cell in reversed(self.cells):
            if cell.health.is_trouble:
                begun = cell.at
            elif cell.health in (Health.GOOD, Health.WARN) and begun is not None:
                break
        return begun if self.now.is_trouble else None


def strips(slots: Iterable[Golden], until: datetime) -> list[Strip]:
    """Every service, in the order of the table; `slots` are of `STEP` each and end at `until`. They are those of all
    services: an interval of which nobody said anything is a gap, one in which others were asked is not. Older ones than
    the strip is long are passed over."""
    begin = until - INTERVALS * STEP
    rows = {(round((each.at - begin) / STEP), each.class_name): each for each in slots}
    heard = {place for place, _name in rows}

    def cell(service: Service, place: int) -> Cell:
        found = [row for name in service.classes if (row := rows.get((place, name))) is not None]
        return _cell(service, begin + place * STEP, found, heard=place in heard)

    return [Strip(service, [cell(service, place) for place in range(INTERVALS)]) for service in SERVICES]


def _cell(service: Service, at: datetime, rows: Sequence[Golden], *, heard: bool) -> Cell:
    if not heard:
        return Cell(at, Health.GAP, 0, 0)
    verdicts = [_judged(objective, rows) for objective in service.objectives]
    asked = max((total for _health, _bad, total in verdicts), default=0)
    if not asked:
        return Cell(at, Health.QUIET, 0, 0)
    health = max((health for health, _bad, _total in verdicts), key=_ORDER.index)
    return Cell(at, health, asked, max(bad for _health, bad, _total in verdicts))


_ORDER = (Health.QUIET, Health.GOOD, Health.WARN, Health.SLOW, Health.FAILING)


def _judged(objective: Objective, rows: Sequence[Golden]) -> tuple[Health, int, int]:
    """By the rates at which alerts page: spent at the faster one is trouble, at the slower one worth a look."""
    counted = [objective.count(row.ok, row.failed, row.buckets) for row in rows]
    total = sum(every for _good, every in counted)
    if not total:
        return Health.QUIET, 0, 0
    bad = total - sum(good for good, _every in counted)
    rate = bad / total / objective.budget
    if rate >= PAGES[0].rate and bad >= _FEW:
        return (Health.FAILING if _fails(objective, rows) else Health.SLOW), bad, total
    return (Health.WARN if bad and rate >= PAGES[1].rate else Health.GOOD), bad, total


def _fails(objective: Objective, rows: Sequence[Golden]) -> bool:
    failed = sum(row.failed for row in rows)
    return objective.kind is Kind.FAILING or (objective.kind is Kind.PROMPT and failed >= _FEW)
