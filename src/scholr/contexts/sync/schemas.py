"""JSON shapes of sync."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

LessonId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class SyncBatch(msgspec.Struct, forbid_unknown_fields=True):
    """What a device kept: lessons completed, and where it was last by its own clock."""

    learner_id: UUID
    course_id: UUID
    completed_lessons: Annotated[list[LessonId], msgspec.Meta(max_length=10_000)] = []
    last_position_lesson: LessonId | None = None
    last_position_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class SyncOut(msgspec.Struct):
    """`version` grows with every change and is equal for equal states."""

    completed_lessons: list[str]
    completed_count: int
    last_position_lesson: str | None
    last_position_at: datetime | None
    version: int
