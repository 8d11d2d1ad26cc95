"""Frozen versions: written once, read from memory ever after."""

from collections import OrderedDict
from uuid import UUID

from scholr.contexts.assessment.errors import AssessmentNotFound
from scholr.contexts.assessment.freezing import Content, decode_content, encode_content
from scholr.contexts.assessment.repository.authoring import assessment_row, load_content
from scholr.kernel.ids import TenantId, new_id
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit, WriteUnit
from scholr.platform.runtime import Platform

MOST_KEPT = 256

# One row by primary key.
_CONTENT = statement("select content::text from assessment_version where tenant_id = $1 and id = $2")

# One row by uq_assessment_version_revision.
_VERSION_AT = statement(
    "select id from assessment_version where tenant_id = $1 and assessment_id = $2 and revision = $3"
)

_INSERT = statement(
    "insert into assessment_version (tenant_id, id, assessment_id, revision, content)"
    " values ($1, $2, $3, $4, $5::jsonb)"
)


class VersionCache:
    """Decoded versions, the least used dropped first. They never change, so nothing is ever stale."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._kept: OrderedDict[tuple[UUID, UUID], Content] = OrderedDict()
        self._most = most

    def get(self, tenant_id: UUID, version_id: UUID) -> Content | None:
        found = self._kept.get((tenant_id, version_id))
        if found is not None:
            self._kept.move_to_end((tenant_id, version_id))
        return found

    def put(self, tenant_id: UUID, version_id: UUID, content: Content) -> None:
        self._kept[(tenant_id, version_id)] = content
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)


_cache = VersionCache()


async def version_content(platform: Platform, tenant_id: TenantId, version_id: UUID) -> Content:
    """A version from memory, or from the database in a transaction of its own."""
    found = _cache.get(tenant_id, version_id)
    if found is not None:
        return found
    async with platform.db.read(tenant_id) as rx:
        return await load_version(rx, version_id)


async def load_version(rx: ReadUnit, version_id: UUID) -> Content:
    if rx.tenant_id is None:
        raise AssessmentNotFound
    found = _cache.get(rx.tenant_id, version_id)
    if found is None:
        text = await rx.fetch_value(_CONTENT, version_id)
        if text is None:
            raise AssessmentNotFound
        found = decode_content(text)
        _cache.put(rx.tenant_id, version_id, found)
    return found


async def freeze(tx: WriteUnit, assessment_id: UUID) -> UUID:
    """The version of the assessment as it is now, made unless it exists; concurrent callers get the same one.

    Locks the assessment's row, so that an edit is either wholly in the version or not at all.
    """
    row = await assessment_row(tx, assessment_id, lock=True)
    existing: UUID | None = await tx.fetch_value(_VERSION_AT, assessment_id, row.revision)
    if existing is not None:
        return existing
    version_id = new_id()
    content = encode_content(await load_content(tx, row))
    await tx.execute(_INSERT, version_id, assessment_id, row.revision, content)
    return version_id
