"""What an ordinary page makes a phone fetch stays within the budget."""

import gzip
import json
from pathlib import Path

from scholr.web.assets import DIST

SCRIPT_BUDGET_BYTES = 100_000
STYLE_BUDGET_BYTES = 60_000
PRELOADED_FONTS_BYTES = 120_000


# The block editor is fetched only where lessons are written.
LOADED_WHEN_NEEDED = "src/islands/editor.ts"


def built(end: str) -> list[Path]:
    """Files of the current build; those of earlier ones may still lie beside them."""
    manifest = json.loads((DIST / "manifest.json").read_text())
    files = {entry["file"] for name, entry in manifest.items() if name != LOADED_WHEN_NEEDED}
    return [DIST / file for file in sorted(files) if file.endswith(end)]


def compressed(file: Path) -> int:
    return len(gzip.compress(file.read_bytes(), 6))


def test_all_scripts_together_are_within_the_budget() -> None:
    assert sum(compressed(file) for file in built(".js")) < SCRIPT_BUDGET_BYTES


def test_the_sheet_and_any_two_page_styles_are_within_the_budget() -> None:
    manifest = json.loads((DIST / "manifest.json").read_text())
    sizes = {name: compressed(DIST / entry["file"]) for name, entry in manifest.items() if name.endswith(".css")}
    everywhere = sizes.pop("src/styles/app.css")
    assert everywhere + sum(sorted(sizes.values())[-2:]) < STYLE_BUDGET_BYTES


def test_preloaded_fonts_are_cut_down() -> None:
    preloaded = ("source-serif-4-normal-", "instrument-sans-latin-wght-normal-")
    faces = [file for file in built(".woff2") if file.name.startswith(preloaded)]
    assert len(faces) == 2
    assert sum(file.stat().st_size for file in faces) < PRELOADED_FONTS_BYTES


def test_styles_need_nothing_from_elsewhere() -> None:
    for sheet in built(".css"):
        text = sheet.read_text()
        assert "http:" not in text
        assert "https:" not in text
        assert "url(data:" not in text
