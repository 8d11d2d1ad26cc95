"""`/metrics` of a web process."""

from uuid import UUID

import litestar
from litestar import Request, Response

from scholr.kernel.errors import NotFound
from scholr.platform.http.given import ThePlatform
from scholr.platform.observability.access import may_read_metrics
from scholr.platform.observability.exposition import exposition, tenant_exposition


class NoMetrics(NotFound):
    code = "not_found"
    message = "There is nothing at this address."


@litestar.get("/metrics", include_in_schema=False)
async def metrics(
    request: Request[object, object, litestar.datastructures.State], platform: ThePlatform
) -> Response[bytes]:
    """Without the right token the address is not there, so that nobody learns that it is worth trying."""
    signals, http = platform.signals, platform.http
    authorization = request.headers.get("authorization", "")
    if not may_read_metrics(signals, authorization, operator_token=http.operator_token, is_demo=http.is_demo):
        raise NoMetrics
    accept, tenant = request.headers.get("accept", ""), request.query_params.get("tenant")
    found = exposition(signals, accept) if tenant is None else tenant_exposition(signals, _id(tenant), accept)
    if found is None:
        raise NoMetrics
    body, content_type = found
    return Response(body, headers={"content-type": content_type, "cache-control": "no-store"})


def _id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise NoMetrics from error
