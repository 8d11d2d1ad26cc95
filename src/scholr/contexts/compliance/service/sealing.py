"""What people ask for, what they are answered and why something of theirs must stay is kept under their key."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from scholr.contexts.compliance.queries import HoldView, RequestView
from scholr.platform.db.unit import ReadUnit, WriteUnit
from scholr.platform.runtime import Platform

WISH = "compliance_request.wish"
ANSWER = "compliance_request.answer"
REASON = "compliance_hold.reason"


async def sealed(platform: Platform, tx: WriteUnit, learner_id: UUID, place: str, words: str) -> str:
    own = await platform.personal.for_writing(tx, learner_id)
    return own.seal(place, words)


async def opened_requests(platform: Platform, rx: ReadUnit, requests: Sequence[RequestView]) -> list[RequestView]:
    texts = [(each.learner_id, words) for each in requests for words in (each.wish, each.answer)]
    keys = await platform.personal.for_reading(rx, texts)
    return [
        replace(
            each,
            wish=keys[each.learner_id].open(WISH, each.wish),
            answer=keys[each.learner_id].open(ANSWER, each.answer),
        )
        for each in requests
    ]


async def opened_holds(platform: Platform, rx: ReadUnit, holds: Sequence[HoldView]) -> list[HoldView]:
    """Why a course is held is nobody's, and was never sealed."""
    keys = await platform.personal.for_reading(
        rx, [(each.learner_id, each.reason) for each in holds if each.learner_id]
    )
    return [
        each if each.learner_id is None else replace(each, reason=keys[each.learner_id].open(REASON, each.reason))
        for each in holds
    ]
