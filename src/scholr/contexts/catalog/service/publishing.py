"""Publishing: freezing the draft as the version that learners see."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

import msgspec

from scholr.contexts.catalog import model, repository
from scholr.contexts.catalog.events import CoursePublished
from scholr.contexts.catalog.model import CourseAction, CourseId, CourseStatus, Outline
from scholr.contexts.catalog.policy import EDIT_COURSES
from scholr.contexts.catalog.queries import kept
from scholr.contexts.catalog.queries.drafts import draft_outline
from scholr.contexts.catalog.service.courses import author_of
from scholr.contexts.catalog.tables import CourseRow, VersionRow
from scholr.kernel.actor import Actor
from scholr.kernel.ids import new_id
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import WriteUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require


@dataclass(frozen=True, slots=True)
class Published:
    """`created` is False when the draft held nothing new: the version is the one that was there."""

    course_id: CourseId
    version: int
    created: bool


@retried
async def publish_course(platform: Platform, actor: Actor, *, course_id: UUID) -> Published:
    """Make the draft what learners see. Publishing the same draft again changes nothing and emits nothing.

    Holds the course's row lock, so that two people who publish at once make one version. Lessons keep their ids:
    completions point to them and survive.
    """
    require(actor, EDIT_COURSES)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await repository.lock_course(tx, course_id)
        after = model.transition(CourseStatus(row.status), CourseAction.PUBLISH)
        await repository.hold_lessons(tx, course_id)
        outline = await draft_outline(tx, course_id)
        digest = draft_digest(row, outline)
        current = await repository.version(tx, row.published_version_id) if row.published_version_id else None
        if current is not None and current.digest == digest:
            return Published(CourseId(row.id), current.number, created=False)
        version = await _freeze(platform, tx, row, outline, digest, author_of(actor))
        row.status, row.published_version_id = after, version.id
        row.latest_version, row.published_at, row.updated_at = (
            version.number,
            version.published_at,
            version.published_at,
        )
        await tx.emit(
            CoursePublished(
                tenant_id=tx.require_tenant(),
                aggregate_id=row.id,
                occurred_at=version.published_at,
                version=version.number,
                title=row.title,
            )
        )
        await kept.changed(platform, tx)
        return Published(CourseId(row.id), version.number, created=True)


async def _freeze(
    platform: Platform, tx: WriteUnit, row: CourseRow, outline: Outline, digest: str, author: UUID
) -> VersionRow:
    version = VersionRow(
        id=new_id(),
        course_id=row.id,
        number=row.latest_version + 1,
        title=row.title,
        summary=row.summary,
        subject=row.subject,
        language=row.language,
        outcomes=list(row.outcomes),
        cover_asset_id=row.cover_asset_id,
        outline=msgspec.to_builtins(outline),
        digest=digest,
        lesson_count=len(outline.lessons),
        seconds=outline.seconds,
        published_by=author,
        published_at=platform.clock.now(),
    )
    tx.session.add(version)
    await repository.freeze_lessons(tx, row.id, version.id)
    return version


def draft_digest(row: CourseRow, outline: Outline) -> str:
    """The same for two drafts exactly when learners could not tell them apart."""
    seen = (row.title, row.summary, row.subject, row.language, list(row.outcomes), row.cover_asset_id, outline)
    return hashlib.sha256(msgspec.json.encode(seen)).hexdigest()
