"""Liveness touches nothing; readiness is about this process, not about what all processes stand on.

A process is ready once it has seen the schema that it needs, and until it begins to end. It stays ready while the
database is away: taking every node out of the balancer would turn pages that can still be shown into none at all
(ADR 18).
"""

from collections.abc import Sequence
from typing import Any

import litestar
from litestar import Response

from scholr.kernel.errors import DomainError
from scholr.platform.db.head import head_revision
from scholr.platform.http.given import ThePlatform
from scholr.platform.module import Module
from scholr.platform.observability.routes import metrics
from scholr.platform.resilience.deadline import Deadline
from scholr.platform.runtime import Platform

Body = dict[str, Any]

_MOST_SECONDS = 2.0


def health_routes(modules: Sequence[Module]) -> list[Any]:
    wanted = head_revision()

    async def readiness(platform: Platform) -> Body:
        try:
            async with Deadline(_MOST_SECONDS):
                reached = await platform.db.has_reached(wanted)
        except DomainError as error:
            return {"status": "DOWN", "reason": error.code}
        except TimeoutError:
            return {"status": "DOWN", "reason": "the database did not answer in time"}
        if not reached:
            return {"status": "DOWN", "reason": f"the schema is not yet at {wanted}, which this program needs"}
        degraded = platform.guards.degraded()
        return {"status": "UP", "degraded": degraded} if degraded else {"status": "UP"}

    @litestar.get("/health/live", include_in_schema=False)
    async def live() -> Body:
        return {"status": "UP"}

    @litestar.get("/health/ready", include_in_schema=False)
    async def ready(platform: ThePlatform) -> Response[Body]:
        body = await readiness(platform)
        return Response(body, status_code=200 if body["status"] == "UP" else 503)

    @litestar.get("/actuator/health", include_in_schema=False)
    async def actuator(platform: ThePlatform) -> Response[Body]:
        status = (await readiness(platform))["status"]
        return Response({"status": status}, status_code=200 if status == "UP" else 503)

    @litestar.get("/contexts", include_in_schema=False)
    async def contexts() -> Body:
        return {"contexts": [module.name for module in modules]}

    return [live, ready, actuator, contexts, metrics]
