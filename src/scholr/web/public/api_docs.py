"""The API in words: every operation of `/openapi.json` on one page."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from litestar import Response

from scholr.platform.http.api import page_get
from scholr.platform.http.docs import with_idempotency_key
from scholr.web.page import PageRequest, show

_METHODS = ("get", "post", "put", "patch", "delete")
_DEPTH = 6

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    place: str
    required: bool
    type: str


@dataclass(frozen=True, slots=True)
class Operation:
    """`body` and `answer` are JSON samples, empty where there is none."""

    id: str
    tag: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    body: str
    answer: str
    statuses: tuple[str, ...]


@page_get("/docs/api", public=True)
async def api_docs(request: PageRequest) -> Response[str]:
    document = with_idempotency_key(request.app.openapi_schema.to_schema())
    operations = sorted(_operations(document), key=lambda each: (each.tag, each.path, _METHODS.index(each.method)))
    groups = [(tag, list(found)) for tag, found in groupby(operations, key=lambda each: each.tag)]
    return show(request, "public/api_docs.html", title="API", groups=groups, count=len(operations))


def _operations(document: Schema) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield _operation(document, path, method, methods[method])


def _operation(document: Schema, path: str, method: str, found: Schema) -> Operation:
    responses = found.get("responses", {})
    success: Schema = next((responses[status] for status in sorted(responses) if status.startswith("2")), {})
    return Operation(
        id=f"{method}{path}".replace("/", "-").replace("{", "").replace("}", ""),
        tag=found.get("tags", ["other"])[0],
        method=method,
        path=path,
        summary=found.get("summary", ""),
        description=found.get("description", ""),
        parameters=tuple(_parameter(document, each) for each in found.get("parameters", ())),
        body=_json(document, found.get("requestBody", {})),
        answer=_json(document, success),
        statuses=tuple(sorted(responses)),
    )


def _parameter(document: Schema, found: Schema) -> Parameter:
    found = _resolved(document, found)
    schema = _resolved(document, found.get("schema", {}))
    return Parameter(found["name"], found["in"], bool(found.get("required")), _type(schema))


def _type(schema: Schema) -> str:
    if "oneOf" in schema:
        return " or ".join(_type(each) for each in schema["oneOf"])
    return str(schema.get("format") or schema.get("type", "any"))


def _json(document: Schema, carrier: Schema) -> str:
    schema = carrier.get("content", {}).get("application/json", {}).get("schema")
    return json.dumps(_sample(document, schema, _DEPTH), indent=2) if schema else ""


def _resolved(document: Schema, schema: Schema) -> Schema:
    while "$ref" in schema:
        place: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            place = place[step]
        schema = place
    return schema


def _sample(document: Schema, schema: Schema, depth: int) -> Any:
    """A value that shows the schema's shape; where it nests deeper than `depth` it is cut off."""
    schema = _resolved(document, schema)
    if depth == 0:
        return "…"
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            options = [each for each in schema[choice] if each.get("type") != "null"]
            return _sample(document, options[0], depth) if options else None
    if "enum" in schema:
        return " | ".join(str(each) for each in schema["enum"])
    match schema.get("type"):
        case "object":
            return {name: _sample(document, each, depth - 1) for name, each in schema.get("properties", {}).items()}
        case "array":
            return [_sample(document, schema.get("items", {}), depth - 1)]
        case _:
            return _type(schema)


ROUTES: tuple[Any, ...] = (api_docs,)
