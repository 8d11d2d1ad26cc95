"""JSON: forgetting a member, and proving it."""

from typing import Any
from uuid import UUID

from litestar.params import FromPath, FromQuery, JSONBody

from scholr.contexts.compliance.model import Erasure
from scholr.contexts.compliance.schemas import AskErasure, ErasureList, ErasureOut, ProofOut
from scholr.contexts.compliance.service import erasing, proving
from scholr.kernel.ids import MembershipId
from scholr.kernel.pagination import DEFAULT_LIMIT
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform

TAGS = ["privacy"]


@api.post("/api/erasures", tags=TAGS, summary="Ask for a member to be forgotten")
async def ask_erasure(data: JSONBody[AskErasure], actor: TheActor, platform: ThePlatform) -> ErasureOut:
    """Nothing happens until it is confirmed. The same member again is the same request."""
    found = await erasing.request_erasure(platform, actor, member_id=MembershipId(data.member_id), ground=data.ground)
    return _erasure_out(found)


@api.get("/api/erasures", tags=TAGS, summary="Erasures, the newest first")
async def list_erasures(
    actor: TheActor, platform: ThePlatform, limit: FromQuery[int] = DEFAULT_LIMIT, cursor: FromQuery[str | None] = None
) -> ErasureList:
    page = await erasing.list_erasures(platform, actor, cursor=cursor, limit=limit)
    return ErasureList([_erasure_out(each) for each in page.items], page.next_cursor)


@api.get("/api/erasures/{erasure_id:uuid}", tags=TAGS, summary="What can be proven of an erasure")
async def get_erasure(erasure_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> ProofOut:
    proof = await proving.erasure_proof(platform, actor, erasure_id=erasure_id)
    return ProofOut(
        _erasure_out(proof.erasure),
        proof.key_destroyed_at,
        proof.ledger,
        list(proof.entries),
        proof.signed,
        proof.key,
        proof.signature,
    )


@api.post("/api/erasures/{erasure_id:uuid}/confirm", tags=TAGS, summary="Forget the member; cannot be undone")
async def confirm_erasure(erasure_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> ErasureOut:
    return _erasure_out(await erasing.confirm_erasure(platform, actor, erasure_id=erasure_id))


@api.post("/api/erasures/{erasure_id:uuid}/withdraw", tags=TAGS, summary="Take a request back")
async def withdraw_erasure(erasure_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> ErasureOut:
    return _erasure_out(await erasing.withdraw_erasure(platform, actor, erasure_id=erasure_id))


def _erasure_out(found: Erasure) -> ErasureOut:
    return ErasureOut(
        found.id,
        found.member_id,
        found.ground,
        found.state,
        found.requested_by,
        found.requested_at,
        found.confirmed_by,
        found.confirmed_at,
        found.withdrawn_at,
        found.completed_at,
        found.counts,
        list(found.missing),
    )


ROUTES: tuple[Any, ...] = (ask_erasure, list_erasures, get_erasure, confirm_erasure, withdraw_erasure)
