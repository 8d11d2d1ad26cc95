"""Facts that assessment publishes."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from scholr.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptStarted(Event):
    """`aggregate_id` is the attempt."""

    event_type: ClassVar[str] = "assessment.attempt_started"
    aggregate_type: ClassVar[str] = "attempt"

    assessment_id: UUID
    course_id: UUID
    learner_id: UUID
    attempt_no: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptSubmitted(Event):
    """An attempt was finished and graded, by its learner (`submitted`) or by its deadline (`expired`).

    `score_micro` and `max_micro` are millionths of a point, `percentage_bp` hundredths of a per cent.
    `standing_bp` is the learner's score for the whole assessment after it, by its scoring policy.
    """

    event_type: ClassVar[str] = "assessment.attempt_submitted"
    aggregate_type: ClassVar[str] = "attempt"

    assessment_id: UUID
    course_id: UUID
    learner_id: UUID
    attempt_no: int
    score_micro: int
    max_micro: int
    percentage_bp: int
    standing_bp: int
    status: str

    @property
    def percentage(self) -> float:
        """0 to 100."""
        return self.percentage_bp / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeOverridden(Event):
    """A person judged one question of a finished attempt anew; the other facts are those after it."""

    event_type: ClassVar[str] = "assessment.grade_overridden"
    aggregate_type: ClassVar[str] = "attempt"

    assessment_id: UUID
    course_id: UUID
    learner_id: UUID
    question_id: UUID
    previous_micro: int
    earned_micro: int
    score_micro: int
    max_micro: int
    percentage_bp: int
    standing_bp: int
    reason: str
    author_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AccommodationGiven(Event):
    """`aggregate_id` is the learner, who has more time, attempts or a later close than others; why stays with it."""

    event_type: ClassVar[str] = "assessment.accommodation_given"
    aggregate_type: ClassVar[str] = "membership"

    assessment_id: UUID
    extra_time_percent: int
    extra_time_seconds: int
    extra_attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccommodationTakenBack(Event):
    """`aggregate_id` is the learner."""

    event_type: ClassVar[str] = "assessment.accommodation_taken_back"
    aggregate_type: ClassVar[str] = "membership"

    assessment_id: UUID
