"""Which plan an organisation has, remembered by each process and heard of again within seconds."""

import asyncio
import time
from collections.abc import Mapping
from contextvars import Context
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import structlog

from scholr.kernel.errors import DomainError, Invalid
from scholr.kernel.ids import TenantId
from scholr.platform.db.database import Database
from scholr.platform.db.statement import DefinerCall
from scholr.platform.db.unit import WriteUnit
from scholr.platform.ratelimit.quotas import PLANS, STANDARD, Plan, RateSettings

log = structlog.get_logger("scholr.ratelimit")

# Served by ix_platform_tenant_plan_changed_at.
_CHANGED = DefinerCall("platform_tenant_plans", 1)
_OVERLAP = timedelta(minutes=1)
"""A change is stamped before its commit, so each look begins a little before where the last one ended."""

_SET = """
insert into platform_tenant_plan as known (tenant_id, plan) values ($1, $2)
on conflict (tenant_id) do update set plan = excluded.plan, changed_at = clock_timestamp()
"""


class UnknownPlan(Invalid):
    code = "unknown_plan"


async def set_plan(tx: WriteUnit, tenant_id: TenantId, plan: str) -> None:
    """Give an organisation a plan; the unit is the worker's, since no request may do this. Raises UnknownPlan."""
    if plan not in PLANS:
        raise UnknownPlan(f"The plans are {', '.join(PLANS)}.", fields={"plan": "unknown"})
    await tx.raw.execute(_SET, tenant_id, plan)


class PlanDirectory:
    """Never waits: an organisation has the plan that was last heard of, and the standard one until then."""

    def __init__(self, db: Database, settings: RateSettings) -> None:
        self._db = db
        self._plans: Mapping[str, Plan] = {name: plan.times(settings.factor) for name, plan in PLANS.items()}
        self.standard = self._plans[STANDARD.name]
        self._refresh = settings.refresh
        self._known: dict[UUID, Plan] = {}
        self._heard_until: datetime | None = None
        self._look_again_at = 0.0
        self._looking: asyncio.Task[None] | None = None
        self.failures = 0

    def of(self, tenant_id: TenantId) -> Plan:
        if time.monotonic() >= self._look_again_at:
            self._look_soon()
        return self._known.get(tenant_id, self.standard) if self._known else self.standard

    async def look(self) -> None:
        """Hear of what was changed; raises DatabaseUnreachable and its like."""
        since = self._heard_until - _OVERLAP if self._heard_until else None
        rows = await self._db.ask(_CHANGED, since)
        for row in rows:
            plan = self._plans.get(row["plan"], self.standard)
            self._known[row["tenant_id"]] = plan
            self._note_timeout(row["tenant_id"], plan)
        newest = max((row["changed_at"] for row in rows), default=None)
        self._heard_until = max(filter(None, (newest, self._heard_until)), default=None)

    def _note_timeout(self, tenant_id: UUID, plan: Plan) -> None:
        if plan.statement_timeout is None:
            self._db.timeouts.pop(tenant_id, None)
        else:
            self._db.timeouts[tenant_id] = round(plan.statement_timeout * 1000)

    def _look_soon(self) -> None:
        self._look_again_at = time.monotonic() + self._refresh
        if self._looking is None or self._looking.done():
            # In a context of its own: what it hears is everybody's, and the request that asks may be nearly over.
            self._looking = asyncio.create_task(self._look_quietly(), context=Context())

    async def _look_quietly(self) -> None:
        try:
            await self.look()
        except (DomainError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            self.failures += 1
            log.warning("the plans could not be looked at; those known stay", reason=type(error).__name__)
