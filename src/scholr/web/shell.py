"""What the frame around every page shows. Frozen values: whoever handles the request fills them in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from babel import Locale

from scholr.web.tenant_colour import DEFAULT_COLOUR

Area = Literal["learn", "teach", "admin", "account", "operate"]
Theme = Literal["system", "light", "dark", "contrast"]
Direction = Literal["ltr", "rtl"]

BOTTOM_BAR_PLACES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaInfo:
    """An area's name in the switcher, where it begins, and its icon."""

    label: str
    href: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One line of the rail. `count` None shows no figure; 0 shows none either."""

    href: str
    label: str
    icon: str
    count: int | None = None
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Crumb:
    """One step of the breadcrumb; the last has no address."""

    label: str
    href: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flash:
    """A toast for the next page. `undo_url` takes a POST that takes the action back."""

    text: str
    undo_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks. `role_line` is the quiet line below the name; `areas` what the roles allow."""

    name: str
    role_line: str = ""
    areas: tuple[Area, ...] = ("learn", "account")


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Whose school it is. `colour` is #rrggbb; `logo_url` None shows the first letter."""

    name: str
    colour: str = DEFAULT_COLOUR
    logo_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything the layouts need beside the page's own context.

    `locale` is a BCP 47 tag such as `en` or `ar`; `time_zone` an IANA name; `now` is aware and
    makes relative times testable. `crumbs` ends with the page itself. `unread` counts
    notifications, None hides the bell. `form_key` is new with each rendering: its forms send it back, so
    that one that is sent twice has one effect (forged ones are refused by the edge already). `worker` is the address of
    the service worker; a page without one makes its browser give up what it has.
    """

    title: str
    organisation: Organisation
    viewer: Viewer | None = None
    area: Area = "learn"
    places: tuple[Place, ...] = ()
    crumbs: tuple[Crumb, ...] = ()
    theme: Theme = "system"
    locale: str = "en"
    time_zone: str = "UTC"
    form_key: str = ""
    csp_nonce: str = ""
    flashes: tuple[Flash, ...] = ()
    unread: int | None = None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    worker: str = ""

    @property
    def direction(self) -> Direction:
        return direction_of(self.locale)

    @property
    def area_info(self) -> AreaInfo:
        return AREAS[self.area]

    @property
    def other_areas(self) -> tuple[tuple[Area, AreaInfo], ...]:
        """The areas of the switcher, in order, as far as the viewer's roles allow."""
        allowed = self.viewer.areas if self.viewer else ()
        return tuple((area, info) for area, info in AREAS.items() if area in allowed)

    @property
    def bottom_places(self) -> tuple[Place, ...]:
        """What fits on a phone's bar beside "More", which is always there."""
        return self.places[: BOTTOM_BAR_PLACES - 1]

    @property
    def more_places(self) -> tuple[Place, ...]:
        """What the bottom bar has no room for."""
        return self.places[len(self.bottom_places) :]


AREAS: Mapping[Area, AreaInfo] = {
    "learn": AreaInfo(label="Learn", href="/learn", icon="book-open"),
    "teach": AreaInfo(label="Teach", href="/teach/cohorts", icon="graduation-cap"),
    "admin": AreaInfo(label="Administer", href="/admin/people", icon="building-2"),
    "operate": AreaInfo(label="Operate", href="/operate", icon="activity"),
    "account": AreaInfo(label="Account", href="/account", icon="user"),
}

_PLACES: Mapping[Area, tuple[tuple[str, str, str], ...]] = {
    "learn": (
        ("/learn", "Home", "house"),
        ("/catalogue", "Catalogue", "library"),
        ("/learn/courses", "My courses", "book-open"),
        ("/learn/certificates", "Certificates", "award"),
        ("/learn/notes", "Notes", "notebook-pen"),
    ),
    "teach": (
        ("/teach/cohorts", "Cohorts", "users"),
        ("/teach/courses", "Courses", "book-text"),
        ("/teach/paths", "Paths", "list-ordered"),
        ("/teach/results", "Results", "chart-column"),
    ),
    "admin": (
        ("/admin/people", "People", "users"),
        ("/admin/import", "Import", "upload"),
        ("/admin/groups", "Groups", "layers"),
        ("/admin/catalogue", "Catalogue", "library"),
        ("/admin/reports", "Reports", "chart-column"),
        ("/admin/branding", "Branding", "palette"),
        ("/admin/security", "Security", "shield"),
        ("/admin/audit", "Audit log", "scroll-text"),
        ("/admin/privacy", "Privacy", "eye-off"),
    ),
    "account": (
        ("/account", "Profile", "user"),
        ("/account/security", "Security", "shield-check"),
        ("/account/sessions", "Sessions", "monitor"),
        ("/account/privacy", "Privacy", "eye-off"),
        ("/account/tokens", "Tokens", "key-round"),
    ),
    "operate": (
        ("/operate", "Health", "activity"),
        ("/operate/queues", "Queues", "layers"),
        ("/operate/dependencies", "Dependencies", "plug"),
        ("/operate/statements", "Statements", "timer"),
        ("/operate/organizations", "Organisations", "building-2"),
        ("/operate/flags", "Flags", "flag"),
    ),
}


# Pages that stand under a place without lying below its address.
_BELONGS: Mapping[str, str] = {
    "/learn/assessments": "/learn/courses",
    "/learn/attempts": "/learn/courses",
    "/teach/lessons": "/teach/courses",
    "/teach/assessments": "/teach/courses",
    "/teach/banks": "/teach/courses",
    "/teach/attempts": "/teach/courses",
    "/admin/invitations": "/admin/people",
    "/admin/domain": "/admin/branding",
}


def _is_below(path: str, place: str) -> bool:
    return path == place or path.startswith(place.rstrip("/") + "/")


def places_for(area: Area, path: str, counts: Mapping[str, int] | None = None) -> tuple[Place, ...]:
    """The rail of an area; the longest address that `path` lies below is current.

    `counts` maps a place's address to the small figure beside it.
    """
    rows = _PLACES[area]
    path = next((place for other, place in _BELONGS.items() if _is_below(path, other)), path)
    current = max((href for href, _, _ in rows if _is_below(path, href)), key=len, default=None)
    figures = counts or {}
    return tuple(
        Place(href=href, label=label, icon=icon, count=figures.get(href), current=href == current)
        for href, label, icon in rows
    )


def direction_of(locale: str) -> Direction:
    """Which way a language is written."""
    parsed = Locale.parse(locale.replace("-", "_"))
    return "rtl" if parsed.text_direction == "rtl" else "ltr"
