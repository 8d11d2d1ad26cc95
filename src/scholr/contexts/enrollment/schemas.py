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
    """`enrolled_by` is the member who gave the seat; null where the learner took it."""

    id: UUID
    cohort_id: UUID
    course_id: UUID
    learner_id: UUID
    status: Literal["active", "pending", "waitlisted", "withdrawn", "declined"]
    position: int | None = None
    since: datetime | None = None
    enrolled_by: UUID | None = None


class EnrollmentList(msgspec.Struct):
    items: list[EnrollmentOut]
    next_cursor: str | None


class Transfer(msgspec.Struct, forbid_unknown_fields=True):
    cohort_id: UUID


class Instructors(msgspec.Struct, forbid_unknown_fields=True):
    instructor_ids: Annotated[list[UUID], msgspec.Meta(max_length=50)]


Chosen = Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=500)]


class Message(msgspec.Struct, forbid_unknown_fields=True):
    """One mail to each of the chosen; nobody sees who else got it."""

    enrollment_ids: Chosen
    subject: Annotated[str, msgspec.Meta(min_length=1, max_length=150)]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]


class Extension(msgspec.Struct, forbid_unknown_fields=True):
    """Until when the chosen may go on, although the cohort ends before."""

    enrollment_ids: Chosen
    until: Moment


class HowMany(msgspec.Struct):
    """How many people it reached: those of the chosen who have a seat here."""

    people: int


class ImportOut(msgspec.Struct):
    """`actions` counts rows by what they will do, `seats` by what became of them, `created` the people added."""

    id: UUID
    filename: str
    status: Literal["checking", "ready", "unreadable", "running", "done", "undoing", "undone"]
    cohort_id: UUID | None
    may_wait: bool
    problem: str | None
    total: int
    done: int
    actions: dict[str, int]
    seats: dict[str, int]
    created: int
    started_at: datetime | None
    finished_at: datetime | None
    undo_until: datetime | None


class ImportList(msgspec.Struct):
    items: list[ImportOut]
    next_cursor: str | None


class ProblemOut(msgspec.Struct):
    """`fix` is a value that would mend the cell, where one is likely."""

    column: str
    code: str
    message: str
    value: str
    fix: str | None


class ImportRowOut(msgspec.Struct):
    row: int
    email: str
    name: str
    role: str
    cohort: str
    course: str
    action: Literal["add", "enrol", "same", "error", "left_out"]
    problems: list[ProblemOut]
    done: bool
    created: bool | None
    seat: str | None


class ImportRowList(msgspec.Struct):
    items: list[ImportRowOut]
    next_cursor: str | None


Cell = Annotated[str, msgspec.Meta(max_length=300)]


class MendRow(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What is left out stays as the file has it."""

    email: Cell | None = None
    name: Cell | None = None
    role: Cell | None = None
    cohort: Cell | None = None
    course: Cell | None = None
