"""JSON shapes of enrollment."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Capacity = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Mode = Literal["self", "approval", "staff"]


class CreateCohort(msgspec.Struct, forbid_unknown_fields=True):
    """`mode`: people enrol themselves, ask for approval, or are enrolled by staff only."""

    course_id: UUID
    capacity: Capacity
    name: Name | None = None
    mode: Mode = "self"
    waitlist: bool = True
    opens_at: Moment | None = None
    closes_at: Moment | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None


class ChangeCohort(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays; `null` takes a date away."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    capacity: Capacity | msgspec.UnsetType = msgspec.UNSET
    mode: Mode | msgspec.UnsetType = msgspec.UNSET
    status: Literal["open", "closed"] | msgspec.UnsetType = msgspec.UNSET
    waitlist: bool | msgspec.UnsetType = msgspec.UNSET
    opens_at: Moment | msgspec.UnsetType | None = msgspec.UNSET
    closes_at: Moment | msgspec.UnsetType | None = msgspec.UNSET
    starts_at: Moment | msgspec.UnsetType | None = msgspec.UNSET
    ends_at: Moment | msgspec.UnsetType | None = msgspec.UNSET


class CohortOut(msgspec.Struct):
    id: UUID
    course_id: UUID
    name: str
    mode: Mode
    status: Literal["open", "closed"]
    waitlist: bool
    capacity: int
    taken: int
    waiting: int
    pending: int
    opens_at: datetime | None
    closes_at: datetime | None
    starts_at: datetime | None
    ends_at: datetime | None


class CohortList(msgspec.Struct):
    items: list[CohortOut]
    next_cursor: str | None


class Enrol(msgspec.Struct, forbid_unknown_fields=True):
    """With `waitlist` a full cohort answers with a place in its queue instead of 409."""

    learner_id: UUID
    waitlist: bool = False


class EnrollmentOut(msgspec.Struct):
    id: UUID
    cohort_id: UUID
    course_id: UUID
    learner_id: UUID
    status: Literal["active", "pending", "waitlisted", "withdrawn", "declined"]
    position: int | None = None
    since: datetime | None = None


class EnrollmentList(msgspec.Struct):
    items: list[EnrollmentOut]
    next_cursor: str | None


class Transfer(msgspec.Struct, forbid_unknown_fields=True):
    cohort_id: UUID


class Instructors(msgspec.Struct, forbid_unknown_fields=True):
    instructor_ids: Annotated[list[UUID], msgspec.Meta(max_length=50)]
