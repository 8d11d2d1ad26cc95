"""The API's description: `/openapi.json`, and a page beside it that people can read."""

from typing import Any

import litestar
import msgspec
from litestar import Request, Response


@litestar.get("/openapi.json", include_in_schema=False, media_type="application/json")
async def openapi_json(request: Request[Any, Any, Any]) -> Response[bytes]:
    return Response(msgspec.json.encode(request.app.openapi_schema.to_schema()), media_type="application/json")
