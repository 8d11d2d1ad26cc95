"""What is collected of operators, and of what is kept and forgotten of people: ids, times, numbers, signatures."""

from collections import Counter
from collections.abc import AsyncIterator

import msgspec

from scholr.contexts.auth import facade as auth
from scholr.contexts.compliance import facade as compliance
from scholr.entrypoints.evidence.asked import Asked, Facts
from scholr.kernel.actor import system_actor
from scholr.kernel.ids import TenantId
from scholr.platform.db.unit import ReadUnit

_APPLIED = "compliance.retention_applied"
_PAGE = 200


async def operators(asked: Asked) -> Facts:
    """Stays as operators by their own ids, and what was done in each in the period."""
    stays = await auth.operator_stays(asked.worker_db)
    deeds = await auth.operator_deeds(asked.worker_db, asked.since)
    known = Counter(each.stay for each in deeds)
    return {
        "operators_now": sum(each.removed_at is None for each in stays),
        "without_a_second_step": sum(each.removed_at is None and not each.has_second_step for each in stays),
        "stays": [
            {
                "stay": each.id,
                "since": each.added_at,
                "until": each.removed_at,
                "has_second_step": each.has_second_step,
                "acts": known[each.id],
            }
            for each in stays
        ],
        "acts": [{"at": each.at, "stay": each.stay, "act": each.act, "subject": each.subject} for each in deeds],
    }


async def erasures(asked: Asked) -> Facts:
    """Those that are open, or moved in the period; with its proof, each that was confirmed."""
    found = {}
    for tenant_id in await asked.organizations():
        async with asked.platform.db.read(tenant_id) as rx:
            told = [each async for each in _erasures(rx) if _moved(each, asked)]
        found[str(tenant_id)] = [await _erasure(asked, tenant_id, each) for each in told]
    states = Counter(str(each["state"]) for rows in found.values() for each in rows)
    return {"states": states, "organizations": {name: rows for name, rows in found.items() if rows}}


async def _erasures(rx: ReadUnit) -> AsyncIterator[compliance.Erasure]:
    before = None
    while rows := await compliance.erasures_before(rx, before, _PAGE):
        for each in rows:
            yield each
        before = rows[-1].id


def _moved(erasure: compliance.Erasure, asked: Asked) -> bool:
    last = erasure.completed_at or erasure.withdrawn_at
    return last is None or last >= asked.since


async def _erasure(asked: Asked, tenant_id: TenantId, erasure: compliance.Erasure) -> dict[str, object]:
    facts: dict[str, object] = {
        "erasure": erasure.id,
        "member": erasure.member_id,
        "ground": erasure.ground,
        "state": erasure.state,
        "asked_by": erasure.requested_by,
        "asked_at": erasure.requested_at,
        "confirmed_by": erasure.confirmed_by,
        "confirmed_at": erasure.confirmed_at,
        "withdrawn_at": erasure.withdrawn_at,
        "completed_at": erasure.completed_at,
    }
    if erasure.confirmed_at is None or erasure.withdrawn_at is not None:
        return facts
    proof = await compliance.erasure_proof(asked.platform, system_actor(tenant_id), erasure_id=erasure.id)
    return {
        **facts,
        "proof": {
            "key_destroyed_at": proof.key_destroyed_at,
            "is_in_ledger": proof.ledger,
            "signed": proof.signed,
            "public_key": proof.key,
            "signature": proof.signature,
        },
    }


async def retention(asked: Asked) -> Facts:
    """How long each kind is kept where, what would go now, and what went in the period."""
    found = {}
    for tenant_id in await asked.organizations():
        kept = await compliance.dry_run(asked.platform, tenant_id)
        async with asked.platform.db.read(tenant_id) as rx:
            went = [each async for each in _applied(rx, asked)]
        found[str(tenant_id)] = {
            "periods": [{"kind": each.period.kind, "days": each.days, "due_now": each.due} for each in kept],
            "forgotten": went,
        }
    return {"organizations": found}


async def _applied(rx: ReadUnit, asked: Asked) -> AsyncIterator[dict[str, object]]:
    wanted, before = compliance.Search(actions=[_APPLIED], since=asked.since), None
    while rows := await compliance.entries(rx, wanted, before=before, limit=_PAGE):
        for each in rows:
            yield {
                "entry": each.seq,
                "at": each.happened_at,
                **msgspec.json.decode(each.details, type=dict[str, object]),
            }
        before = rows[-1].seq


async def holds(asked: Asked) -> Facts:
    """Legal holds that stand. Their reasons are words about people, and stay where they are."""
    found = {}
    for tenant_id in await asked.organizations():
        async with asked.platform.db.read(tenant_id) as rx:
            standing = [each for each in await compliance.holds(rx) if each.released_at is None]
        if standing:
            found[str(tenant_id)] = [
                {
                    "hold": each.id,
                    "member": each.learner_id,
                    "course": each.course_id,
                    "placed_by": each.placed_by,
                    "placed_at": each.placed_at,
                }
                for each in standing
            ]
    return {"standing": sum(map(len, found.values())), "organizations": found}
