"""Forgetting a person: what each context does for its own rows, told by events, exactly once.

Who decides is somebody else's business (the compliance context). A context subscribes with `forgetting(...)`: its
statements run in a transaction of their own, and what they did is reported as an event in that same transaction.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from scholr.kernel.events import Event
from scholr.platform.db.unit import WriteUnit
from scholr.platform.module import Subscription


class Stage(StrEnum):
    """Words and traces go first; who the member was goes last, since until then rows are found by it."""

    TRACES = "traces"
    DIRECTORY = "directory"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberErased(Event):
    """A member is to be forgotten; `aggregate_id` is the membership. Each stage is told once."""

    event_type: ClassVar[str] = "platform.member_erased"
    aggregate_type: ClassVar[str] = "membership"

    erasure_id: UUID
    stage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartErased(Event):
    """One context has forgotten its part; `aggregate_id` is the erasure, `counts` rows by what they held."""

    event_type: ClassVar[str] = "platform.part_erased"
    aggregate_type: ClassVar[str] = "erasure"

    part: str
    counts: dict[str, int]


Forget = Callable[[WriteUnit, UUID], Awaitable[Mapping[str, int]]]
"""Forgets one context's part of a member and says how many rows of what; safe to repeat."""


@dataclass(frozen=True, slots=True)
class ForgettingHandler:
    """`forget` in the event's transaction, then the report."""

    part: str
    stage: Stage
    forget: Forget

    async def __call__(self, tx: WriteUnit, event: MemberErased) -> None:
        counts = await self.forget(tx, event.aggregate_id)
        await tx.emit(
            PartErased(
                tenant_id=tx.require_tenant(),
                aggregate_id=event.erasure_id,
                occurred_at=event.occurred_at,
                part=self.part,
                counts=dict(counts),
            )
        )


def forgetting(part: str, forget: Forget, *, stage: Stage = Stage.TRACES) -> Subscription:
    """The subscription of a context that holds something of people; `part` is its name."""
    return Subscription(
        f"{part}.forget_member",
        MemberErased,
        ForgettingHandler(part, stage, forget),
        lambda event: event.stage == stage,
    )
