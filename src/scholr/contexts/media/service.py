"""The use cases of media: announcing a file, taking its bytes in, saying what it shows, handing it out."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from scholr.contexts.media import model, repository
from scholr.contexts.media.addresses import AssetLink, asset_link, upload_address
from scholr.contexts.media.errors import NotArrived, UnsupportedFile, UploadTooLarge
from scholr.contexts.media.events import AssetFailed, AssetReady
from scholr.contexts.media.model import AssetAction, AssetId, AssetKind, AssetState, FileType, object_key
from scholr.contexts.media.policy import UPLOAD
from scholr.contexts.media.queries import AssetView, list_assets, require_asset
from scholr.contexts.media.tables import AssetRow
from scholr.kernel.actor import Actor
from scholr.kernel.errors import DomainError, Unauthenticated
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
    incoming = f"{object_key(tenant_id, asset_id)}.{new_id().hex}"
    intake = _Intake(chunks, most)
    try:
        await platform.storage.put(incoming, intake.passing())
    except DomainError:
        if intake.problem is not None:
            raise intake.problem from None
        raise
    return await _settle(platform, tenant_id, asset, incoming)


async def finish_upload(platform: Platform, actor: Actor, *, asset_id: UUID) -> AssetView:
    """Look at what has arrived in the store; finishing twice changes nothing. Raises NotArrived."""
    require(actor, UPLOAD)
    if actor.tenant_id is None:
        raise Unauthenticated
    async with platform.db.read(actor.tenant_id) as rx:
        asset = await require_asset(rx, asset_id)
    if asset.state is not AssetState.AWAITED:
        return asset
    return await _settle(platform, actor.tenant_id, asset, None)


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


async def _settle(platform: Platform, tenant_id: TenantId, asset: AssetView, incoming: str | None) -> AssetView:
    """Judge the bytes, then say so in one transaction. `incoming` is moved into place while the row is locked."""
    key = incoming or object_key(tenant_id, asset.id)
    size, file_type, problem = await _judge(platform, key, asset)
    settled = await _save_verdict(platform, tenant_id, asset.id, incoming, size, file_type, problem)
    if settled.state is AssetState.FAILED or incoming is not None:
        await platform.storage.delete(key)  # what was refused, or what came second; a moved file is not there any more
    return settled


async def _judge(platform: Platform, key: str, asset: AssetView) -> tuple[int, FileType | None, DomainError | None]:
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
        return stored.size, None, problem
    return stored.size, file_type, None


@retried
async def _save_verdict(
    platform: Platform,
    tenant_id: TenantId,
    asset_id: UUID,
    incoming: str | None,
    size: int,
    file_type: FileType | None,
    problem: DomainError | None,
) -> AssetView:
    async with platform.db.write(tenant_id) as tx:
        row = await repository.lock_asset(tx, asset_id)
        if row.state == AssetState.AWAITED:
            if incoming is not None and problem is None:
                await platform.storage.move(incoming, object_key(tenant_id, asset_id))
            row.size = size
            _decide(row, file_type, problem)
            await _tell(platform, tx, row)
        return await require_asset(tx, asset_id)


def _decide(row: AssetRow, file_type: FileType | None, problem: DomainError | None) -> None:
    received = model.transition(AssetState(row.state), AssetAction.RECEIVE)
    if file_type is None or problem is not None:
        row.failure = problem.code if problem else UnsupportedFile.code
        row.state = model.transition(received, AssetAction.FAIL)
        return
    row.content_type, row.kind = file_type.content_type, file_type.kind
    row.state = model.transition(received, AssetAction.FINISH)


async def _tell(platform: Platform, tx: WriteUnit, row: AssetRow) -> None:
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
