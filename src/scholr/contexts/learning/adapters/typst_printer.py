"""Certificates by Typst: PDF/UA-1, from one template, off the event loop and at most two at a time."""

import io
from functools import cache
from pathlib import Path
from typing import Literal

import anyio.to_thread
import msgspec
import segno
import structlog
import typst
from anyio import CapacityLimiter

from scholr.contexts.learning.errors import PrintingFailed
from scholr.contexts.learning.ports import Paper

log = structlog.get_logger("scholr.learning")

HERE = Path(__file__).parent
AT_ONCE = 2
RETRY_SECONDS = 10


class TypstPrinter:
    """`fonts` are folders with font files beside the ones that Typst brings along."""

    def __init__(self, fonts: tuple[Path, ...] = ()) -> None:
        self._fonts = typst.Fonts(include_system_fonts=False, font_paths=list(fonts))
        self._limit: CapacityLimiter | None = None

    async def print(self, paper: Paper) -> bytes:
        if self._limit is None:
            self._limit = CapacityLimiter(AT_ONCE)
        return await anyio.to_thread.run_sync(self._print, paper, limiter=self._limit)

    def _print(self, paper: Paper) -> bytes:
        inputs = {"paper": msgspec.json.encode(paper).decode(), "qr": qr_svg(paper.verify_url)}
        try:
            return self._compiled(inputs, "ua-1")
        except typst.TypstError:
            # PDF/UA forbids a letter that no font has; the paper is still worth more than none.
            log.warning("certificate printed without PDF/UA", number=paper.number)
        try:
            return self._compiled(inputs, None)
        except typst.TypstError as error:
            raise PrintingFailed(retry_after=RETRY_SECONDS) from error

    def _compiled(self, inputs: dict[str, str], standard: Literal["ua-1"] | None) -> bytes:
        made = typst.compile(
            _template(),
            format="pdf",
            font_paths=self._fonts,
            sys_inputs=inputs,
            pdf_standards=standard,
        )
        if not isinstance(made, bytes):
            raise PrintingFailed(retry_after=RETRY_SECONDS)
        return made


def qr_svg(address: str) -> str:
    """A QR code that survives a fold (15 per cent may be damaged)."""
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", border=2, xmldecl=False, dark="#1d1b18")
    return out.getvalue().decode()


@cache
def _template() -> bytes:
    return (HERE / "certificate.typ").read_bytes()
