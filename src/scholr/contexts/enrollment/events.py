"""Facts that enrollment publishes. `aggregate_id` is the enrolment, or the cohort where it says so.

The first three are also written by the SQL function that gives a seat (migration 0006): same names, same fields.
"""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from scholr.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnerEnrolled(Event):
    """The learner has a seat from now on. `after_waiting`: admitted after a request or from the waiting list.

    `enrolled_by` is the member who decided it; None where the learner did, or the queue moved on.
    """

    event_type: ClassVar[str] = "enrollment.learner_enrolled"
    aggregate_type: ClassVar[str] = "enrollment"

    cohort_id: UUID
    course_id: UUID
    learner_id: UUID
    after_waiting: bool = False
    enrolled_by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentRequested(Event):
    event_type: ClassVar[str] = "enrollment.enrolment_requested"
    aggregate_type: ClassVar[str] = "enrollment"

    cohort_id: UUID
    course_id: UUID
    learner_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnerWaitlisted(Event):
    """`enrolled_by` as in LearnerEnrolled."""

    event_type: ClassVar[str] = "enrollment.learner_waitlisted"
    aggregate_type: ClassVar[str] = "enrollment"

    cohort_id: UUID
    course_id: UUID
    learner_id: UUID
    enrolled_by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentDeclined(Event):
    event_type: ClassVar[str] = "enrollment.enrolment_declined"
    aggregate_type: ClassVar[str] = "enrollment"

    cohort_id: UUID
    course_id: UUID
    learner_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnerWithdrawn(Event):
    """`had_seat` is False for somebody who only waited or asked."""

    event_type: ClassVar[str] = "enrollment.learner_withdrawn"
    aggregate_type: ClassVar[str] = "enrollment"

    cohort_id: UUID
    course_id: UUID
    learner_id: UUID
    had_seat: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortCreated(Event):
    """`aggregate_id` is the cohort."""

    event_type: ClassVar[str] = "enrollment.cohort_created"
    aggregate_type: ClassVar[str] = "cohort"

    course_id: UUID
    capacity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortChanged(Event):
    """`aggregate_id` is the cohort; what it is now."""

    event_type: ClassVar[str] = "enrollment.cohort_changed"
    aggregate_type: ClassVar[str] = "cohort"

    course_id: UUID
    capacity: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortInstructorsChanged(Event):
    """`aggregate_id` is the cohort; `instructor_ids` are all who run it now."""

    event_type: ClassVar[str] = "enrollment.cohort_instructors_changed"
    aggregate_type: ClassVar[str] = "cohort"

    instructor_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportStarted(Event):
    """`aggregate_id` is the import; `rows` is how many it will add or enrol."""

    event_type: ClassVar[str] = "enrollment.import_started"
    aggregate_type: ClassVar[str] = "import"

    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportUndone(Event):
    """`aggregate_id` is the import: whom it enrolled is withdrawn, whom it added is suspended, from now on."""

    event_type: ClassVar[str] = "enrollment.import_undone"
    aggregate_type: ClassVar[str] = "import"
