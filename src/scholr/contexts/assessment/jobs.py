"""Background work of assessment."""

from uuid import UUID

from scholr.contexts.assessment.repository import marking as repository
from scholr.contexts.assessment.repository.attempts import attempt_in
from scholr.contexts.assessment.repository.versions import load_version
from scholr.contexts.assessment.service.finishing import expire_attempt
from scholr.kernel.ids import TenantId
from scholr.platform.jobs.job import Job
from scholr.platform.runtime import Platform

BATCH = 100


async def sweep(job: Job, _payload: None) -> None:
    """Grade every running attempt of the tenant whose time is over on what was saved, and mark it expired.

    Safe beside submissions and other sweeps: `assessment_finish` lets one of them through.
    """
    platform, tenant_id = job.platform, job.tenant_id
    while True:
        async with platform.db.read(tenant_id) as rx:
            overdue = await repository.overdue_attempts(rx, platform.clock.now(), BATCH)
        for attempt_id in overdue:
            if not await expire_attempt(platform, tenant_id, attempt_id):
                await _put_off(platform, tenant_id, attempt_id)
        if len(overdue) < BATCH:
            return


async def _put_off(platform: Platform, tenant_id: TenantId, attempt_id: UUID) -> None:
    """Someone else finished it, or its time is not over after all: look again when it is."""
    async with platform.db.write(tenant_id) as tx:
        attempt = await attempt_in(tx, attempt_id)
        if attempt is not None:
            content = await load_version(tx, attempt.version_id)
            await repository.reschedule(tx, attempt, content.policy)
