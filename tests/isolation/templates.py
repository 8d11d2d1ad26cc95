"""A request with holes for ids: the same one can be sent with our ids, theirs, or ids that nobody has."""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx

from tests.isolation.known import EXAMPLES, FIELD_IDS, MADE_UP, PLAIN, RAW, ROUTE_IDS, WRAPPED
from tests.support.endpoints import Document, Endpoint, Surface


class UnknownId(Exception):
    """The sweep does not know what to put into a parameter or field."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A place for an id. `kind` is its key in the populated school, `place` where it is, such as `body.course_id`."""

    kind: str
    place: str
    form: str = "{}"


@dataclass(frozen=True, slots=True)
class Template:
    """`path`, `query` and `body` hold `Hole`s. `raw` is a content type and a body that is not JSON."""

    endpoint: Endpoint
    path: Mapping[str, Any]
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    is_form: bool = False
    raw: tuple[str, bytes] | None = None

    @property
    def holes(self) -> tuple[Hole, ...]:
        return tuple(_holes((self.path, self.query, self.body)))

    def filled(self, choose: Callable[[Hole], str]) -> httpx.Request:
        path = self.endpoint.path.format(**_filled(self.path, choose))
        query, body = _filled(self.query, choose), _filled(self.body, choose)
        if self.raw is not None:
            headers = {"content-type": self.raw[0]}
            return httpx.Request(self.endpoint.method, path, params=query, content=self.raw[1], headers=headers)
        if self.is_form:
            return httpx.Request(self.endpoint.method, path, params=query, data=body)
        return httpx.Request(self.endpoint.method, path, params=query, json=body)


def template_of(surface: Surface, endpoint: Endpoint, known: Mapping[str, str]) -> Template:
    """The smallest valid request of a JSON route, with every id-like field in it. Raises UnknownId."""
    operation = endpoint.operation or {}
    path = path_of(endpoint, known)
    query = {
        parameter["name"]: made
        for parameter in operation.get("parameters", ())
        if parameter.get("in") == "query"
        and (made := _Maker(surface, endpoint, known).parameter(parameter)) is not None
    }
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    body = _Maker(surface, endpoint, known).body(content["schema"]) if content else None
    return Template(endpoint, path, query, body, raw=RAW.get(endpoint.name))


def path_of(endpoint: Endpoint, known: Mapping[str, str]) -> dict[str, Any]:
    """What goes into each path parameter. Raises UnknownId."""
    return {name: _path_hole(endpoint, name, known) for name in endpoint.parameters}


def _path_hole(endpoint: Endpoint, name: str, known: Mapping[str, str]) -> Any:
    if name in PLAIN:
        return PLAIN[name]
    if name in WRAPPED:
        return Hole(WRAPPED[name][0], f"path.{name}", WRAPPED[name][1])
    kind = ROUTE_IDS.get(endpoint.name, {}).get(name, name)
    if kind not in known:
        raise UnknownId(
            f"{endpoint.name}: nothing populated for {{{name}}}; make one in tests/support/populated_school.py"
        )
    return Hole(kind, f"path.{name}")


@dataclass(frozen=True, slots=True)
class _Maker:
    surface: Surface
    endpoint: Endpoint
    known: Mapping[str, str]

    def parameter(self, parameter: Document) -> Any:
        """Required parameters and those that take an id; None for all others."""
        name, place = parameter["name"], f"query.{parameter['name']}"
        if place in PLAIN:
            return PLAIN[place]
        schema = self._narrow(parameter["schema"])
        if self._takes_id(name, schema):
            return self._id(name, place)
        return self._value(name, schema, place) if parameter.get("required") else None

    def body(self, schema: Document) -> Any:
        return self._value("", self._narrow(schema), "body")

    def _narrow(self, schema: Document) -> Document:
        """The first alternative that is not null."""
        schema = self.surface.resolve(schema)
        for alternative in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
            if alternative.get("type") != "null":
                return {**schema, "oneOf": (), **self._narrow(alternative)}
        return schema

    def _takes_id(self, name: str, schema: Document) -> bool:
        if name in MADE_UP:
            return False
        if schema.get("type") == "array":
            return self._takes_id(name, self._narrow(schema["items"]))
        return schema.get("format") == "uuid" or name.endswith(("_id", "_ids")) or name in FIELD_IDS

    def _id(self, name: str, place: str) -> Hole:
        kind = ROUTE_IDS.get(self.endpoint.name, {}).get(place, FIELD_IDS.get(name, name))
        if kind not in self.known:
            raise UnknownId(
                f"{self.endpoint.name}: the sweep does not know {place}; name it in tests/isolation/known.py"
            )
        return Hole(kind, place)

    def _value(self, name: str, schema: Document, place: str) -> Any:
        if (example := EXAMPLES.get(str(schema.get("title")))) is not None:
            return _with_holes(example, place)
        match schema.get("type"):
            case "object":
                return self._object(schema, place)
            case "array":
                return self._array(name, schema, place)
            case _ if self._takes_id(name, schema):
                return self._id(name, place)
            case _ if "enum" in schema:
                return schema["enum"][0]
            case "string":
                return self._text(schema)
            case "integer" | "number":
                return schema.get("default", max(1, int(schema.get("minimum", 1))))
            case "boolean":
                return bool(schema.get("default", False))
        return "1"

    def _object(self, schema: Document, place: str) -> dict[str, Any]:
        found = {}
        for name, described in schema.get("properties", {}).items():
            narrow = self._narrow(described)
            if name in schema.get("required", ()) or self._holds_ids(name, narrow):
                found[name] = self._value(name, narrow, f"{place}.{name}")
        return found

    def _holds_ids(self, name: str, schema: Document) -> bool:
        if schema.get("type") == "array":
            return self._holds_ids(name, self._narrow(schema["items"]))
        if schema.get("type") == "object":
            return any(self._holds_ids(each, self._narrow(of)) for each, of in schema.get("properties", {}).items())
        return self._takes_id(name, schema)

    def _array(self, name: str, schema: Document, place: str) -> list[Any]:
        items = self._narrow(schema["items"])
        if self._holds_ids(name, items) or schema.get("minItems"):
            return [self._value(name, items, place)]
        return []

    def _text(self, schema: Document) -> str:
        if schema.get("format") == "date-time":
            return datetime.now(UTC).isoformat()
        if schema.get("format") == "uuid":
            return str(uuid4())
        return str(schema.get("default") or "x" * max(1, int(schema.get("minLength", 1))))


_PLACEHOLDER = re.compile(r"^(.*)<(\w+)>$")


def _with_holes(example: Any, place: str) -> Any:
    """`<course_id>` in an example is a hole; `asset:<asset_id>` is one inside a text."""
    match example:
        case dict():
            return {_with_holes(key, place): _with_holes(value, f"{place}.{key}") for key, value in example.items()}
        case list():
            return [_with_holes(each, place) for each in example]
        case str() if found := _PLACEHOLDER.match(example):
            return Hole(found[2], place, found[1].replace("{", "{{") + "{}")
    return example


def _holes(part: Any) -> Iterator[Hole]:
    match part:
        case Hole():
            yield part
        case Mapping():
            yield from itertools.chain.from_iterable(map(_holes, itertools.chain(part.keys(), part.values())))
        case list() | tuple():
            yield from itertools.chain.from_iterable(map(_holes, part))


def _filled(part: Any, choose: Callable[[Hole], str]) -> Any:
    match part:
        case Hole():
            return part.form.format(choose(part))
        case Mapping():
            return {_filled(key, choose): _filled(value, choose) for key, value in part.items()}
        case list():
            return [_filled(each, choose) for each in part]
    return part


def nobodys(_hole: Hole) -> str:
    return str(uuid4())
