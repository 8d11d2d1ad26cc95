"""What the demo's schools are made of, read from the TOML files beside this one."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import msgspec

from scholr.platform.http.settings import DemoLogin

PASSWORD = "a calm quiet textbook"
"""Known to everybody who reads this: the demo binds to loopback, and production refuses a database that holds it."""

SCHOOLS = ("aldersea", "pine")


@dataclass(frozen=True, slots=True)
class DemoPerson:
    email: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class DemoLesson:
    title: str
    minutes: int
    blocks: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class DemoSection:
    title: str
    lessons: list[DemoLesson]


@dataclass(frozen=True, slots=True)
class DemoQuestion:
    type: str
    prompt: str
    answer_key: Any
    points: int
    options: list[str] | None = None
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class DemoAssessment:
    """0 means unlimited, for minutes, for attempts and for the days until it closes."""

    title: str
    time_limit_minutes: int
    max_attempts: int
    questions: list[DemoQuestion]
    closes_in_days: int = 0


@dataclass(frozen=True, slots=True)
class DemoCourse:
    title: str
    code: str
    summary: str
    cohort: str
    capacity: int
    sections: list[DemoSection]
    assessments: tuple[DemoAssessment, ...] = ()
    ends_in_days: int = 0

    @property
    def lessons(self) -> list[DemoLesson]:
        return [lesson for section in self.sections for lesson in section.lessons]


@dataclass(frozen=True, slots=True)
class DemoPath:
    """`courses` are titles, in order."""

    title: str
    summary: str
    courses: list[str]


@dataclass(frozen=True, slots=True)
class DemoSchool:
    """`people` can sign in; `classmates` are names that fill a roster."""

    name: str
    colour: str
    time_zone: str
    people: list[DemoPerson]
    courses: list[DemoCourse]
    paths: tuple[DemoPath, ...] = ()
    classmates: tuple[str, ...] = ()

    def person(self, role: str) -> DemoPerson:
        return next(person for person in self.people if person.role == role)


OPERATOR = DemoPerson("operator@scholr.example", "Yuki Ono", "operator")
"""Works for the deployment and for no school."""


def load_schools() -> list[DemoSchool]:
    return [_load(name) for name in SCHOOLS]


def demo_logins() -> tuple[DemoLogin, ...]:
    schools = tuple(
        DemoLogin(school.name, person.role, person.email, PASSWORD)
        for school in load_schools()
        for person in school.people
    )
    return (*schools, DemoLogin("The deployment", OPERATOR.role, OPERATOR.email, PASSWORD))


def _load(name: str) -> DemoSchool:
    text = files("scholr.entrypoints.demo").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), DemoSchool)
