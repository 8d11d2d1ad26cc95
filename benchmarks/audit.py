"""What the audit log costs: `python -m benchmarks.audit [events]`, on an embedded server of its own, half a minute.

Prints how many events a second one relay hands over without and with the log's subscriptions (for a learner's own
enrolment, which the log leaves alone, and for a member who is added, which it enters), how many entries a second are
verified, and what noting a look adds to a request.
"""

import sys
import time
from datetime import UTC, datetime

from benchmarks.own_platform import measured_alone
from scholr.contexts.compliance import facade as compliance
from scholr.contexts.enrollment.events import LearnerEnrolled
from scholr.contexts.identity import facade as identity
from scholr.contexts.identity.events import MemberAdded
from scholr.entrypoints.wiring import live_modules
from scholr.kernel.actor import Actor, ActorKind, Role
from scholr.kernel.events import Event
from scholr.kernel.ids import MembershipId, TenantId, new_id
from scholr.platform.audit import Look, note
from scholr.platform.db.database import Database
from scholr.platform.module import Module
from scholr.platform.runtime import Platform
from scholr.platform.worker import Worker

LOOKS = 500


async def _measure(platform: Platform, worker_db: Database) -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    tenant_id = await identity.create_organization(platform, name="Measured")
    without = [module for module in live_modules() if module.name != "compliance"]
    for what, made in (("a learner's own enrolment", _enrolled), ("a member who is added", _added)):
        for how, modules in (("without the log", without), ("with it", live_modules())):
            rate = await _relayed(platform, worker_db, tenant_id, modules, [made(tenant_id) for _ in range(many)])
            _say(f"relay, {what}, {how}: {rate:.0f} events a second")
    await _verified(platform, tenant_id)
    await _noted(platform, tenant_id)


def _enrolled(tenant_id: TenantId) -> Event:
    return LearnerEnrolled(
        tenant_id=tenant_id,
        aggregate_id=new_id(),
        occurred_at=datetime.now(UTC),
        cohort_id=new_id(),
        course_id=new_id(),
        learner_id=new_id(),
    )


def _added(tenant_id: TenantId) -> Event:
    return MemberAdded(tenant_id=tenant_id, aggregate_id=new_id(), occurred_at=datetime.now(UTC), roles=("learner",))


async def _relayed(
    platform: Platform, worker_db: Database, tenant_id: TenantId, modules: list[Module], events: list[Event]
) -> float:
    worker = Worker(platform, worker_db, modules)
    while await worker.relay_batch():
        pass
    async with platform.db.write(tenant_id) as tx:
        await tx.emit(*events)
    begun = time.perf_counter()
    while await worker.relay_batch():
        pass
    return len(events) / (time.perf_counter() - begun)


async def _verified(platform: Platform, tenant_id: TenantId) -> None:
    shelf = compliance.StoredShelf(platform.storage)
    begun = time.perf_counter()
    verdict = await compliance.verify(platform.db, tenant_id, compliance.signer_of(platform).public, shelf)
    seconds = time.perf_counter() - begun
    assert verdict.is_whole, verdict.findings
    _say(f"verify: {verdict.entries} entries, {verdict.entries / seconds:.0f} a second")


async def _noted(platform: Platform, tenant_id: TenantId) -> None:
    look = Look("identity.person_read", "membership")
    actor = Actor(ActorKind.PERSON, tenant_id, membership_id=MembershipId(new_id()), roles=frozenset({Role.ADMIN}))
    subjects = [new_id() for _ in range(LOOKS)]
    for what in ("the first look of an hour", "a look again"):
        begun = time.perf_counter()
        for subject in subjects:
            await note(platform, actor, look, subject)
        _say(f"note, {what}: {(time.perf_counter() - begun) / LOOKS * 1000:.2f} ms")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    measured_alone(_measure)
