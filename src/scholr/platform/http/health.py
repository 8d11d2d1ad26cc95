"""Liveness touches nothing; readiness asks the database and its schema, and nothing that only degrades."""

from collections.abc import Sequence
from typing import Any

import litestar
from litestar import Response

from scholr.kernel.errors import DomainError
from scholr.platform.db.migrate import head_revision
from scholr.platform.http.given import ThePlatform
from scholr.platform.module import Module
from scholr.platform.observability.routes import metrics
from scholr.platform.runtime import Platform

Body = dict[str, Any]


def health_routes(modules: Sequence[Module]) -> list[Any]:
    wanted = head_revision()

    async def readiness(platform: Platform) -> tuple[str, str]:
        try:
            found = await platform.db.schema_revision()
        except DomainError as error:
            return "DOWN", error.code
        if found is None or found < wanted:
            return "DOWN", f"schema is at {found}, this program needs {wanted}"
        return "UP", ""

    @litestar.get("/health/live", include_in_schema=False)
    async def live() -> Body:
        return {"status": "UP"}

    @litestar.get("/health/ready", include_in_schema=False)
    async def ready(platform: ThePlatform) -> Response[Body]:
        status, reason = await readiness(platform)
        body = {"status": status} if not reason else {"status": status, "reason": reason}
        return Response(body, status_code=200 if status == "UP" else 503)

    @litestar.get("/actuator/health", include_in_schema=False)
    async def actuator(platform: ThePlatform) -> Response[Body]:
        status, _reason = await readiness(platform)
        return Response({"status": status}, status_code=200 if status == "UP" else 503)

    @litestar.get("/contexts", include_in_schema=False)
    async def contexts() -> Body:
        return {"contexts": [module.name for module in modules]}

    return [live, ready, actuator, contexts, metrics]
