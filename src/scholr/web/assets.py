"""Addresses of the files that the front-end build made, by the names the templates use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DIST = Path(__file__).parent / "static" / "dist"
DIST_URL = "/static/dist/"

_SANS = "instrument-sans-latin-wght-normal.woff2"
_SERIF = "source-serif-4-normal.woff2"


class AssetsMissing(Exception):
    """The bundle was not built, or lacks a file that a template asks for."""


@dataclass(frozen=True, slots=True)
class Assets:
    """What Vite's manifest says, with source names on the left and file names on the right."""

    files: Mapping[str, str]
    url_prefix: str = DIST_URL

    def url(self, name: str) -> str:
        """`main.ts`, `app.css`, `pages/home.css`, `icons.svg`; raises AssetsMissing."""
        return self.url_prefix + self._file(name)

    def preload_fonts(self) -> tuple[str, ...]:
        """The two faces that every first screen needs, most needed first."""
        by_end = {name.rsplit("/", 1)[-1]: file for name, file in self.files.items()}
        return tuple(self.url_prefix + by_end[name] for name in (_SERIF, _SANS) if name in by_end)

    def _file(self, name: str) -> str:
        for source in (name, f"src/{name}", f"src/styles/{name}"):
            if source in self.files:
                return self.files[source]
        raise AssetsMissing(f"The front-end bundle has no {name!r}; build it again.")


def load_assets(dist: Path = DIST, url_prefix: str = DIST_URL) -> Assets:
    """Reads the manifest once; raises AssetsMissing when the bundle was never built."""
    manifest = dist / "manifest.json"
    if not manifest.exists():
        raise AssetsMissing(f"There is no front-end bundle in {dist}. Run: python tools/build_frontend.py")
    entries: dict[str, dict[str, object]] = json.loads(manifest.read_text())
    files = {name: str(entry["file"]) for name, entry in entries.items()}
    return Assets(files=files, url_prefix=url_prefix)
