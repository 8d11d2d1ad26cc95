"""Forgetting a person: asked for, confirmed by a second look, done by every part, proven afterwards."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from scholr.contexts.compliance import queries, repository
from scholr.contexts.compliance.adapters.ledger import Ledger
from scholr.contexts.compliance.errors import (
    ErasureNotFound,
    ErasureOver,
    ErasurePromised,
    InvalidSearch,
    MemberHeld,
    MemberNotFound,
    OwnerStays,
    SecondLook,
)
from scholr.contexts.compliance.events import ErasureCompleted, ErasureConfirmed, ErasureRequested, ErasureWithdrawn
from scholr.contexts.compliance.model import DIRECTORY_PART, TRACE_PARTS, Erasure, Ground, LedgerRecord, may_confirm
from scholr.contexts.compliance.policy import ERASE, ERASURES_READ, SEE_ERASURES
from scholr.contexts.compliance.service.holding import is_held
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor, Role
from scholr.kernel.ids import MembershipId, TenantId, new_id, parse_id
from scholr.kernel.pagination import DEFAULT_LIMIT, Page, check_limit, page_of
from scholr.platform.audit import note
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import ReadUnit, WriteUnit
from scholr.platform.erasure import MemberErased, Stage
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require
from scholr.platform.security.signatures import Signer

PURPOSE = "erasure ledger"


@retried
async def request_erasure(platform: Platform, actor: Actor, *, member_id: MembershipId, ground: Ground) -> Erasure:
    """Ask for a member to be forgotten; the same member again is the same request.

    Raises MemberNotFound, MemberHeld, and OwnerStays for an owner.
    """
    require(actor, ERASE)
    now = platform.clock.now()
    async with platform.db.write(actor.tenant_id) as tx:
        known = await repository.open_erasure(tx, member_id)
        if known is not None:
            return await _required(tx, known)
        await _may_be_erased(tx, member_id)
        made = new_id()
        known = await repository.ask_erasure(tx, made, member_id, ground=ground, by=actor.membership_id, now=now)
        if known == made:
            tenant_id = tx.require_tenant()
            await tx.emit(
                ErasureRequested(
                    tenant_id=tenant_id, aggregate_id=made, occurred_at=now, member_id=member_id, ground=ground
                )
            )
        return await _required(tx, known)


async def _may_be_erased(rx: ReadUnit, member_id: UUID) -> None:
    member = await identity.member(rx, MembershipId(member_id))
    if member is None:
        raise MemberNotFound
    if Role.OWNER in member.roles:
        raise OwnerStays
    if await is_held(rx, MembershipId(member_id)):
        raise MemberHeld


@retried
async def confirm_erasure(platform: Platform, actor: Actor, *, erasure_id: UUID) -> Erasure:
    """Destroy the member's data key and begin to forget them everywhere. Cannot be undone; again changes nothing.

    The record outside the database is written last before the commit, while nobody can place a hold or take the
    request back: where the commit then fails, more was promised than done, and confirming again or `replay` keeps the
    promise. Raises ErasureNotFound, ErasureOver, SecondLook, MemberHeld, OwnerStays, StorageUnavailable.
    """
    tenant_id, now = require(actor, ERASE), platform.clock.now()
    async with platform.db.write(tenant_id) as tx:
        await repository.held_for_now(tx)
        row = await repository.erasure_row(tx, erasure_id)
        asked = await _required(tx, erasure_id)
        if row is None or asked.confirmed_at is not None:
            return asked
        await _require_confirmable(tx, asked, actor, now)
        record = _signed(platform, tenant_id, asked, now)
        row.confirmed_at, row.confirmed_by = now, actor.membership_id
        await platform.personal.destroy(tx, row.member_id)
        await tx.emit(_confirmed(record), _told(record, Stage.TRACES))
        confirmed = await _required(tx, erasure_id)
        await Ledger(platform.storage).keep(record)
        return confirmed


async def _require_confirmable(rx: ReadUnit, asked: Erasure, actor: Actor, now: datetime) -> None:
    if asked.withdrawn_at is not None:
        raise ErasureOver
    if not may_confirm(asked, actor.membership_id, now):
        raise SecondLook
    await _may_be_erased(rx, asked.member_id)


def _signed(platform: Platform, tenant_id: TenantId, asked: Erasure, now: datetime) -> LedgerRecord:
    signer = Signer.of(platform.keys, PURPOSE)
    unsigned = LedgerRecord(tenant_id, asked.id, asked.member_id, asked.ground, now, signer.key)
    return replace(unsigned, signature=signer.sign(unsigned.message))


def _confirmed(record: LedgerRecord) -> ErasureConfirmed:
    return ErasureConfirmed(
        tenant_id=TenantId(record.tenant_id),
        aggregate_id=record.erasure_id,
        occurred_at=record.confirmed_at,
        member_id=record.member_id,
        ground=record.ground,
    )


def _told(record: LedgerRecord, stage: Stage) -> MemberErased:
    return MemberErased(
        tenant_id=TenantId(record.tenant_id),
        aggregate_id=record.member_id,
        occurred_at=record.confirmed_at,
        erasure_id=record.erasure_id,
        stage=stage.value,
    )


@retried
async def withdraw_erasure(platform: Platform, actor: Actor, *, erasure_id: UUID) -> Erasure:
    """Take a request back before it was confirmed; again changes nothing.

    Raises ErasureNotFound, ErasureOver, and ErasurePromised where the record of a confirmation is outside the database
    already, whose commit failed; StorageUnavailable where nobody can say.
    """
    tenant_id, now = require(actor, ERASE), platform.clock.now()
    async with platform.db.write(tenant_id) as tx:
        row = await repository.erasure_row(tx, erasure_id)
        if row is None:
            raise ErasureNotFound
        if row.confirmed_at is not None:
            raise ErasureOver
        if row.withdrawn_at is None:
            if await Ledger(platform.storage).has(tenant_id, erasure_id):
                raise ErasurePromised
            row.withdrawn_at = now
            await tx.emit(
                ErasureWithdrawn(tenant_id=tenant_id, aggregate_id=row.id, occurred_at=now, member_id=row.member_id)
            )
        return await _required(tx, erasure_id)


async def part_reported(
    tx: WriteUnit, erasure_id: UUID, part: str, counts: Mapping[str, int], now: datetime
) -> Erasure | None:
    """Keep what a part has done; tell the directory once all traces are gone, and everybody once it is over.

    The row is locked, so that of two last parts one sees the other.
    """
    row = await repository.erasure_row(tx, erasure_id)
    if row is None or not await repository.keep_part(tx, erasure_id, part, counts, now):
        return None
    found = await _required(tx, erasure_id)
    tenant_id = tx.require_tenant()
    if part != DIRECTORY_PART and found.counts.keys() >= TRACE_PARTS:
        record = LedgerRecord(tenant_id, found.id, found.member_id, found.ground, now, "")
        await tx.emit(_told(record, Stage.DIRECTORY))
    if not found.missing and await repository.complete(tx, erasure_id, now):
        rows = sum(sum(each.values()) for each in found.counts.values())
        await tx.emit(
            ErasureCompleted(
                tenant_id=tenant_id, aggregate_id=found.id, occurred_at=now, member_id=found.member_id, rows=rows
            )
        )
    return found


async def forget_queues(tx: WriteUnit, member_id: UUID) -> Mapping[str, int]:
    """The platform's part: mail, failed jobs, kept events."""
    member = await identity.member(tx, MembershipId(member_id))
    return await repository.forget_queues(tx, member_id, member.email if member else "")


async def list_erasures(
    platform: Platform, actor: Actor, *, cursor: str | None = None, limit: int = DEFAULT_LIMIT
) -> Page[Erasure]:
    """The newest first. Raises InvalidSearch for a cursor that is not ours."""
    require(actor, SEE_ERASURES)
    before = parse_id(cursor) if cursor else None
    if cursor and before is None:
        raise InvalidSearch("This cursor is not one of ours.", fields={"cursor": "take it from next_cursor"})
    async with platform.db.read(actor.tenant_id) as rx:
        rows = await queries.erasures_before(rx, before, check_limit(limit) + 1)
    await note(platform, actor, ERASURES_READ)
    return page_of(rows, limit, lambda each: str(each.id))


async def _required(rx: ReadUnit, erasure_id: UUID) -> Erasure:
    if isinstance(rx, WriteUnit):
        await rx.session.flush()
    found = await queries.erasure(rx, erasure_id)
    if found is None:
        raise ErasureNotFound
    return found
