"""`scholr audit`: prove the audit logs, sign where they end, print the keys that signatures are checked with."""

import asyncio
import time
from pathlib import Path
from uuid import UUID

from cyclopts import App
from rich.console import Console

from scholr.contexts.compliance import facade as compliance
from scholr.contexts.identity import facade as identity
from scholr.entrypoints.environment import Environment
from scholr.entrypoints.reach import the_platform, the_workers_database
from scholr.kernel.ids import TenantId
from scholr.platform.runtime import Platform
from scholr.platform.security.signatures import public_key

audit = App(name="audit", help="The audit logs: prove them, sign them.")

out = Console(highlight=False, soft_wrap=True)


@audit.command
def verify(*, organization: UUID | None = None, checkpoints: Path | None = None, key: tuple[str, ...] = ()) -> int:
    """Check every entry, every link and every checkpoint; exit code 1 when a log is not what was written.

    Without `--organization` all logs are checked. `--checkpoints` is a folder with a copy of the object store's
    `audit/`, kept where nobody reaches who reaches the database; without it the store itself is read. `--key` names
    a public key (64 hexadecimal digits) of a secret that has been retired.
    """
    return asyncio.run(_verify(organization, checkpoints, tuple(public_key(each) for each in key)))


async def _verify(organization: UUID | None, folder: Path | None, more_keys: tuple[bytes, ...]) -> int:
    async with the_platform(Environment()) as platform:
        shelf = compliance.FolderShelf(folder) if folder else compliance.StoredShelf(platform.storage)
        known = (*compliance.signer_of(platform).public, *more_keys)
        whole, entries, begun = True, 0, time.perf_counter()
        for tenant_id in await _organizations(organization, shelf):
            verdict = await compliance.verify(platform.db, tenant_id, known, shelf)
            await _report(platform, tenant_id, verdict)
            whole, entries = whole and verdict.is_whole, entries + verdict.entries
        seconds = time.perf_counter() - begun
    out.print(f"{entries} entries in {seconds:.1f} s, {entries / seconds:.0f} a second")
    return 0 if whole else 1


async def _organizations(wanted: UUID | None, shelf: compliance.CheckpointShelf) -> list[TenantId]:
    if wanted is not None:
        return [TenantId(wanted)]
    async with the_workers_database(Environment()) as worker_db:
        return await compliance.logs_to_verify(worker_db, shelf)


async def _report(platform: Platform, tenant_id: TenantId, verdict: compliance.Verdict) -> None:
    async with platform.db.read(tenant_id) as rx:
        found = await identity.organization(rx)
    name = f"{found.name} ({tenant_id})" if found else str(tenant_id)
    if verdict.is_whole:
        signed = f"signed up to entry {verdict.signed_upto}" if verdict.signed_upto else "not signed yet"
        out.print(f"{name}: whole. {verdict.entries} entries, {signed}")
        return
    out.print(f"{name}: NOT what was written", style="red")
    for finding in verdict.findings:
        out.print(f"  {finding.fault}: {finding.sentence}")
    if verdict.more:
        out.print("  and more")


@audit.command
def checkpoint(*, organization: UUID | None = None) -> None:
    """Sign where each log ends now, with the current key: before a secret is retired, or before something risky."""

    async def run() -> None:
        async with the_platform(Environment()) as platform:
            shelf = compliance.StoredShelf(platform.storage)
            for tenant_id in await _organizations(organization, shelf):
                made = await compliance.sign_checkpoint(platform, tenant_id)
                said = f"signed at entry {made.seq}" if made else "nothing new to sign"
                out.print(f"{tenant_id}: {said}")

    asyncio.run(run())


@audit.command
def keys() -> None:
    """The public keys that this deployment's checkpoints are checked with, the current one first."""

    async def run() -> None:
        async with the_platform(Environment()) as platform:
            for public in compliance.signer_of(platform).public:
                out.print(public.hex())

    asyncio.run(run())
