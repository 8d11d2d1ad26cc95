"""Addresses of built files by their source names."""

import json
from pathlib import Path

import pytest

from scholr.web.assets import AssetsMissing, load_assets

MANIFEST = {
    "src/main.ts": {"file": "main-abc.js", "isEntry": True},
    "src/styles/app.css": {"file": "app-def.css"},
    "src/styles/pages/home.css": {"file": "home-123.css"},
    "icons.svg": {"file": "icons-456.svg"},
    ".fonts/source-serif-4-normal.woff2": {"file": "serif-1.woff2"},
    "node_modules/x/files/instrument-sans-latin-wght-normal.woff2": {"file": "sans-1.woff2"},
}


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST))
    return tmp_path


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("main.ts", "/static/dist/main-abc.js"),
        ("app.css", "/static/dist/app-def.css"),
        ("pages/home.css", "/static/dist/home-123.css"),
        ("icons.svg", "/static/dist/icons-456.svg"),
    ],
)
def test_finds_a_file_by_its_source_name(dist: Path, name: str, url: str) -> None:
    assert load_assets(dist).url(name) == url


def test_preloads_the_reading_face_and_the_interface_face(dist: Path) -> None:
    assert load_assets(dist, "/x/").preload_fonts() == ("/x/serif-1.woff2", "/x/sans-1.woff2")


def test_says_which_file_is_missing(dist: Path) -> None:
    with pytest.raises(AssetsMissing, match=r"pages/none\.css"):
        load_assets(dist).url("pages/none.css")


def test_says_how_to_build_when_nothing_was_built(tmp_path: Path) -> None:
    with pytest.raises(AssetsMissing, match=r"tools/build_frontend\.py"):
        load_assets(tmp_path)
