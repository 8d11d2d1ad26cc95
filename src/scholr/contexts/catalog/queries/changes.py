"""What the next publishing would change for learners."""

from dataclasses import dataclass

from scholr.contexts.catalog.model import Outline, OutlineChanges, changes_between
from scholr.contexts.catalog.queries.drafts import CourseDraft, draft_outline
from scholr.contexts.catalog.queries.published import CourseInfo, published_state
from scholr.platform.db.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class PendingChanges:
    """`details` names the fields of the description that differ; `first` is True before the first publishing."""

    first: bool
    details: tuple[str, ...]
    outline: OutlineChanges

    @property
    def count(self) -> int:
        return len(self.details) + self.outline.count


async def pending_changes(rx: ReadUnit, draft: CourseDraft, drafted: Outline | None = None) -> PendingChanges:
    """Compare the draft with what is published; `drafted` saves a statement where the caller has it already."""
    after = drafted or await draft_outline(rx, draft.id)
    if draft.version == 0:
        return PendingChanges(True, (), changes_between(Outline(), after))
    shown, before = await published_state(rx, draft.id)
    return PendingChanges(False, _details(shown, draft), changes_between(before, after))


def _details(shown: CourseInfo, draft: CourseDraft) -> tuple[str, ...]:
    fields = ("title", "summary", "subject", "language", "outcomes", "cover_asset_id")
    return tuple(name.removesuffix("_asset_id") for name in fields if getattr(shown, name) != getattr(draft, name))
