"""Values that databases, parsers and people stumble over, in every field of every JSON route."""

import copy
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx

from tests.fuzz.fuzzed import Fuzzed, Operation
from tests.isolation.known import CAPABILITIES, PLAIN
from tests.isolation.templates import Template, path_of, template_of

TEXTS = (
    "",
    " ",
    "\x00",
    "in the\x00middle",
    "half a pair \ud800",
    "\udcff",
    "\u202e\u200b\ufeff",
    "x" * 70_000,
    "%s %n {0} {{7*7}} ' or 1=1 --",
    "../../../etc/passwd",
)
NUMBERS = (-1, 0, 2**31, 2**63 - 1, 2**63, 2**200, 0.1, 1e308, -1e308)
MOMENTS = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999-12:00", "2026-01-01T00:00:00", "10000-01-01T00:00:00Z")
SHAPES: tuple[Any, ...] = (None, True, [], {}, [[]], {"\x00": "\x00"})
QUERIES = (
    "",
    "\x00",
    "-1",
    "0",
    "²",
    str(2**63),
    str(-(2**31) - 1),
    "x" * 5_000,
    "\ufffe",
    str(uuid4()),
    "AAAA",
    "bnVsbA==",
    "%",
)

ADDRESSES = ("%00", "0", "-1", str(2**70), "x" * 300, "%ff", "%2e%2e%2f", "00000000-0000-0000-0000-000000000000")


def test_stumbles_over_nothing(fuzzed: Fuzzed, operation: Operation) -> None:
    endpoint = fuzzed.endpoint(operation)
    known = {**fuzzed.world.ours.ids, **dict.fromkeys(CAPABILITIES, "nothing")}
    template = template_of(fuzzed.surface, endpoint, known)
    valid = template.filled(lambda hole: known[hole.kind])
    problems = []
    for what, request in (*_bodies(valid), *_queries(operation, valid), *_paths(template, known)):
        answer = fuzzed.send(request)
        if answer.status_code >= 500 or str(answer.status_code) not in operation.definition.raw["responses"]:
            problems.append(f"{what}: {answer.status_code} {answer.text[:200]}")
    assert not problems, "\n".join(problems)


def _bodies(valid: httpx.Request) -> Iterator[tuple[str, httpx.Request]]:
    """The valid body with one value exchanged at a time."""
    if valid.headers.get("content-type") != "application/json":
        return
    body = json.loads(valid.content)
    for path, present in _leaves(body):
        for value in _hostile(present):
            changed = _exchanged(body, path, value)
            content = json.dumps(changed).encode()
            headers = {"content-type": "application/json"}
            yield (
                f"{path} = {str(value)[:40]!a}",
                httpx.Request(valid.method, valid.url, content=content, headers=headers),
            )


def _hostile(present: Any) -> Iterator[Any]:
    """Wrong shapes for everything, and what is most harmful to the kind of value that stands there."""
    yield from SHAPES
    if isinstance(present, str):
        yield from (*TEXTS, *MOMENTS, NUMBERS[0])
    elif isinstance(present, int | float) and not isinstance(present, bool):
        yield from (*NUMBERS, TEXTS[0])


def _leaves(part: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every place in the body with what stands there; of a list only the first."""
    yield path, part
    if isinstance(part, dict):
        for name, value in part.items():
            yield from _leaves(value, (*path, name))
    elif isinstance(part, list):
        for index, value in enumerate(part[:1]):
            yield from _leaves(value, (*path, index))


def _exchanged(body: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(body)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return changed


def _queries(operation: Operation, valid: httpx.Request) -> Iterator[tuple[str, httpx.Request]]:
    """Each query parameter of the description with each hostile value."""
    for parameter in operation.definition.raw.get("parameters", ()):
        if parameter.get("in") == "query":
            for value in QUERIES:
                url = valid.url.copy_set_param(parameter["name"], value)
                request = httpx.Request(valid.method, url, content=valid.content, headers=valid.headers)
                yield f"?{parameter['name']}={value[:40]!a}", request


def _paths(template: Template, known: dict[str, str]) -> Iterator[tuple[str, httpx.Request]]:
    """Each path parameter with what is no id."""
    for name in template.endpoint.parameters:
        for value in ADDRESSES:
            path = path_of(template.endpoint, known)
            filled = {each: known.get(each, PLAIN.get(each, "1")) for each in path} | {name: value}
            yield (
                f"{name}={value[:40]!a}",
                httpx.Request(template.endpoint.method, f"http://localhost{template.endpoint.path.format(**filled)}"),
            )
