"""Background work of compliance: signing where each chain ends."""

from scholr.contexts.compliance.service.signing import sign_checkpoint
from scholr.platform.jobs.job import Job


async def checkpoint(job: Job, _payload: None) -> None:
    """For one organisation; when the object store cannot be reached the job is tried again."""
    await sign_checkpoint(job.platform, job.tenant_id)
