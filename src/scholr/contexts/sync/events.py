"""Facts that sync publishes."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from scholr.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonsSynced(Event):
    """Lessons that were not known as completed before; `aggregate_id` is the learner."""

    event_type: ClassVar[str] = "sync.lessons_synced"
    aggregate_type: ClassVar[str] = "learner"

    learner_id: UUID
    course_id: UUID
    lesson_ids: tuple[UUID, ...]
