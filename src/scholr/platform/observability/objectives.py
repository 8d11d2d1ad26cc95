"""What this deployment promises, in one table. Prometheus rules, OpenSLO files, dashboards and the program's own
budgets are all made from it (`tools/observability.py` writes the files)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

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
from scholr.platform.observability.signals import BOUNDS


class Kind(StrEnum):
    """`failing`: how much of the work may fail. `slow`: of the work that goes well, how much may be late.
    `prompt`: how much may fail or be late. `waiting`: in how many looks something may have waited too long."""

    FAILING = "failing"
    SLOW = "slow"
    PROMPT = "prompt"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Objective:
    """`target` of the work in the classes `of` is good; late is what takes longer than `within` seconds."""

    name: str
    kind: Kind
    of: tuple[str, ...]
    target: float
    sentence: str
    within: float = 0.0

    def __post_init__(self) -> None:
        if self.kind is not Kind.FAILING and self.within not in BOUNDS:
            raise ValueError(f"{self.name}: {self.within} s is not the end of a bucket, so it could not be measured")

    @property
    def budget(self) -> float:
        """The share that may be bad."""
        return 1.0 - self.target

    @property
    def places(self) -> int:
        """How many buckets, from the first, hold what is not late."""
        return BOUNDS.index(self.within) + 1 if self.within else len(BOUNDS) + 1

    def count(self, ok: int, failed: int, buckets: Sequence[int]) -> tuple[int, int]:
        """Good and all, of what was counted."""
        in_time = sum(buckets[: self.places])
        if self.kind is Kind.FAILING:
            return ok, ok + failed
        if self.kind is Kind.PROMPT:
            return in_time, ok + failed
        return in_time, ok


OBJECTIVES = (
    Objective("enrol", Kind.PROMPT, (ENROL,), 0.999, "99.9 % of enrolments succeed in under 300 ms.", 0.3),
    Objective("enrol-kept", Kind.FAILING, (ENROL,), 0.999, "99.9 % of enrolments do not fail."),
    Objective("lesson", Kind.FAILING, (LESSON,), 0.999, "99.9 % of lessons open."),
    Objective("lesson-speed", Kind.SLOW, (LESSON,), 0.99, "99 % of lessons open in under 300 ms.", 0.3),
    Objective("answer", Kind.FAILING, (ANSWER,), 0.9995, "99.95 % of answers and submissions are kept."),
    Objective("answer-speed", Kind.SLOW, (ANSWER,), 0.99, "99 % of answers are kept in under 300 ms.", 0.3),
    Objective("sign-in", Kind.FAILING, (SIGN_IN,), 0.999, "99.9 % of sign-ins get an answer."),
    Objective("sign-in-speed", Kind.SLOW, (SIGN_IN,), 0.99, "99 % of sign-ins take less than a second.", 1.0),
    Objective("catalogue", Kind.FAILING, (CATALOGUE,), 0.999, "99.9 % of looks into the catalogue succeed."),
    Objective("catalogue-speed", Kind.SLOW, (CATALOGUE,), 0.99, "99 % of them in under 300 ms.", 0.3),
    Objective("pages", Kind.FAILING, (PAGE, FORM, API), 0.995, "99.5 % of all other pages, forms and calls succeed."),
    Objective("pages-speed", Kind.SLOW, (PAGE, FORM, API), 0.99, "99 % of them in under a second.", 1.0),
    Objective("events", Kind.WAITING, (EVENTS,), 0.995, "In 99.5 % of looks no event has waited over a minute.", 60.0),
    Objective("mail", Kind.WAITING, (MAIL,), 0.99, "In 99 % of looks no mail has waited over five minutes.", 300.0),
)


@dataclass(frozen=True, slots=True)
class Burn:
    """An alert's condition (Site Reliability Workbook, ch. 5): `rate` times the even spending over `long` and `short`
    windows, both in minutes, and at least `least` bad ones in the long window, so that a single failure at night
    wakes nobody."""

    rate: float
    long: int
    short: int
    least: int


PAGES = (Burn(14.4, 60, 5, 10), Burn(6.0, 360, 30, 25))
TICKETS = (Burn(1.0, 4320, 360, 50),)
WINDOWS = {"5m": 5, "30m": 30, "1h": 60, "6h": 360, "3d": 4320}
"""In minutes, by the name that people and Prometheus use."""
