"""What the parts of the evidence are collected from."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scholr.contexts.compliance import facade as compliance
from scholr.entrypoints.environment import Environment
from scholr.kernel.ids import TenantId
from scholr.platform.db.database import Database
from scholr.platform.runtime import Platform


@dataclass(frozen=True, slots=True)
class Asked:
    """`since` is where the period begins that counts are of."""

    platform: Platform
    worker_db: Database
    environment: Environment
    now: datetime
    since: datetime

    async def organizations(self) -> list[TenantId]:
        return sorted(await compliance.organizations_with_a_log(self.worker_db))


Facts = Mapping[str, Any]
Part = Callable[[Asked], Awaitable[Facts]]
