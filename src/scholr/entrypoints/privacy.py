"""`scholr privacy`: what is held of people, what would be forgotten, and who is forgotten again after a restore."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

from cyclopts import App
from rich.console import Console

from scholr.contexts.compliance import facade as compliance
from scholr.contexts.identity import facade as identity
from scholr.entrypoints import records as records_of_processing
from scholr.entrypoints.environment import Environment
from scholr.entrypoints.reach import the_platform, the_workers_database
from scholr.entrypoints.wiring import live_modules
from scholr.kernel.ids import TenantId
from scholr.platform.runtime import Platform
from scholr.platform.security.signatures import public_key

privacy = App(name="privacy", help="What is held of people, what is forgotten and when.")

out = Console(highlight=False, soft_wrap=True, markup=False)


@privacy.command
def records() -> None:
    """The records of processing (GDPR Art. 30) as Markdown: every table, what it holds of whom, for how long."""
    out.print(records_of_processing.as_markdown(), end="")


@privacy.command
def retention(*, dry_run: bool = False, organization: UUID | None = None) -> int:
    """What is kept longer than it may be, by organisation and kind; with `--dry-run` nothing goes, and that is shown.

    Without it the same is forgotten now instead of within the day, legal holds excepted.
    """
    return asyncio.run(_retention(dry_run, organization))


async def _retention(dry_run: bool, organization: UUID | None) -> int:
    async with the_platform(Environment()) as platform:
        for tenant_id in await _organizations(organization):
            await _one(platform, tenant_id, dry_run=dry_run)
    return 0


async def _organizations(wanted: UUID | None) -> list[TenantId]:
    if wanted is not None:
        return [TenantId(wanted)]
    async with the_workers_database(Environment()) as worker_db:
        return await compliance.organizations_to_tidy(worker_db, datetime.now(UTC))


async def _one(platform: Platform, tenant_id: TenantId, *, dry_run: bool) -> None:
    async with platform.db.read(tenant_id) as rx:
        found = await identity.organization(rx)
    out.print(f"{found.name if found else 'unknown'} ({tenant_id})")
    for keeping in await compliance.dry_run(platform, tenant_id):
        kind, gone = keeping.period.kind, keeping.due
        if not dry_run:
            gone = await compliance.apply_all(platform, tenant_id, kind)
        said = "would go" if dry_run else "went"
        out.print(f"  {kind}, kept {keeping.days} days: {gone} {said}")


@privacy.command
def replay_erasures(*, key: tuple[str, ...] = ()) -> int:
    """After a restore, before anything serves: forget again whom the ledger in the object store names.

    `--key` names a public key (64 hexadecimal digits) of a secret that has been retired since.
    """

    more = [public_key(each) for each in key]

    async def run() -> int:
        async with the_platform(Environment()) as platform:
            try:
                many = await compliance.replay(platform, live_modules(), more_keys=more)
            except compliance.LedgerForged as error:
                out.print(str(error), style="red")
                return 1
        out.print(f"{many} erased again")
        return 0

    return asyncio.run(run())
