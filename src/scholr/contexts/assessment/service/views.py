"""What the use cases answer with: frozen, without keys, seeds or rows."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from scholr.contexts.assessment.grading import percentage_bp, points_number
from scholr.contexts.assessment.model import AttemptStatus
from scholr.contexts.assessment.presenting import PresentedQuestion
from scholr.kernel.ids import MembershipId


@dataclass(frozen=True, slots=True)
class AttemptView:
    """`deadline_at` None means no limit; it may move while the attempt runs. `created` tells a start from a resume."""

    id: UUID
    assessment_id: UUID
    learner_id: MembershipId
    attempt_no: int
    status: AttemptStatus
    started_at: datetime
    deadline_at: datetime | None
    finished_at: datetime | None
    created: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """The server kept this answer at `saved_at`, as number `sequence` of the attempt; `code` proves it."""

    question_id: str
    sequence: int
    saved_at: datetime
    entries: tuple[str, ...]
    code: str


@dataclass(frozen=True, slots=True)
class SavedView:
    """What one autosave kept. `deadline_at` is the attempt's end as it is now; it may have moved."""

    receipts: tuple[Receipt, ...]
    server_time: datetime
    deadline_at: datetime | None


@dataclass(frozen=True, slots=True)
class TakingView:
    """A running or finished attempt as its learner sees it: questions as presented, never a key."""

    attempt: AttemptView
    course_id: UUID
    title: str
    questions: tuple[PresentedQuestion, ...]
    receipts: tuple[Receipt, ...]

    @property
    def answers(self) -> dict[str, tuple[str, ...]]:
        return {receipt.question_id: receipt.entries for receipt in self.receipts}


@dataclass(frozen=True, slots=True)
class SubmitView:
    """The grade in millionths of a point; None where the feedback policy keeps the score from the learner."""

    status: AttemptStatus
    score_micro: int | None
    max_micro: int | None

    @property
    def score(self) -> int | float | None:
        return None if self.score_micro is None else points_number(self.score_micro)

    @property
    def max_score(self) -> int | float | None:
        return None if self.max_micro is None else points_number(self.max_micro)

    @property
    def percentage(self) -> float | None:
        """0 to 100, in steps of a hundredth."""
        if self.score_micro is None or self.max_micro is None:
            return None
        return percentage_bp(self.score_micro, self.max_micro) / 100
