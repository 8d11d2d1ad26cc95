"""The catalogue as learners browse it: search, filters with counts, order, pages by cursor."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

import msgspec

from scholr.contexts.catalog.queries.published import COURSE_COLUMNS, COURSE_TABLES, CourseInfo, course_of
from scholr.kernel.errors import Invalid
from scholr.kernel.pagination import Page, page_of
from scholr.kernel.text import whole_number
from scholr.platform.db.statement import Statement, statement
from scholr.platform.db.unit import ReadUnit

K = TypeVar("K")

HOUR = 3600


class CatalogueOrder(StrEnum):
    NEWEST = "newest"
    TITLE = "title"
    SHORTEST = "shortest"


class Length(StrEnum):
    """By what a course takes in all."""

    SHORT = "under-1h"
    MEDIUM = "1h-to-5h"
    LONG = "over-5h"


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueQuery:
    """Empty filters let everything through; several values of one filter are alternatives."""

    text: str = ""
    subjects: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    lengths: frozenset[Length] = frozenset()
    order: CatalogueOrder = CatalogueOrder.NEWEST
    cursor: str | None = None
    limit: int = 24

    @property
    def is_plain(self) -> bool:
        """The first page of everything."""
        return not (self.text or self.subjects or self.languages or self.lengths or self.cursor)


@dataclass(frozen=True, slots=True)
class Facets:
    """How many courses the text finds under each value, whatever is ticked; `total` counts what is shown in all."""

    subjects: Mapping[str, int]
    languages: Mapping[str, int]
    lengths: Mapping[Length, int]
    total: int


_LENGTH_OF = (
    f"case when v.seconds < {HOUR} then 'under-1h' when v.seconds <= {5 * HOUR} then '1h-to-5h' else 'over-5h' end"
)
_FOUND = " where c.tenant_id = $1 and c.status = 'published' and ($2::uuid[] is null or c.id = any($2))"

# A row per combination that occurs: reads the tenant's published courses once.
_FACETS = statement(
    f"select v.subject, v.language, {_LENGTH_OF} as length, count(*) as n from {COURSE_TABLES}{_FOUND} group by 1, 2, 3"
)

_FILTERED = (
    f"{_FOUND} and ($3::text[] is null or v.subject = any($3)) and ($4::text[] is null or v.language = any($4))"
    f" and ($5::text[] is null or {_LENGTH_OF} = any($5))"
)


def _page(after: str, order: str) -> Statement:
    """A page of filtered courses from a cursor on; `$6` is the key of the last one shown, `$7` its id."""
    return statement(
        f"select {COURSE_COLUMNS} from {COURSE_TABLES}{_FILTERED} and ($7::uuid is null or {after})"
        f" order by {order} limit $8"
    )


# Each reads the tenant's published courses once and sorts them; newest first comes sorted by its index.
_PAGES: Mapping[CatalogueOrder, Statement] = {
    CatalogueOrder.NEWEST: _page("($6::text is not null and c.id < $7)", "c.id desc"),
    CatalogueOrder.TITLE: _page("(lower(v.title), c.id) > (lower($6::text), $7)", "lower(v.title), c.id"),
    CatalogueOrder.SHORTEST: _page("(v.seconds, c.id) > ($6::text::integer, $7)", "v.seconds, c.id"),
}


async def browse(
    rx: ReadUnit, query: CatalogueQuery, found: Sequence[UUID] | None = None
) -> tuple[Page[CourseInfo], Facets]:
    """One page of published courses and the counts beside it; the caller has checked that its reader may browse.

    `found` is what `find` answered to the query's text; None shows every course.
    """
    key, last = _read_cursor(query)
    rows = await rx.fetch(
        _PAGES[query.order],
        found,
        _any(query.subjects),
        _any(query.languages),
        _any(query.lengths),
        key,
        last,
        query.limit + 1,
    )
    page = page_of([course_of(row) for row in rows], query.limit, lambda course: _write_cursor(query.order, course))
    return page, await _facets(rx, query, found)


async def _facets(rx: ReadUnit, query: CatalogueQuery, found: Sequence[UUID] | None) -> Facets:
    rows = await rx.fetch(_FACETS, found)
    counted = [(row["subject"], row["language"], Length(row["length"]), int(row["n"])) for row in rows]
    return Facets(
        subjects=_sum((subject, n) for subject, _, _, n in counted if subject),
        languages=_sum((language, n) for _, language, _, n in counted),
        lengths=_sum((length, n) for _, _, length, n in counted),
        total=sum(
            n
            for subject, language, length, n in counted
            if (not query.subjects or subject in query.subjects)
            and (not query.languages or language in query.languages)
            and (not query.lengths or length in query.lengths)
        ),
    )


def _sum(pairs: Iterable[tuple[K, int]]) -> dict[K, int]:
    counts: dict[K, int] = {}
    for key, n in pairs:
        counts[key] = counts.get(key, 0) + n
    return counts


def _any(values: Iterable[str]) -> list[str] | None:
    return sorted(values) or None


def _write_cursor(order: CatalogueOrder, course: CourseInfo) -> str:
    key = {
        CatalogueOrder.NEWEST: "",
        CatalogueOrder.TITLE: course.title,
        CatalogueOrder.SHORTEST: course.seconds,
    }
    return base64.urlsafe_b64encode(msgspec.json.encode([str(key[order]), course.id])).decode()


def _read_cursor(query: CatalogueQuery) -> tuple[str | None, UUID | None]:
    if query.cursor is None:
        return None, None
    try:
        key, last = msgspec.json.decode(base64.urlsafe_b64decode(query.cursor), type=tuple[str, UUID])
    except (ValueError, msgspec.DecodeError) as error:
        raise Invalid("The cursor is not one of ours.", fields={"cursor": "take it from next_cursor"}) from error
    if query.order is CatalogueOrder.SHORTEST and whole_number(key, digits=9) is None:
        raise Invalid("The cursor belongs to another order.", fields={"cursor": "take it from next_cursor"})
    return key, last
