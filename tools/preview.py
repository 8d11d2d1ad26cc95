"""Renders the gallery and the sample pages without server or database, to look at them.

    python tools/preview.py --out /tmp/preview            # files, one per page
    python tools/preview.py --serve 8099                  # the same on a loopback address

Options choose what a viewer would: --theme, --locale, --colour.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader

from scholr.web.assets import DIST, load_assets
from scholr.web.gallery import TENANTS, gallery_context, gallery_page
from scholr.web.rendering import Templates
from scholr.web.shell import Area, Crumb, Flash, Organisation, Page, Viewer, places_for

SAMPLES = Path(__file__).resolve().parent / "preview_pages"
NOW = datetime(2026, 11, 23, 10, 44, tzinfo=UTC)

AMIRA = Viewer(name="Amira Haddad", role_line="Year 2, Public Health", areas=("learn", "account"))
WILK = Viewer(name="Dr Tomasz Wilk", role_line="Public Health", areas=("learn", "teach", "account"))
MOE = Viewer(name="Ingrid Moe", role_line="Registry", areas=("learn", "teach", "admin", "account"))

# file: area, path of the current place, viewer, breadcrumb
PAGES: dict[str, tuple[Area, str, Viewer, tuple[str, ...]]] = {
    "home": ("learn", "/learn", AMIRA, ("Monday 23 November",)),
    "home-arabic": ("learn", "/learn", AMIRA, ("الاثنين 23 نوفمبر",)),
    "catalogue": ("learn", "/catalogue", AMIRA, ("Catalogue",)),
    "course": ("learn", "/learn/courses", AMIRA, ("My courses", "Reading Evidence")),
    "lesson": ("learn", "/learn/courses", AMIRA, ("Reading Evidence", "3 Misreading", "3.3 When adding up misleads")),
    "quiz": ("learn", "/learn/courses", AMIRA, ("Checkpoint 3: Confounding",)),
    "result": ("learn", "/learn/courses", AMIRA, ("My courses", "Reading Evidence", "Checkpoint 3")),
    "teach": ("teach", "/teach/cohorts", WILK, ("Cohorts", "HS-204, Group B")),
    "editor": ("teach", "/teach/courses", WILK, ("Reading Evidence", "3 Misreading", "Adjusting by strata")),
    "import": ("admin", "/admin/import", MOE, ("People", "Import")),
    "empty": ("learn", "/learn/certificates", AMIRA, ("Notes",)),
}
LAYOUTS = ("sign-in", "errors/404", "errors/403", "errors/409", "errors/500", "errors/503", "errors/offline")
CONTEXT: dict[str, Any] = {
    "back_href": "/",
    "back_label": "Back",
    "deadline": NOW + timedelta(minutes=11, seconds=40),
    "request_id": "req-5d1c-88e0",
    "guess": {
        "title": "When adding up misleads",
        "sub": "Reading Evidence, lesson 3.3",
        "href": "/",
        "cover_id": "HS-204",
    },
}


def sample_page(name: str, options: argparse.Namespace) -> Page:
    area, path, viewer, crumbs = PAGES.get(name, ("learn", "/", AMIRA, (name,)))
    return Page(
        title=crumbs[-1],
        area=area,
        organisation=Organisation(name="Aldersea", colour=options.colour),
        viewer=viewer,
        places=places_for(area, path, {"/learn/courses": 4, "/teach/cohorts": 3}),
        crumbs=tuple(Crumb(label=label, href="#" if label != crumbs[-1] else None) for label in crumbs),
        theme=options.theme,
        locale="ar" if name.endswith("arabic") else options.locale,
        time_zone="Europe/Lisbon",
        csrf_token="preview",
        csp_nonce="preview",
        unread=2,
        now=NOW,
        flashes=(Flash(text="Lesson archived", undo_url="/undo"),) if options.flash else (),
    )


def render_all(out: Path, options: argparse.Namespace) -> list[Path]:
    """Writes every page below `out` and gives the files."""
    templates = Templates(load_assets(url_prefix="/dist/"))
    loader = templates.environment.loader
    assert loader is not None
    templates.environment.loader = ChoiceLoader([loader, FileSystemLoader(SAMPLES)])
    shutil.copytree(DIST, out / "dist", dirs_exist_ok=True)
    frame = gallery_page(options.colour)
    written = {"gallery": templates.render("gallery.html", page=_like(frame, options), **gallery_context())}
    for name in (*PAGES, *LAYOUTS):
        written[name] = templates.render(f"{name}.html", page=sample_page(name, options), **CONTEXT)
    files = []
    for name, text in written.items():
        file = out / f"{name.replace('/', '-')}.html"
        file.write_text(text)
        files.append(file)
    return files


def _like(frame: Page, options: argparse.Namespace) -> Page:
    sample = sample_page("home", options)
    return Page(
        title=frame.title,
        organisation=frame.organisation,
        viewer=frame.viewer,
        places=frame.places,
        crumbs=frame.crumbs,
        theme=sample.theme,
        locale=sample.locale,
        csrf_token="preview",
        csp_nonce="preview",
        now=NOW,
    )


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the files under a content security policy as strict as the product's."""

    def end_headers(self) -> None:
        self.send_header(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self' 'nonce-preview'; style-src 'self' 'nonce-preview'; "
            "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'",
        )
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Render the gallery and sample pages.")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--serve", type=int, metavar="PORT")
    parser.add_argument("--theme", default="system", choices=("system", "light", "dark", "contrast"))
    parser.add_argument("--locale", default="en")
    parser.add_argument("--colour", default=TENANTS["Ink"])
    parser.add_argument("--flash", action="store_true", help="show a toast")
    options = parser.parse_args()
    out = options.out or Path(tempfile.mkdtemp(prefix="scholr-preview-"))
    out.mkdir(parents=True, exist_ok=True)
    print(*render_all(out, options), sep="\n")
    if options.serve:
        handler = functools.partial(Handler, directory=str(out))
        with http.server.ThreadingHTTPServer(("127.0.0.1", options.serve), handler) as server:
            print(f"http://127.0.0.1:{options.serve}/gallery.html")
            server.serve_forever()


if __name__ == "__main__":
    main()
