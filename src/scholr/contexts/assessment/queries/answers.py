"""Saved answers."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    question_id: str
    sequence: int
    saved_at: datetime
    entries: tuple[str, ...]


# The answers of one attempt, in the order in which they were saved; served by the primary key.
_SAVED = statement(
    "select question_id, sequence, saved_at, entries::text from assessment_answer"
    " where tenant_id = $1 and attempt_id = $2 order by sequence"
)


async def saved_answers(rx: ReadUnit, attempt_id: UUID) -> list[SavedAnswer]:
    return [
        SavedAnswer(
            str(row["question_id"]),
            row["sequence"],
            row["saved_at"],
            msgspec.json.decode(row["entries"], type=tuple[str, ...]),
        )
        for row in await rx.fetch(_SAVED, attempt_id)
    ]
