"""`scholr audit` as an operator types it."""

import shutil
from pathlib import Path

from tests.contexts.compliance.log import superuser, with_entries
from tests.entrypoints.test_cli import scholr
from tests.support.database import TestDatabase
from tests.support.school import School


async def test_a_log_is_signed_proven_and_found_out(school: School, database: TestDatabase, tmp_path: Path) -> None:
    entries = await with_entries(school, 3)
    tenant = str(school.tenant_id)
    signed = scholr(database, tmp_path, "audit", "checkpoint", "--organization", tenant)
    assert signed.stdout == f"{tenant}: signed at entry {len(entries)}\n", signed.stderr
    whole = scholr(database, tmp_path, "audit", "verify", "--organization", tenant)
    assert whole.returncode == 0, whole.stderr
    assert f"Aldersea ({tenant}): whole. {len(entries)} entries, signed up to entry {len(entries)}" in whole.stdout
    shutil.copytree(tmp_path / "files" / "audit", tmp_path / "copy")
    async with superuser(database) as admin:
        await admin.execute("delete from compliance_entry where tenant_id = $1 and seq = 2", school.tenant_id)
    broken = scholr(
        database, tmp_path, "audit", "verify", "--organization", tenant, "--checkpoints", str(tmp_path / "copy")
    )
    assert broken.returncode == 1
    assert "NOT what was written" in broken.stdout
    assert "missing: entry 2 is missing" in broken.stdout
