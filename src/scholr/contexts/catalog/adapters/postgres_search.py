"""Searching the catalogue with what every deployment has: words in title, subject and summary."""

from collections.abc import Sequence
from uuid import UUID

from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit

# Reads the tenant's published courses through ix_catalog_course_published: a few thousand at most. Every word has to
# occur; a title that begins with the text comes first, then titles that hold it, then the rest by age.
_FIND = statement(
    "select c.id from catalog_course c"
    " join catalog_version v on v.tenant_id = c.tenant_id and v.id = c.published_version_id"
    " where c.tenant_id = $1 and c.status = 'published'"
    " and concat_ws(' ', v.title, v.subject, v.summary, array_to_string(v.outcomes, ' ')) ilike all ($2::text[])"
    " order by v.title ilike $3 desc, v.title ilike $4 desc, c.id desc limit $5"
)


class PostgresSearch:
    async def published(self, rx: ReadUnit, text: str, *, most: int) -> Sequence[UUID]:
        words = [f"%{like_literal(word)}%" for word in text.split()[:10]]
        begins = f"{like_literal(text)}%"
        rows = await rx.fetch(_FIND, words, begins, f"%{begins}", most)
        return [row["id"] for row in rows]


def like_literal(text: str) -> str:
    """The text with LIKE's own signs taken literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
