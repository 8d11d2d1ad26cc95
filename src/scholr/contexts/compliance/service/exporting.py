"""Everything about a person as a file (GDPR Art. 15 and 20): asked for, made by a job, fetched, gone after a week."""

import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import msgspec

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.compliance import queries, repository
from scholr.contexts.compliance.adapters.archive import Archive, pieces_of
from scholr.contexts.compliance.errors import ExportNotFound
from scholr.contexts.compliance.events import ExportAsked, ExportReady
from scholr.contexts.compliance.policy import MANAGE_PRIVACY, OWN_RIGHTS, RECORD_EXPORTED
from scholr.contexts.compliance.queries import ExportView
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Forbidden, NotFound
from scholr.kernel.ids import MembershipId, PersonId, TenantId, new_id
from scholr.platform.audit import note
from scholr.platform.db.retry import retried
from scholr.platform.db.subject import Held, Subject, held_about
from scholr.platform.db.unit import ReadUnit, WriteUnit
from scholr.platform.jobs import enqueue
from scholr.platform.mail import send_mail
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require
from scholr.platform.storage.presign import Presentation

EXPORT_JOB = "compliance.export_person"
FORGET_FILE_JOB = "compliance.forget_export"
LASTS = timedelta(days=7)
GIVEN_UP_AFTER = timedelta(hours=2)
"""How long one that was begun keeps another from beginning: longer than all tries of its job take."""

ADDRESS_LASTS = timedelta(minutes=5)
_IN_MEMORY = 8 * 1024 * 1024


class ExportToMake(msgspec.Struct, frozen=True):
    """The job's payload. `person_id` None leaves out the account, which is the person's own beyond the organisation."""

    export_id: UUID
    membership_id: MembershipId
    person_id: PersonId | None


class FileToForget(msgspec.Struct, frozen=True):
    export_id: UUID


@dataclass(frozen=True, slots=True)
class Fetched:
    """An address of the store that is good for some minutes; where it makes none, the bytes themselves."""

    address: str
    pieces: AsyncIterator[bytes] | None
    size: int


@retried
async def ask_for_export(platform: Platform, actor: Actor) -> UUID | None:
    """Have a file made of everything about oneself, the account included; None: one is being made."""
    tenant_id = require(actor, OWN_RIGHTS)
    if actor.membership_id is None:
        raise Forbidden
    return await _begin(platform, actor, tenant_id, actor.membership_id, own=True)


@retried
async def ask_for_export_of(platform: Platform, actor: Actor, membership_id: MembershipId) -> UUID | None:
    """As an administrator have a file made about a member; None: one is being made. Raises MemberNotFound.

    It does not hold the account (devices, passkeys), which is none of the organisation's business.
    """
    tenant_id = require(actor, MANAGE_PRIVACY)
    return await _begin(platform, actor, tenant_id, membership_id, own=False)


async def _begin(
    platform: Platform, actor: Actor, tenant_id: TenantId, learner_id: MembershipId, *, own: bool
) -> UUID | None:
    export_id, now = new_id(), platform.clock.now()
    person_id = actor.person_id if own else None
    async with platform.db.write(tenant_id) as tx:
        await identity.require_member(tx, learner_id)
        await repository.give_up_exports(tx, learner_id, now - GIVEN_UP_AFTER)
        if not await repository.begin_export(tx, export_id, learner_id, by=actor.membership_id, whole=own, now=now):
            return None
        await enqueue(tx, EXPORT_JOB, ExportToMake(export_id, learner_id, person_id))
        await tx.emit(
            ExportAsked(tenant_id=tenant_id, aggregate_id=learner_id, occurred_at=now, export_id=export_id, whole=own)
        )
    return export_id


async def make_export(platform: Platform, tenant_id: TenantId, wanted: ExportToMake) -> None:
    """Write the file, then say that it is there and tell the person. Done twice, the second changes nothing.

    Of somebody who was erased meanwhile, or when another export was begun in its place, nothing stays.
    """
    archive, email = await _gather(platform, tenant_id, wanted)
    key = _key(tenant_id, wanted.export_id)
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        size = archive.write(file)
        await platform.storage.put(key, pieces_of(file))
    now = platform.clock.now()
    async with platform.db.write(tenant_id) as tx:
        if not await repository.end_export(
            tx, wanted.export_id, now=now, expires_at=now + LASTS, size=size, stored_as=key
        ):
            found = await queries.one_export(tx, wanted.export_id)
            if found is None or found.stored_as != key:
                await platform.storage.delete(key)  # given up or forgotten meanwhile: nobody would ever ask for it
            return
        if email:  # whoever was erased has none
            text = _letter(platform, wanted, archive)
            await send_mail(tx, to=email, subject="A file with your data is ready", text=text)
        await tx.emit(
            ExportReady(
                tenant_id=tenant_id,
                aggregate_id=wanted.membership_id,
                occurred_at=now,
                export_id=wanted.export_id,
                size=size,
            )
        )


async def _gather(platform: Platform, tenant_id: TenantId, wanted: ExportToMake) -> tuple[Archive, str]:
    """Some seconds old where a replica is read from; whoever was erased meanwhile is noticed where the export ends."""

    async def gather(rx: ReadUnit) -> tuple[Archive, str]:
        member = await identity.require_member(rx, wanted.membership_id)
        organization = await identity.require_organization(rx)
        subject = Subject(wanted.membership_id, wanted.person_id, member.email)
        own = await platform.personal.for_exporting(rx, wanted.membership_id)
        tables = [held async for held in held_about(rx, subject, own.open_all)]
        archive = Archive(member.name, organization.name, platform.clock.now(), await _titles(rx, tables))
        for held in tables:
            archive.add(held)
        return archive, member.email

    return await platform.db.read_anywhere(tenant_id, gather, person_id=wanted.person_id)


async def _titles(rx: ReadUnit, tables: list[Held]) -> dict[str, str]:
    """What the courses are called whose ids stand in the rows."""
    found = {UUID(row["course_id"]) for held in tables for row in held.rows if row.get("course_id")}
    courses = await catalog.list_courses(rx, list(found)) if found else {}
    return {str(key): course.title for key, course in courses.items()}


def _letter(platform: Platform, wanted: ExportToMake, archive: Archive) -> str:
    page = f"{platform.http.public_url}/account/privacy"
    if wanted.person_id is None:
        return (
            f"{archive.organization} has made a file with everything that it holds of you. If you did not ask for"
            f" that, or want to know why, ask them. You can have one made yourself: {page}\n"
        )
    return f"The file that you asked for can be fetched for seven days: {page}\n"


async def fetch_export(platform: Platform, actor: Actor, export_id: UUID) -> Fetched:
    """Hand the file to the person, or to the administrators one that was made without the account; noted each time.

    Raises ExportNotFound for what may not be seen, is not ready or is gone.
    """
    tenant_id = require(actor, OWN_RIGHTS)
    async with platform.db.read(tenant_id) as rx:
        found = await queries.one_export(rx, export_id)
    if found is None or not _may_fetch(actor, found) or not found.stored_as:
        raise ExportNotFound
    if found.expires_at is None or found.expires_at <= platform.clock.now():
        raise ExportNotFound
    await note(platform, actor, RECORD_EXPORTED, found.learner_id)
    shown = Presentation("application/zip", 'attachment; filename="my-data.zip"', "private, no-store")
    address = await platform.storage.sign_get(found.stored_as, shown, platform.clock.now(), ADDRESS_LASTS)
    if address is not None:
        return Fetched(address, None, found.size)
    try:
        return Fetched("", await platform.storage.read(found.stored_as), found.size)
    except NotFound as gone:
        raise ExportNotFound from gone


def _may_fetch(actor: Actor, found: ExportView) -> bool:
    """One's own if one asked for it oneself; what administrators had made is theirs."""
    if found.whole:
        return actor.membership_id == found.learner_id
    return may(actor, MANAGE_PRIVACY)


async def forget_rights(tx: WriteUnit, member_id: UUID) -> Mapping[str, int]:
    """Compliance's own part of an erasure; the files go as soon as it is committed."""
    counts, exports = await repository.forget_rights(tx, member_id)
    for export_id in exports:
        await enqueue(tx, FORGET_FILE_JOB, FileToForget(export_id))
    return counts


async def forget_file(platform: Platform, tenant_id: TenantId, export_id: UUID) -> None:
    """Safe to repeat."""
    await platform.storage.delete(_key(tenant_id, export_id))


def _key(tenant_id: TenantId, export_id: UUID) -> str:
    return f"exports/{tenant_id}/{export_id}.zip"


async def forget_exports(platform: Platform, tenant_id: TenantId) -> int:
    """Delete the files whose week is over; the file first, so that a row without one is tried again."""
    async with platform.db.read(tenant_id) as rx:
        over = await repository.expired_exports(rx, platform.clock.now())
    for export_id, key in over:
        await platform.storage.delete(key)
        async with platform.db.write(tenant_id) as tx:
            await repository.forget_file(tx, export_id)
    return len(over)
