"""Background work of auth."""

from scholr.contexts.auth import repository
from scholr.contexts.auth.service.passwords import SendReset, send_reset_link
from scholr.platform.jobs.job import Job


async def send_reset(job: Job, payload: SendReset) -> None:
    """Write to the address if there is an account; a repeated run sends a fresh link and the older one dies."""
    await send_reset_link(job.platform, payload.email)


async def sweep(job: Job, _payload: None) -> None:
    """Delete sessions, links and counters that have expired."""
    await repository.sweep(job.platform.db, job.platform.clock.now())
