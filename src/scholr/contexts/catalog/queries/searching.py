"""Finding published courses by a text: the engine, or the database, or what most people take up.

A search never holds a connection of the pool while it waits for an engine: that is how a slow engine once took every
other page down with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from uuid import UUID

from scholr.kernel.errors import DomainError, ErrorKind
from scholr.kernel.ids import TenantId
from scholr.platform.db.statement import statement
from scholr.platform.resilience.policy import Dependency
from scholr.platform.runtime import Platform

MOST_FOUND = 500

# Reads the tenant's published courses through ix_catalog_course_published: a few thousand at most. Every word has to
# occur; a title that begins with the text comes first, then titles that hold it, then the rest by age.
_FIND = statement(
    "select c.id from catalog_course c"
    " join catalog_version v on v.tenant_id = c.tenant_id and v.id = c.published_version_id"
    " where c.tenant_id = $1 and c.status = 'published'"
    " and concat_ws(' ', v.title, v.subject, v.summary, array_to_string(v.outcomes, ' ')) ilike all ($2::text[])"
    " order by v.title ilike $3 desc, v.title ilike $4 desc, c.id desc limit $5"
)


class SearchSource(StrEnum):
    """Who answered. POPULAR did not search at all: it is what is shown when nothing else answers."""

    ENGINE = "engine"
    KEYWORDS = "keywords"
    POPULAR = "popular"


@dataclass(frozen=True, slots=True)
class Found:
    """`ids` best first. `degraded`: a better source exists and did not answer."""

    ids: Sequence[UUID]
    source: SearchSource
    degraded: bool = False


async def find(platform: Platform, tenant_id: TenantId, text: str, *, most: int = MOST_FOUND) -> Found:
    """What a text finds, from the best source that answers in its time. Call it outside of any unit.

    POPULAR finds nothing: it says that `popular_shelf` is what can still be shown. An engine's ids may be stale: show
    only what is published.
    """
    engine = platform.search
    if engine is not None:
        asked = partial(engine.courses, tenant_id, text, most)
        try:
            ids = await platform.guards[Dependency.SEARCH].call(asked, idempotent=True)
            return Found(ids, SearchSource.ENGINE)
        except DomainError as error:
            _only_unavailable(error)
    try:
        keywords = partial(_by_keywords, platform, tenant_id, text, most)
        ids = await platform.guards[Dependency.KEYWORD_SEARCH].call(keywords)
        return Found(ids, SearchSource.KEYWORDS, degraded=engine is not None)
    except DomainError as error:
        _only_unavailable(error)
    return Found((), SearchSource.POPULAR, degraded=True)


def _only_unavailable(error: DomainError) -> None:
    if error.kind is not ErrorKind.UNAVAILABLE:
        raise error


async def _by_keywords(platform: Platform, tenant_id: TenantId, text: str, most: int) -> Sequence[UUID]:
    words = [f"%{like_literal(word)}%" for word in text.split()[:10]]
    begins = f"{like_literal(text)}%"
    async with platform.db.read(tenant_id) as rx:
        rows = await rx.fetch(_FIND, words, begins, f"%{begins}", most)
    return [row["id"] for row in rows]


def like_literal(text: str) -> str:
    """The text with LIKE's own signs taken literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
