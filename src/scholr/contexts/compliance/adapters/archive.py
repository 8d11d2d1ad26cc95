"""An export as a file: a ZIP with one JSON file for each part of the program, and a page to read."""

import html
import zipfile
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

import msgspec

from scholr.platform.db.subject import Held

FORMAT = "scholr.export.1"
_PIECE = 256 * 1024

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": FORMAT,
    "description": "One file in data/: what one part of the program holds of the person.",
    "type": "object",
    "required": ["format", "part", "tables"],
    "properties": {
        "format": {"const": FORMAT},
        "part": {"type": "string"},
        "tables": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["table", "what", "made", "whole", "rows"],
                "properties": {
                    "table": {"type": "string"},
                    "what": {"type": "string", "description": "What it is held for."},
                    "made": {"type": "boolean", "description": "True: things that the person made, by id and name."},
                    "whole": {"type": "boolean", "description": "False: there is more, and these rows are the first."},
                    "rows": {"type": "array", "items": {"type": "object"}},
                },
            },
        },
    },
}

_STYLE = (
    "body{font:17px/1.55 Georgia,serif;max-width:46rem;margin:3rem auto;padding:0 1rem;color:#1c1c1c;background:#fff}"
    "h1{font-size:1.7rem}h2{font-size:1.15rem;margin-top:2.5rem;border-top:1px solid #ccc;padding-top:1rem}"
    "dl{display:grid;grid-template-columns:minmax(9rem,auto) 1fr;gap:.1rem 1rem;font:14px/1.5 sans-serif;"
    "border-bottom:1px solid #eee;padding-bottom:.6rem}dt{color:#666}dd{margin:0;overflow-wrap:anywhere}"
    "@media(prefers-color-scheme:dark){body{color:#e8e6e3;background:#161616}dt{color:#aaa}}"
)


@dataclass(slots=True)
class Archive:
    """Filled table by table, then written. `titles` are names of things by their ids, to be read instead of them."""

    name: str
    organization: str
    made_at: datetime
    titles: Mapping[str, str]
    _parts: dict[str, list[Held]] = field(default_factory=dict)

    def add(self, held: Held) -> None:
        self._parts.setdefault(held.context, []).append(held)

    def write(self, file: IO[bytes]) -> int:
        """Fill `file` from its beginning, where it is left; returns its size in bytes."""
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("index.html", self._page())
            archive.writestr("schema.json", _json(SCHEMA))
            archive.writestr("about.json", _json(self._about()))
            for part, tables in self._parts.items():
                archive.writestr(f"data/{part}.json", _json(_part(part, tables)))
        size = file.tell()
        file.seek(0)
        return size

    def _about(self) -> dict[str, object]:
        return {
            "format": FORMAT,
            "person": self.name,
            "organization": self.organization,
            "made_at": self.made_at,
            "files": [f"data/{part}.json" for part in self._parts],
            "names": dict(self.titles),
        }

    def _page(self) -> str:
        who, where = html.escape(self.name), html.escape(self.organization)
        sections = "".join(self._section(held) for tables in self._parts.values() for held in tables)
        return (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{who}</title><style>{_STYLE}</style>'
            f'<meta name="viewport" content="width=device-width"><h1>What {where} holds of {who}</h1>'
            f"<p>Made on {self.made_at:%-d %B %Y} at {self.made_at:%H:%M} UTC. The same is in the folder <i>data</i>"
            f" for programs to read, as <i>schema.json</i> describes.</p>{sections}</html>"
        )

    def _section(self, held: Held) -> str:
        said = f"{held.why}: what you made or changed" if held.made else held.why
        rows = "".join(f"<dl>{self._row(row)}</dl>" for row in held.rows)
        more = (
            "" if held.is_whole else f"<p>There is more; these are the first {len(held.rows):,}. Ask for the rest.</p>"
        )
        return f"<h2>{html.escape(said)}</h2>{rows}{more}"

    def _row(self, row: Mapping[str, Any]) -> str:
        return "".join(
            f"<dt>{html.escape(_words(name))}</dt><dd>{html.escape(self._said(value))}</dd>"
            for name, value in row.items()
            if value not in (None, "", [], {})
        )

    def _said(self, value: object) -> str:
        if isinstance(value, str):
            return self.titles.get(value, value)
        if isinstance(value, bool):
            return "yes" if value else "no"
        return _json(value).decode() if isinstance(value, list | dict) else str(value)


def _words(column: str) -> str:
    return column.removesuffix("_id").replace("_", " ")


def _part(part: str, tables: Sequence[Held]) -> dict[str, object]:
    listed = [
        {"table": each.table, "what": each.why, "made": each.made, "whole": each.is_whole, "rows": each.rows}
        for each in tables
    ]
    return {"format": FORMAT, "part": part, "tables": listed}


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2)


async def pieces_of(file: IO[bytes]) -> AsyncIterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece
