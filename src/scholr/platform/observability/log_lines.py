"""What every log line carries, what none may, and where it also goes."""

import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any

from scholr.kernel.errors import DomainError
from scholr.platform.observability.telemetry import Telemetry
from scholr.platform.observability.trace import current_part, current_traceparent

Line = MutableMapping[str, Any]

_EMAIL = re.compile(r"[^\s@<>'\"(),;:=]+@[^\s@<>'\"(),;:=]+")
_QUOTED = re.compile(r"'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|“[^”\n]*”")
_CUT_OFF = re.compile(r"(?<!\w)['\"“].*$", re.MULTILINE)  # asyncpg shortens a value, and its closing quote with it
_KEY_VALUE = re.compile(r"\)=\(.*?\)(?=\s|$)")  # PostgreSQL's "Key (email)=(x) already exists"
_DETAIL = re.compile(r"^\s*(DETAIL|CONTEXT|HINT|\[SQL|\[parameters).*$", re.MULTILINE)
_FIELDS = {
    "scholr.request_id": "request_id",
    "scholr.tenant_id": "tenant_id",
    "scholr.actor_kind": "actor_kind",
    "http.route": "route",
    "scholr.name": "name",
}


def add_part(_logger: object, _method: str, line: Line) -> Line:
    """The request, job or event that the line belongs to, in the same words everywhere."""
    part = current_part.get()
    if part is None:
        return line
    line.setdefault("trace_id", part.trace_id)
    for name, value in part.facts().items():
        if name in _FIELDS:
            line.setdefault(_FIELDS[name], value)
    return line


def format_error(_logger: object, _method: str, line: Line) -> Line:
    """An exception as its types, where each came from, and its words without what was put into them.

    Never the formatter with local variables, and never an error's own text: PostgreSQL quotes rows in it.
    """
    found = line.pop("exc_info", None)
    if found is True or isinstance(found, tuple):
        found = found[1] if isinstance(found, tuple) else sys.exception()
    if isinstance(found, BaseException):
        line["exception"] = error_text(found)
    return line


def redact(_logger: object, _method: str, line: Line) -> Line:
    """The last net: an address of a person in any word of a line is taken out of it."""
    for name, value in line.items():
        if not isinstance(value, int | float | None):
            line[name] = _without_addresses(value)
    return line


def _without_addresses(value: Any) -> Any:
    """`value` as it is, or a copy in which lists, and what stands by name, are looked through."""
    if isinstance(value, str):
        return _EMAIL.sub("…", value) if "@" in value else value
    if isinstance(value, Mapping):
        return {name: _without_addresses(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_without_addresses(each) for each in value]
    return value


def error_text(error: BaseException) -> str:
    """The chain of what went wrong, the first cause first."""
    chain: list[BaseException] = []
    seen: BaseException | None = error
    while seen is not None and seen not in chain:
        chain.append(seen)
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "\n".join(_one(each) for each in reversed(chain))


def without_values(text: str) -> str:
    """An error's words without quoted text, addresses, and the server's details."""
    for pattern in (_DETAIL, _KEY_VALUE, _QUOTED, _CUT_OFF, _EMAIL):
        text = pattern.sub("…", text)
    return text.strip()[:300]


def _one(error: BaseException) -> str:
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    state = getattr(error, "sqlstate", None)
    words = error.code if isinstance(error, DomainError) else without_values(str(error))
    what = f"{name} [{state}]: {words}" if state else f"{name}: {words}"
    if isinstance(error, BaseExceptionGroup):
        inner = "\n".join(error_text(each) for each in error.exceptions)
        return f"{_frames(error.__traceback__)}{what}\n{inner}"
    return f"{_frames(error.__traceback__)}{what}"


def _frames(trace: TracebackType | None) -> str:
    """Where it went through; the source's own lines are constants of ours and say nothing of anybody."""
    return "".join(traceback.format_tb(trace)[-30:])


class LogExport:
    """A structlog processor that also hands each line to an exporter, once there is one."""

    def __init__(self) -> None:
        self.telemetry: Telemetry | None = None

    def __call__(self, _logger: object, method: str, line: Line) -> Line:
        record = line.get("_record")
        own = record is not None and str(record.name).startswith("opentelemetry")  # or a dead collector fed itself
        if self.telemetry is not None and not own:
            part, traceparent = current_part.get(), current_traceparent.get()
            trace_id = part.trace_id if part is not None else ""
            span_id = traceparent[36:52] if part is not None and traceparent is not None else ""
            facts = {name: value for name, value in line.items() if name not in ("event", "level", "timestamp")}
            self.telemetry.log(str(line.get("level", method)), str(line.get("event", "")), facts, trace_id, span_id)
        return line
