"""Organisations: open one, say how it looks."""

import hashlib

from scholr.contexts.identity import model, repository
from scholr.contexts.identity.events import BrandingChanged, OrganizationCreated
from scholr.contexts.identity.images import checked_logo
from scholr.contexts.identity.policy import MANAGE_BRANDING
from scholr.contexts.identity.tables import LogoRow, MembershipRow
from scholr.kernel.actor import Actor, Role
from scholr.kernel.ids import TenantId, new_id
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import WriteUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require


@retried
async def create_organization(platform: Platform, *, name: str) -> TenantId:
    """Open a new tenant with a service account as its first owner."""
    tenant_id = TenantId(new_id())
    checked = model.checked_name(name)
    async with platform.db.write(tenant_id) as tx:
        repository.add_organization(tx, tenant_id, checked)
        owner = MembershipRow(
            id=new_id(), person_id=None, email="", display_name=f"{checked} (service)", roles=[Role.OWNER]
        )
        tx.session.add(owner)
        await tx.emit(
            OrganizationCreated(tenant_id=tenant_id, aggregate_id=tenant_id, occurred_at=platform.clock.now())
        )
    return tenant_id


@retried
async def update_branding(
    platform: Platform,
    actor: Actor,
    *,
    name: str | None = None,
    brand_colour: str | None = None,
    locale: str | None = None,
    time_zone: str | None = None,
) -> None:
    """Change how the organisation looks and speaks; None leaves a thing as it is. Raises Invalid."""
    require(actor, MANAGE_BRANDING)
    changes = model.checked_branding(name=name, brand_colour=brand_colour, locale=locale, time_zone=time_zone)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await repository.require_organization(tx)
        if all(getattr(row, column) == value for column, value in changes.items()):
            return
        for column, value in changes.items():
            setattr(row, column, value)
        await _branding_changed(platform, tx)


@retried
async def set_logo(platform: Platform, actor: Actor, content: bytes) -> str:
    """Keep a PNG, JPEG or WebP of at most 512 kB as the organisation's mark; returns its digest. Raises BadLogo."""
    require(actor, MANAGE_BRANDING)
    media_type = checked_logo(content)
    digest = hashlib.sha256(content).hexdigest()[:32]
    async with platform.db.write(actor.tenant_id) as tx:
        row = await repository.require_organization(tx)
        if row.logo_digest == digest:
            return digest
        await repository.remove_logo(tx)
        tx.session.add(LogoRow(content=content, media_type=media_type))
        row.logo_digest = digest
        await _branding_changed(platform, tx)
    return digest


@retried
async def remove_logo(platform: Platform, actor: Actor) -> None:
    """Go back to the first letter on the colour; twice changes nothing."""
    require(actor, MANAGE_BRANDING)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await repository.require_organization(tx)
        if row.logo_digest is None:
            return
        await repository.remove_logo(tx)
        row.logo_digest = None
        await _branding_changed(platform, tx)


async def _branding_changed(platform: Platform, tx: WriteUnit) -> None:
    tenant_id = tx.require_tenant()
    await tx.emit(BrandingChanged(tenant_id=tenant_id, aggregate_id=tenant_id, occurred_at=platform.clock.now()))
