"""The gallery page: every component once, so that a change can be judged at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scholr.web.shell import Crumb, Organisation, Page, Viewer, places_for

TENANTS: Mapping[str, str] = {
    "Ink": "#2348bd",
    "Pine": "#006747",
    "Oxblood": "#85172a",
    "Plum": "#7d2c86",
    "Marigold": "#e59a1a",
    "Graphite": "#3f464d",
}
SURFACES = ("paper", "sheet", "sunk", "rule", "edge", "ink", "ink-2", "ink-3")
MEANINGS = ("accent", "accent-wash", "accent-line", "accent-ink", "good", "warn", "bad", "mark")
COVERS = (
    "HS-204",
    "MIC-105",
    "STA-210",
    "DAT-101",
    "LAW-330",
    "BIO-112",
    "ART-207",
    "CHM-140",
    "ECO-215",
    "HIS-181",
    "NUR-260",
    "PHY-104",
)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the sample table."""

    name: str
    login: str
    reached: str
    state: tuple[str, str]
    average: int


ROWS = (
    Row("Sofie Kjær", "s.kjaer", "3.4", ("On pace", "good"), 93),
    Row("Priya Kannan", "p.kannan", "2.4", ("Failed twice", "warn"), 52),
    Row("Teresa Vaz", "t.vaz", "2.1", ("Module 3 not opened", "bad"), 77),
)
WEEK = (
    ("Mon", 412),
    ("Tue", 502),
    ("Wed", 455),
    ("Thu", 630),
    ("Fri", 240),
    ("Sat", 340),
    ("Sun", 820, "accent"),
)
LESSONS = (
    (True,) * 6,
    (True,) * 6,
    (True, True, "now", False, False, False),
    (False,) * 4,
    (False,) * 4,
)


def gallery_context(colour: str | None = None) -> dict[str, object]:
    """What gallery.html needs beside `page`; `colour` (#rrggbb) marks the tenant shown."""
    return {
        "tenants": TENANTS,
        "chosen": colour or TENANTS["Ink"],
        "surfaces": SURFACES,
        "meanings": MEANINGS,
        "covers": COVERS,
        "rows": ROWS,
        "week": WEEK,
        "lessons": LESSONS,
    }


def gallery_page(colour: str | None = None) -> Page:
    """A frame for the gallery where no request provides one."""
    return Page(
        title="Components",
        organisation=Organisation(name="Aldersea", colour=colour or TENANTS["Ink"]),
        viewer=Viewer(name="Amira Haddad", role_line="Year 2, Public Health", areas=("learn", "teach", "account")),
        places=places_for("learn", "/gallery", {"/learn/courses": 4}),
        crumbs=(Crumb(label="Design", href="/gallery"), Crumb(label="Components")),
    )
