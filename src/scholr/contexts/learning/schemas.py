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


class LearnerProgressOut(msgspec.Struct):
    course_id: UUID
    done: int
    total: int
    percent: int
    last_seen_at: datetime
    completed_at: datetime | None


class LearnerProgressList(msgspec.Struct):
    items: list[LearnerProgressOut]
