"""The use cases of media: announcing a file, taking its bytes in, saying what it shows, handing it out."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from scholr.contexts.media import model, repository
from scholr.contexts.media.addresses import AssetLink, asset_link, upload_address
from scholr.contexts.media.errors import NeverArrived, NotArrived, UnsupportedFile, UploadTooLarge
from scholr.contexts.media.events import AssetFailed, AssetReady
from scholr.contexts.media.model import AssetAction, AssetId, AssetKind, AssetState, FileType, arrival_key, object_key
from scholr.contexts.media.policy import UPLOAD, UPLOADS
from scholr.contexts.media.queries import AssetView, list_assets, require_asset
from scholr.contexts.media.tables import AssetRow
from scholr.kernel.actor import Actor
from scholr.kernel.errors import DomainError, NotFound, Unauthenticated
from scholr.kernel.ids import TenantId, new_id
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import ReadUnit, WriteUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require


@dataclass(frozen=True, slots=True)
class Upload:
    """Where to PUT the bytes, until `expires_at`, at most `max_bytes` of them."""

    asset_id: AssetId
    url: str
    max_bytes: int
    expires_at: datetime


@retried
async def begin_upload(
    platform: Platform,
    actor: Actor,
    *,
    filename: str,
    size: int,
    content_type: str = "",
    alt: str = "",
    decorative: bool = False,
) -> Upload:
    """Announce a file. What it really is, and how large, is judged by its bytes when they are there."""
    require(actor, UPLOAD)
    if actor.tenant_id is None or actor.membership_id is None:
        raise Unauthenticated
    platform.flags.require(UPLOADS, tenant_id=actor.tenant_id, member_id=actor.membership_id)
    kind = model.announced_kind(content_type)
    row = AssetRow(
        id=new_id(),
        owner_id=actor.membership_id,
        filename=model.validate_filename(filename),
        alt=model.validate_alt(alt, kind, decorative=decorative),
        state=AssetState.AWAITED,
        kind=kind,
        size=model.validate_size(size, kind),
    )
    async with platform.db.write(actor.tenant_id) as tx:
        tx.session.add(row)
    url, expires_at = await upload_address(platform, actor.tenant_id, row.id, most=size)
    return Upload(AssetId(row.id), url, size, expires_at)


async def receive_bytes(
    platform: Platform, tenant_id: TenantId, asset_id: UUID, chunks: AsyncIterator[bytes], *, most: int
) -> AssetView:
    """Take in what the local store's upload address is sent; who holds a signed address may.

    No transaction is open while bytes arrive. A file that has arrived is not written again.
    """
    async with platform.db.read(tenant_id) as rx:
        asset = await require_asset(rx, asset_id)
    if asset.state is not AssetState.AWAITED:
        return asset
    stored_as = new_id().hex
    intake = _Intake(chunks, most)
    try:
        await platform.storage.put(object_key(tenant_id, asset_id, stored_as), intake.passing())
    except DomainError:
        if intake.problem is not None:
            raise intake.problem from None
        raise
    return await _settle(platform, tenant_id, asset, stored_as)


async def finish_upload(platform: Platform, actor: Actor, *, asset_id: UUID) -> AssetView:
    """Look at what has arrived in the store; finishing twice changes nothing. Raises NotArrived.

    The bytes are copied first and judged after: until their address ends, the uploader may still change what arrived.
    """
    require(actor, UPLOAD)
    if actor.tenant_id is None:
        raise Unauthenticated
    asset = await _asset(platform, actor.tenant_id, asset_id)
    if asset.state is not AssetState.AWAITED:
        return asset
    arrival, stored_as = arrival_key(actor.tenant_id, asset_id), new_id().hex
    try:
        size = await _copy_within(platform, arrival, object_key(actor.tenant_id, asset_id, stored_as), asset.size)
    except NotFound:
        return await _finished_meanwhile(platform, actor.tenant_id, asset_id)
    if size > asset.size:
        problem = UploadTooLarge(details={"max_bytes": asset.size})
        settled = await _save_verdict(platform, actor.tenant_id, asset_id, _Verdict("", size, None, problem))
    else:
        settled = await _settle(platform, actor.tenant_id, asset, stored_as)
    await platform.storage.delete(arrival)
    return settled


@retried
async def describe_asset(platform: Platform, actor: Actor, *, asset_id: UUID, alt: str) -> AssetView:
    """Change what the file is said to show."""
    require(actor, UPLOAD)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await repository.lock_asset(tx, asset_id)
        row.alt = model.validate_alt(alt, AssetKind(row.kind))
        await tx.session.flush()
        return await require_asset(tx, asset_id)


async def asset_links(platform: Platform, rx: ReadUnit, asset_ids: Sequence[UUID]) -> dict[AssetId, AssetLink]:
    """Addresses of those of the files that are ready; the caller has checked that its reader may see them."""
    found = await list_assets(rx, asset_ids)
    if rx.tenant_id is None:
        return {}
    return {key: await asset_link(platform, rx.tenant_id, asset) for key, asset in found.items() if asset.is_ready}


@retried
async def give_up_awaited(platform: Platform, tenant_id: TenantId, *, most: int) -> int:
    """Mark as failed up to `most` files that were announced more than a day ago and never came; returns how many."""
    async with platform.db.write(tenant_id) as tx:
        rows = await repository.lock_overdue(tx, platform.clock.now() - model.AWAITED_LASTS, most)
        for row in rows:
            row.failure = NeverArrived.code
            row.state = model.transition(AssetState(row.state), AssetAction.FAIL)
            await _tell(platform, tx, row)
    return len(rows)


@dataclass(slots=True)
class _Intake:
    """Counts bytes that pass through. `problem` says why it stopped: the store would hide it in an error of its own."""

    chunks: AsyncIterator[bytes]
    most: int
    size: int = 0
    problem: DomainError | None = None

    async def passing(self) -> AsyncIterator[bytes]:
        async for chunk in self.chunks:
            self.size += len(chunk)
            if self.size > self.most:
                self.problem = UploadTooLarge(details={"max_bytes": self.most})
                raise self.problem
            if chunk:
                yield chunk


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What an object was found to be; `problem` is None when it is accepted."""

    stored_as: str
    size: int
    file_type: FileType | None
    problem: DomainError | None


async def _asset(platform: Platform, tenant_id: TenantId, asset_id: UUID) -> AssetView:
    async with platform.db.read(tenant_id) as rx:
        return await require_asset(rx, asset_id)


async def _copy_within(platform: Platform, arrival: str, target: str, most: int) -> int:
    """The size of what arrived; it is copied unless it is too large. Raises NotFound when nothing arrived."""
    found = await platform.storage.head(arrival)
    if found is None:
        raise NotFound
    if found.size <= most:
        await platform.storage.copy(arrival, target)
    return found.size


async def _finished_meanwhile(platform: Platform, tenant_id: TenantId, asset_id: UUID) -> AssetView:
    """Another request finished the upload and put away what had arrived; or nothing had."""
    asset = await _asset(platform, tenant_id, asset_id)
    if asset.state is AssetState.AWAITED:
        raise NotArrived
    return asset


async def _settle(platform: Platform, tenant_id: TenantId, asset: AssetView, stored_as: str) -> AssetView:
    """Judge the bytes, then say so in one transaction. What is refused, and what came second, is deleted."""
    key = object_key(tenant_id, asset.id, stored_as)
    settled = await _save_verdict(platform, tenant_id, asset.id, await _judge(platform, key, asset, stored_as))
    if settled.stored_as != stored_as:
        await platform.storage.delete(key)
    return settled


async def _judge(platform: Platform, key: str, asset: AssetView, stored_as: str) -> _Verdict:
    stored = await platform.storage.head(key)
    if stored is None:
        raise NotArrived
    head = b""
    if stored.size:
        async for chunk in await platform.storage.read(key, 0, min(stored.size, model.SNIFFED_BYTES)):
            head += chunk
    try:
        file_type = model.sniff(head, asset.filename)
        model.validate_arrival(file_type, stored.size, announced=asset.kind, announced_size=asset.size)
    except DomainError as problem:
        return _Verdict(stored_as, stored.size, None, problem)
    return _Verdict(stored_as, stored.size, file_type, None)


@retried
async def _save_verdict(platform: Platform, tenant_id: TenantId, asset_id: UUID, verdict: _Verdict) -> AssetView:
    """Only the first verdict counts: a file that is there stays what it is."""
    async with platform.db.write(tenant_id) as tx:
        row = await repository.lock_asset(tx, asset_id)
        if row.state == AssetState.AWAITED:
            row.size = verdict.size
            _decide(row, verdict)
            await _tell(platform, tx, row)
        return await require_asset(tx, asset_id)


def _decide(row: AssetRow, verdict: _Verdict) -> None:
    received = model.transition(AssetState(row.state), AssetAction.RECEIVE)
    if verdict.file_type is None or verdict.problem is not None:
        row.failure = verdict.problem.code if verdict.problem else UnsupportedFile.code
        row.state = model.transition(received, AssetAction.FAIL)
        return
    row.stored_as = verdict.stored_as
    row.content_type, row.kind = verdict.file_type.content_type, verdict.file_type.kind
    row.state = model.transition(received, AssetAction.FINISH)


async def _tell(platform: Platform, tx: WriteUnit, row: AssetRow) -> None:
    """Publish how it ended."""
    tenant_id, now = tx.require_tenant(), platform.clock.now()
    if row.state == AssetState.FAILED:
        await tx.emit(AssetFailed(tenant_id=tenant_id, aggregate_id=row.id, occurred_at=now, failure=row.failure))
        return
    await tx.emit(
        AssetReady(
            tenant_id=tenant_id,
            aggregate_id=row.id,
            occurred_at=now,
            kind=row.kind,
            content_type=row.content_type,
            size=row.size,
        )
    )
