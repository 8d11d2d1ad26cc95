"""What a running job knows: for whom it runs comes from its row, which row-level security guarded."""

import time
from dataclasses import dataclass, field
from uuid import UUID

from scholr.kernel.actor import Actor, system_actor
from scholr.kernel.ids import TenantId
from scholr.platform.db.unit import WriteUnit
from scholr.platform.runtime import Platform

SLICE_SECONDS = 5.0
"""A job that can go on later gives way after this long, so that nobody waits for the whole of it."""

_FINISH = """
delete from platform_job where tenant_id = $1 and id = $2 and state = 'running' and attempts = $3
"""


class JobTakenOver(RuntimeError):
    """This run lost its job to another worker; its transaction must not commit."""


class Abandon(RuntimeError):
    """Raised by a job that knows that another run would not help: it is shown as failed at once."""


class Postpone(RuntimeError):
    """Raised by a job for which the time has not come: it waits `seconds`, and the run is no attempt."""

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.seconds = seconds


class GiveWay(Postpone):
    """Raised by a job that has more to do, between two of its transactions: it goes on when it is its turn again.

    It waits behind the other jobs of its tenant and behind tenants that were served less lately. What it has done
    must be seen by the run that goes on.
    """

    def __init__(self) -> None:
        super().__init__("", 0.0)


@dataclass(frozen=True, slots=True)
class Job:
    """One run. `tenant` is None for work of the platform itself; `attempt` counts from 1."""

    platform: Platform
    id: UUID
    name: str
    tenant: TenantId | None
    attempt: int
    is_last_attempt: bool
    began: float = field(default_factory=time.monotonic, compare=False)

    @property
    def tenant_id(self) -> TenantId:
        """The organisation that asked for the job; raises when it belongs to none."""
        if self.tenant is None:
            raise RuntimeError(f"{self.name} was enqueued without a tenant and needs one")
        return self.tenant

    @property
    def has_had_its_turn(self) -> bool:
        """Whether a long job should raise GiveWay before it begins its next piece."""
        return time.monotonic() - self.began > SLICE_SECONDS

    @property
    def actor(self) -> Actor:
        """The platform itself, working for the job's tenant."""
        return system_actor(self.tenant_id)

    async def finish(self, tx: WriteUnit) -> None:
        """Complete the job in the transaction of its effect, so that the effect happens exactly once.

        Without this a worker killed between the effect and its note of it runs the job again, and the
        effect has to bear that. Raises JobTakenOver when another worker has the job by now.
        """
        status = await tx.raw.execute(_FINISH, self.tenant_id, self.id, self.attempt)
        if status != "DELETE 1":
            raise JobTakenOver(f"{self.name} {self.id}, attempt {self.attempt}")
