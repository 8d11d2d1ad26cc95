"""Logs as one JSON object a line, or as readable lines on a terminal."""

import logging
import sys
from typing import TextIO, cast

import structlog

from scholr.entrypoints.lossy import LossyStream
from scholr.platform.observability.log_lines import LogExport, add_part, format_error, redact
from scholr.platform.observability.telemetry import Telemetry

_export = LogExport()


def configure_logging(*, level: int = logging.INFO) -> None:
    """Send everything, libraries included, to standard error through structlog; each line names what it belongs to."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_part,
        format_error,
        redact,
        _export,
    ]
    stream = LossyStream(sys.stderr)
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    final: structlog.typing.Processor = console if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, final],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", stream)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(cast("TextIO", stream))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, final],
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(allow=[]), _take_error, *shared],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


def send_logs_to(telemetry: Telemetry | None) -> None:
    """Hand every line from now on to this exporter too; None: to nobody."""
    _export.telemetry = telemetry


def _take_error(_logger: object, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """A library's record carries its exception beside the line; from here on it is formatted like ours."""
    record = line.get("_record")
    if record is not None and record.exc_info:
        line["exc_info"], record.exc_info, record.exc_text = record.exc_info, None, None
    return line
