"""JSON shapes of learning."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

Basis = Annotated[int, msgspec.Meta(ge=0, le=10_000)]


class CompleteLesson(msgspec.Struct, forbid_unknown_fields=True):
    """`learner_id` only for staff, who record it for somebody."""

    learner_id: UUID | None = None


class ReportView(msgspec.Struct, forbid_unknown_fields=True):
    """`view_id` names one sitting; `seconds` is how long it lasted so far."""

    view_id: UUID
    seconds: Annotated[int, msgspec.Meta(ge=0, le=86_400)]


class ProgressOut(msgspec.Struct):
    """`missing` lists what the completion rule still asks for."""

    course_id: UUID
    done: int
    total: int
    percent: int
    complete: bool
    missing: list[str]
    resume_lesson: UUID | None
    next_lesson: UUID | None
    completed_lessons: list[UUID]
    completed_at: datetime | None


class RuleIn(msgspec.Struct, forbid_unknown_fields=True):
    """`min_score_bp` in hundredths of a per cent, reached in each of `assessment_ids`."""

    all_lessons: bool = True
    min_score_bp: Basis = 0
    min_view_seconds: Annotated[int, msgspec.Meta(ge=0, le=3_600_000)] = 0
    assessment_ids: Annotated[list[UUID], msgspec.Meta(max_length=200)] = []
    certificate: bool = True
    valid_months: Annotated[int, msgspec.Meta(ge=1, le=120)] | None = None


class CertificateOut(msgspec.Struct):
    id: UUID
    course_id: UUID
    learner_id: UUID
    number: str
    code: str
    learner_name: str
    course_title: str
    organization_name: str
    issued_at: datetime
    expires_at: datetime | None
    state: str
    verify_url: str


class CertificatesOut(msgspec.Struct):
    items: list[CertificateOut]
    next_cursor: str | None = None


class RevokeCertificate(msgspec.Struct, forbid_unknown_fields=True):
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class VerifiedOut(msgspec.Struct):
    number: str
    learner_name: str
    course_title: str
    organization_name: str
    issued_at: datetime
    expires_at: datetime | None
    state: str


class NoteIn(msgspec.Struct, forbid_unknown_fields=True):
    """`block_id` and `quote` say what it stands beside; empty for the whole lesson."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=4_000)]
    block_id: Annotated[str, msgspec.Meta(max_length=64)] = ""
    quote: Annotated[str, msgspec.Meta(max_length=400)] = ""


class NoteTextIn(msgspec.Struct, forbid_unknown_fields=True):
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=4_000)]


class NoteOut(msgspec.Struct):
    id: UUID
    course_id: UUID
    lesson_id: UUID
    block_id: str
    quote: str
    text: str
    updated_at: datetime


class NotesOut(msgspec.Struct):
    items: list[NoteOut]
    next_cursor: str | None = None


class LearnerProgressOut(msgspec.Struct):
    course_id: UUID
    done: int
    total: int
    percent: int
    last_seen_at: datetime
    completed_at: datetime | None


class LearnerProgressList(msgspec.Struct):
    items: list[LearnerProgressOut]


class CourseReportOut(msgspec.Struct):
    """`enrolled` and `active` are of the last seven days; `completion_rate` 0 to 1, null without anybody."""

    course_id: UUID
    title: str
    status: str
    learners: int
    enrolled: int
    waiting: int
    begun: int
    active: int
    completed: int
    completion_rate: float | None
    median_percent: int | None


class CourseReportsOut(msgspec.Struct):
    items: list[CourseReportOut]
