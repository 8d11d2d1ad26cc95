"""An assessment's settings as a form, in minutes and in the teacher's own time zone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from scholr.contexts.assessment.errors import InvalidAssessment
from scholr.contexts.assessment.facade import (
    AssessmentPolicy,
    FeedbackLevel,
    FeedbackPolicy,
    FeedbackTime,
    LatePolicy,
    ScoringPolicy,
)
from scholr.web.forms import Form

LATE = [
    (LatePolicy.ACCEPT_SAVED_ONLY, "Only what was saved in time"),
    (LatePolicy.ACCEPT_LATE_WITH_PENALTY, "Late answers too, for fewer points"),
    (LatePolicy.ACCEPT_LATE, "Late answers in full"),
]
SCORING = [
    (ScoringPolicy.HIGHEST, "The best attempt"),
    (ScoringPolicy.LATEST, "The last attempt"),
    (ScoringPolicy.FIRST, "The first attempt"),
    (ScoringPolicy.AVERAGE, "The average of all attempts"),
]
WHEN = [
    (FeedbackTime.AFTER_SUBMIT, "As soon as it is handed in"),
    (FeedbackTime.AFTER_CLOSE, "After it has closed for everybody"),
    (FeedbackTime.NEVER, "Never"),
]
LEVEL = [
    (FeedbackLevel.SCORE, "The score"),
    (FeedbackLevel.CORRECTNESS, "Which answers were right"),
    (FeedbackLevel.EXPLANATIONS, "And the explanations"),
    (FeedbackLevel.CORRECT_ANSWERS, "And the right answers"),
]

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class SettingsFields:
    """Every control's text by its name."""

    values: Mapping[str, str]
    boxes: frozenset[str]

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")


def fields_of_policy(policy: AssessmentPolicy, zone: ZoneInfo) -> SettingsFields:
    values = {
        "max_attempts": str(policy.max_attempts or ""),
        "time_limit": f"{policy.time_limit_seconds / 60:g}" if policy.time_limit_seconds else "",
        "opens_at": local_text(policy.opens_at, zone),
        "closes_at": local_text(policy.closes_at, zone),
        "grace": f"{policy.grace_seconds}" if policy.grace_seconds else "",
        "late_policy": policy.late_policy.value,
        "late_penalty": str(policy.late_penalty_percent or ""),
        "late_window": f"{policy.late_window_seconds / 60:g}" if policy.late_window_seconds else "",
        "scoring": policy.scoring.value,
        "feedback_when": policy.feedback.when.value,
        "feedback_level": policy.feedback.level.value,
        "pass": f"{policy.pass_bp / 100:g}",
    }
    boxes = {"shuffle_questions": policy.shuffle_questions, "shuffle_options": policy.shuffle_options}
    return SettingsFields(values, frozenset(name for name, on in boxes.items() if on))


def fields_from_form(form: Form) -> SettingsFields:
    names = (
        "max_attempts", "time_limit", "opens_at", "closes_at", "grace", "late_policy", "late_penalty",
        "late_window", "scoring", "feedback_when", "feedback_level", "pass",
    )  # fmt: skip
    boxes = frozenset(name for name in ("shuffle_questions", "shuffle_options") if form.checked(name))
    return SettingsFields({name: form.text(name) for name in names}, boxes)


def policy_from_fields(fields: SettingsFields, policy: AssessmentPolicy, zone: ZoneInfo) -> AssessmentPolicy:
    """The settings as the form has them; raises InvalidAssessment naming the controls that cannot be read."""
    reader = _Reader(fields, zone)
    changed = replace(
        policy,
        max_attempts=reader.count("max_attempts"),
        time_limit_seconds=reader.count("time_limit", 60),
        opens_at=reader.moment("opens_at"),
        closes_at=reader.moment("closes_at"),
        grace_seconds=reader.count("grace"),
        late_policy=reader.chosen("late_policy", LatePolicy, policy.late_policy),
        late_penalty_percent=reader.count("late_penalty"),
        late_window_seconds=reader.count("late_window", 60),
        scoring=reader.chosen("scoring", ScoringPolicy, policy.scoring),
        feedback=FeedbackPolicy(
            reader.chosen("feedback_when", FeedbackTime, policy.feedback.when),
            reader.chosen("feedback_level", FeedbackLevel, policy.feedback.level),
        ),
        shuffle_questions="shuffle_questions" in fields.boxes,
        shuffle_options="shuffle_options" in fields.boxes,
        pass_bp=reader.count("pass", 100),
    )
    if reader.problems:
        raise InvalidAssessment(fields=reader.problems)
    return changed


class _Reader:
    def __init__(self, fields: SettingsFields, zone: ZoneInfo) -> None:
        self.problems: dict[str, str] = {}
        self._fields = fields
        self._zone = zone

    def count(self, name: str, unit: int = 1) -> int:
        """A number of 0 or more times `unit`, rounded; empty is 0."""
        text = self._fields[name].replace(",", ".") or "0"
        try:
            number = float(text)
        except ValueError:
            number = -1
        if not 0 <= number < 1e7:
            self.problems[name] = "must be a number, or empty"
            return 0
        return round(number * unit)

    def moment(self, name: str) -> datetime | None:
        try:
            return read_local(self._fields[name], self._zone)
        except ValueError:
            self.problems[name] = "must be a date and a time"
            return None

    def chosen(self, name: str, kind: type[E], default: E) -> E:
        try:
            return kind(self._fields[name])
        except ValueError:
            return default


def local_text(moment: datetime | None, zone: ZoneInfo) -> str:
    """As a datetime-local control writes it; empty for none."""
    return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if moment else ""


def read_local(text: str, zone: ZoneInfo) -> datetime | None:
    """The moment that a datetime-local control means in this zone; raises ValueError."""
    return datetime.fromisoformat(text).replace(tzinfo=zone) if text else None


CONTROLS = {
    "time_limit_seconds": "time_limit",
    "grace_seconds": "grace",
    "late_window_seconds": "late_window",
    "late_penalty_percent": "late_penalty",
    "pass_bp": "pass",
    "feedback": "feedback_when",
}


def control_errors(problems: Mapping[str, str]) -> dict[str, str]:
    """Problems by the names of this form's controls, as sentences."""
    found = {CONTROLS.get(name, name): problem for name, problem in problems.items()}
    return {name: f"{problem[:1].upper()}{problem[1:]}." for name, problem in found.items()}
