"""Facts that learning publishes; the aggregate is the learner, whose facts stay in order, or the course."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from scholr.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonCompleted(Event):
    """`completed_at` may lie before `occurred_at`: a device that was offline tells later."""

    event_type: ClassVar[str] = "learning.lesson_completed"
    aggregate_type: ClassVar[str] = "learner"

    course_id: UUID
    lesson_id: UUID
    completed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseCompleted(Event):
    event_type: ClassVar[str] = "learning.course_completed"
    aggregate_type: ClassVar[str] = "learner"

    course_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateIssued(Event):
    event_type: ClassVar[str] = "learning.certificate_issued"
    aggregate_type: ClassVar[str] = "learner"

    course_id: UUID
    certificate_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateWithdrawn(Event):
    event_type: ClassVar[str] = "learning.certificate_withdrawn"
    aggregate_type: ClassVar[str] = "learner"

    course_id: UUID
    certificate_id: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionRuleChanged(Event):
    """`aggregate_id` is the course; what completes it is something else from now on."""

    event_type: ClassVar[str] = "learning.completion_rule_changed"
    aggregate_type: ClassVar[str] = "course"

    certificate: bool
    min_score_bp: int
