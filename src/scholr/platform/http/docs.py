"""The API's description: `/openapi.json`, and a page beside it that people can read."""

from typing import Any

import litestar
import msgspec
from litestar import Request, Response

Document = dict[str, Any]

_IDEMPOTENCY_KEY: Document = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": (
        "Makes the request safe to repeat: the same key and request get the first answer again, byte for byte, with "
        "`Idempotency-Replayed: true`, for 24 hours. The same key with another request is refused (422, "
        "`idempotency_key_reused`); while the first one runs the answer is 409 (`idempotency_key_in_progress`)."
    ),
}
_UNSAFE = frozenset({"post", "put", "patch", "delete"})


@litestar.get("/openapi.json", include_in_schema=False, media_type="application/json")
async def openapi_json(request: Request[Any, Any, Any]) -> Response[bytes]:
    document = with_idempotency_key(request.app.openapi_schema.to_schema())
    return Response(msgspec.json.encode(document), media_type="application/json")


def with_idempotency_key(document: Document) -> Document:
    """The same description with the header that every unsafe operation takes."""
    components = {**document.get("components", {}), "parameters": {"IdempotencyKey": _IDEMPOTENCY_KEY}}
    paths = {
        path: {method: _taking_key(method, operation) for method, operation in operations.items()}
        for path, operations in document.get("paths", {}).items()
    }
    return {**document, "components": components, "paths": paths}


def _taking_key(method: str, operation: Any) -> Any:
    if method not in _UNSAFE:
        return operation
    reference = {"$ref": "#/components/parameters/IdempotencyKey"}
    return {**operation, "parameters": [*operation.get("parameters", ()), reference]}
