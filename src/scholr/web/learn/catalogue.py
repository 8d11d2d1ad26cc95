"""The catalogue: what a learner may take up, searched, filtered, a page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from babel import Locale, UnknownLocaleError
from litestar import Response

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.catalog.facade import CatalogueOrder, CatalogueQuery, CourseInfo, Facets, Found, Length
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.media import facade as media
from scholr.kernel.actor import Actor
from scholr.platform.cache.entry import Cached
from scholr.platform.http.api import page_get
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require
from scholr.web.learn.outage import as_of, unless_unavailable
from scholr.web.page import PageRequest, show
from scholr.web.shell import Crumb
from scholr.web.validators import page_validator

CATALOGUE = "/catalogue"
MAX_QUERY_CHARS = 200
MOST_POPULAR = 24

LENGTHS: Mapping[Length, str] = {
    Length.SHORT: "Under an hour",
    Length.MEDIUM: "1 to 5 hours",
    Length.LONG: "Over 5 hours",
}
ORDERS: tuple[tuple[str, str], ...] = (
    (CatalogueOrder.NEWEST.value, "Newest"),
    (CatalogueOrder.TITLE.value, "By title"),
    (CatalogueOrder.SHORTEST.value, "Shortest"),
)


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One box of a filter; `remove_href` is the page without it."""

    name: str
    value: str
    label: str
    count: int
    ticked: bool
    remove_href: str


@dataclass(frozen=True, slots=True)
class CardView:
    """A course in the grid."""

    course: CourseInfo
    cover_url: str | None
    enrolled: bool


@page_get(CATALOGUE)
async def catalogue(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    tenant_id = require(actor, catalog.SEE_CATALOGUE)
    query = _query_of(request)
    found = await catalog.find(platform, tenant_id, query.text) if query.text else None
    kept = await _shelf(platform, actor, query, found)
    mine = await unless_unavailable(_own_courses(platform, actor))
    shelf, moment = kept.sure, as_of(kept, mine)
    taken = frozenset(course.id for course in shelf.courses) & (mine or frozenset())
    validator = page_validator(request, kept.digest, found, taken, moment)
    if validator.is_current:
        return validator.unchanged()
    values = _facet_values(query, shelf.facets)
    page = show(
        request,
        "learn/catalogue.html",
        title="Catalogue",
        crumbs=(Crumb(label="Catalogue"),),
        query=query,
        found=found,
        orders=ORDERS,
        groups=[(title, boxes) for title, boxes in values if boxes],
        ticked=[box for _, boxes in values for box in boxes if box.ticked],
        total=shelf.facets.total,
        cards=[CardView(each, shelf.covers.get(each.id), each.id in taken) for each in shelf.courses],
        paths=shelf.paths,
        as_of=moment,
        next_href=_href(query, cursor=shelf.next_cursor) if shelf.next_cursor else None,
        first_href=_href(query) if query.cursor else None,
        may_author=may(actor, catalog.EDIT_COURSES),
    )
    return validator.on(page)


async def _own_courses(platform: Platform, actor: Actor) -> frozenset[UUID]:
    """The courses in which the reader has a seat."""
    if actor.membership_id is None:
        return frozenset()
    async with platform.db.read(actor.tenant_id) as rx:
        return frozenset(each.course_id for each in await enrollment.courses_of(rx, actor.membership_id))


async def _shelf(
    platform: Platform, actor: Actor, query: CatalogueQuery, found: Found | None
) -> Cached[catalog.CatalogueShelf]:
    """What is shown; each search makes the popular courses ready for when there is none."""

    async def popular() -> Sequence[UUID]:
        async with platform.db.read(actor.tenant_id) as rx:
            return await enrollment.most_taken_up(rx, most=MOST_POPULAR)

    if found is None:
        return await catalog.catalogue_shelf(platform, actor, query)
    if found.source is catalog.SearchSource.POPULAR:
        return await catalog.popular_shelf(platform, actor, popular)
    await unless_unavailable(catalog.popular_shelf(platform, actor, popular))
    return await catalog.searched_shelf(platform, actor, query, found.ids)


def cover_url(course: CourseInfo, links: Mapping[media.AssetId, media.AssetLink]) -> str | None:
    link = links.get(media.AssetId(course.cover_asset_id)) if course.cover_asset_id else None
    return link.url if link else None


def _query_of(request: PageRequest) -> CatalogueQuery:
    """What the address asks for; values that mean nothing are left out, so that an old link still works."""
    sent = request.query_params
    lengths = {value for value in sent.getall("length", []) if value in list(Length)}
    order = sent.get("sort", "")
    return CatalogueQuery(
        text=" ".join(sent.get("q", "").replace("\0", "").split())[:MAX_QUERY_CHARS],
        subjects=frozenset(sent.getall("subject", [])),
        languages=frozenset(sent.getall("language", [])),
        lengths=frozenset(Length(value) for value in lengths),
        order=CatalogueOrder(order) if order in list(CatalogueOrder) else CatalogueOrder.NEWEST,
        cursor=sent.get("cursor") or None,
    )


def _pairs(query: CatalogueQuery, without: tuple[str, str] | None = None) -> list[tuple[str, str]]:
    pairs = [("q", query.text)] if query.text else []
    pairs += [("subject", each) for each in sorted(query.subjects)]
    pairs += [("length", each.value) for each in sorted(query.lengths)]
    pairs += [("language", each) for each in sorted(query.languages)]
    if query.order is not CatalogueOrder.NEWEST:
        pairs.append(("sort", query.order.value))
    return [pair for pair in pairs if pair != without]


def _href(query: CatalogueQuery, *, without: tuple[str, str] | None = None, cursor: str | None = None) -> str:
    pairs = _pairs(query, without) + ([("cursor", cursor)] if cursor else [])
    return f"{CATALOGUE}?{urlencode(pairs)}" if pairs else CATALOGUE


def _facet_values(query: CatalogueQuery, facets: Facets) -> list[tuple[str, list[FacetValue]]]:
    """The filters with their counts; one with a single value filters nothing and is left out."""

    def box(name: str, value: str, label: str, count: int, ticked: bool) -> FacetValue:
        return FacetValue(name, value, label, count, ticked, _href(query, without=(name, value)))

    subjects = sorted(facets.subjects.items(), key=lambda pair: (-pair[1], pair[0]))[:12]
    languages = sorted(facets.languages.items(), key=lambda pair: (-pair[1], pair[0]))
    groups = [
        ("Subject", [box("subject", key, key, n, key in query.subjects) for key, n in subjects]),
        (
            "Time needed",
            [
                box("length", key.value, label, facets.lengths[key], key in query.lengths)
                for key, label in LENGTHS.items()
                if key in facets.lengths
            ],
        ),
        (
            "Language",
            [box("language", key, language_name(key), n, key in query.languages) for key, n in languages],
        ),
    ]
    return [(title, boxes) for title, boxes in groups if len(boxes) > 1 or any(each.ticked for each in boxes)]


def language_name(tag: str) -> str:
    """What a language calls itself, such as Português; the tag where nobody knows."""
    try:
        name = Locale.parse(tag.replace("-", "_")).get_display_name()
    except (UnknownLocaleError, ValueError):
        return tag
    return name[:1].upper() + name[1:] if name else tag


ROUTES: tuple[Any, ...] = (catalogue,)
