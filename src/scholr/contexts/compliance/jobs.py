"""Background work of compliance: signing where each chain ends, making exports, forgetting in time."""

from scholr.contexts.compliance.service.exporting import (
    ExportToMake,
    FileToForget,
    forget_exports,
    forget_file,
    make_export,
)
from scholr.contexts.compliance.service.keeping import CHOSEN, apply_period
from scholr.contexts.compliance.service.signing import sign_checkpoint
from scholr.platform.jobs.job import GiveWay, Job


async def checkpoint(job: Job, _payload: None) -> None:
    """For one organisation; when the object store cannot be reached the job is tried again."""
    await sign_checkpoint(job.platform, job.tenant_id)


async def export_person(job: Job, wanted: ExportToMake) -> None:
    """Everything about one person as a file."""
    await make_export(job.platform, job.tenant_id, wanted)


async def forget_export(job: Job, forgotten: FileToForget) -> None:
    """The file of somebody who was erased."""
    await forget_file(job.platform, job.tenant_id, forgotten.export_id)


async def tidy(job: Job, _payload: None) -> None:
    """Forget what one organisation has kept long enough, batch by batch."""
    while await forget_exports(job.platform, job.tenant_id):
        if job.has_had_its_turn:
            raise GiveWay
    for kind in CHOSEN:
        while await apply_period(job.platform, job.tenant_id, kind):
            if job.has_had_its_turn:
                raise GiveWay
