"""`scholr evidence`: everything is collected, hashed, and says nothing about people."""

import asyncio
import hashlib
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from scholr.contexts.auth import facade as auth
from scholr.contexts.compliance import facade as compliance
from scholr.entrypoints.environment import Environment
from scholr.entrypoints.evidence.command import ATTACHMENTS, collect, evidence
from scholr.entrypoints.evidence.controls import CONTROLS
from scholr.entrypoints.evidence.parts import PARTS
from scholr.kernel.actor import Role
from scholr.kernel.errors import Invalid
from scholr.platform.runtime import Platform
from tests.support.accounts import Account, account, browser
from tests.support.database import TestDatabase
from tests.support.delivery import settle
from tests.support.operators import operator_of
from tests.support.school import School

SOC2 = Path(__file__).parents[2] / "docs" / "security" / "soc2.md"
SECRET = "not-to-be-seen-by-auditors"


@pytest.fixture
def environment(database: TestDatabase, tmp_path: Path) -> Environment:
    return Environment(
        data_dir=tmp_path,
        app_database_url=database.app,
        worker_database_url=database.worker,
        operator_token=SECRET,
        smtp_url=f"smtp://{SECRET}@localhost",
        mail_sender=f"{SECRET}@example.org",
    )


async def _busy(platform: Platform, school: School) -> Account:
    """An administrator with a token whose sign-in failed once; a learner was refused once."""
    admin = await account(school, Role.ADMIN)
    await auth.create_token(
        platform,
        admin.actor,
        name="Quentin's own laptop",
        scopes=["people:read"],
        lasts=timedelta(days=30),
        known=frozenset({"people:read"}),
    )
    async with browser(platform, admin) as client:
        await client.post("/sign-in", data={"email": admin.email, "password": "wrong and wrong again"})
    async with browser(platform, await account(school)) as learner:
        assert (await learner.get("/admin/people")).status_code == 403
    await settle(platform)
    return admin


async def test_it_is_collected_and_names_nobody(
    platform: Platform, school: School, environment: Environment, database: TestDatabase, tmp_path: Path
) -> None:
    admin, folder, tenant = await _busy(platform, school), tmp_path / "evidence", str(school.tenant_id)
    notes = tmp_path / "restores.md"
    notes.write_text("The dump of the first was restored in 12 minutes.\n")
    found = await collect(environment, folder, 30, {"sbom": None, "drills": notes})
    assert found.files.keys() == {*PARTS, "drills"}
    assert found.missing == {"sbom": "nothing was handed in with --sbom"}
    facts = {name: _read(folder, place) for name, (place, _) in found.files.items() if name in PARTS}
    assert facts["audit"]["organizations"][tenant]["is_whole"]
    assert facts["activity"]["organizations"][tenant]["auth.sign_in_failed"] == 1
    assert facts["activity"]["organizations"][tenant]["platform.access_refused"] == 1
    assert facts["background"]["queues"]["workers"] == 0
    of_school = facts["access"]["organizations"][tenant]
    assert of_school["second_step_asked_of"] == "nobody"
    assert str(admin.membership_id) in [each["membership"] for each in of_school["members"]]
    assert [(each["membership"], each["age_days"]) for each in of_school["tokens"]] == [(str(admin.membership_id), 0)]
    assert facts["database"]["tables_without_forced_policies"] in ([], ["alembic_version"])
    assert facts["database"]["program_bypasses_policies"] is False
    assert facts["schema"]["is_current"]
    assert facts["settings"]["operator_token"] == "set"
    assert (facts["settings"]["profile"], facts["settings"]["pool_size"]) == ("demo", 10)
    assert {each["key"] for each in facts["flags"]["declared"]} >= {"media.uploads"}
    assert facts["software"]["packages"]["asyncpg"]["record_sha256"]
    assert facts["objectives"]["budgets_of_this_month"]
    assert _days_told(folder, facts["objectives"]["classes_since"]) == 30
    written = {path: path.read_text() for path in folder.rglob("*") if path.is_file()}
    for said in [SECRET, *await _personal(database, school)]:
        assert [path.name for path, text in written.items() if said in text] == [], said


async def test_operators_and_what_is_kept_and_forgotten_are_told_without_names(
    platform: Platform, school: School, environment: Environment, database: TestDatabase, tmp_path: Path
) -> None:
    operator = await operator_of(platform, database, school)
    async with browser(platform, operator) as client:
        rule = {"flag": "media.uploads", "form": "share", "percent": "1", "variant": "off", "reason": SECRET}
        assert (await client.post("/operate/flags/rule", data=rule)).status_code == 303
        gone = {"flag": "media.uploads", "scope": "share", "subject": "off", "reason": SECRET}
        assert (await client.post("/operate/flags/clear", data=gone)).status_code == 303
    second = (await account(school, Role.ADMIN)).actor
    erased, held, asked_for = [(await school.person(Role.LEARNER)).membership_id for _ in range(3)]
    assert erased is not None
    assert asked_for is not None
    ground = compliance.Ground.OBJECTION
    erasure = await compliance.request_erasure(platform, school.owner, member_id=erased, ground=ground)
    await compliance.confirm_erasure(platform, second, erasure_id=erasure.id)
    await compliance.request_erasure(platform, school.owner, member_id=asked_for, ground=ground)
    await compliance.place_hold(platform, school.owner, learner_id=held, course_id=None, reason=SECRET)
    await settle(platform)
    folder, tenant = tmp_path / "evidence", str(school.tenant_id)
    found = await collect(environment, folder, 90, {})
    figures = _read(folder, found.files["objectives"][0])
    assert _days_told(folder, figures["classes_since"]) == 35, "no more is kept, and the evidence says so"
    told = {name: _read(folder, found.files[name][0]) for name in ("operators", "erasures", "retention", "holds")}
    acts = [each for each in told["operators"]["acts"] if each["subject"] == "media.uploads share off"]
    stays = {each["stay"]: each for each in told["operators"]["stays"]}
    assert [each["act"] for each in acts[-2:]] == ["flag.set", "flag.clear"]
    assert (stays[acts[-1]["stay"]]["until"], stays[acts[-1]["stay"]]["has_second_step"]) == (None, False)
    rows = {each["member"]: each for each in told["erasures"]["organizations"][tenant]}
    assert {name: each["state"] for name, each in rows.items()} == {str(erased): "erased", str(asked_for): "requested"}
    proof = rows[str(erased)]["proof"]
    signer = Ed25519PublicKey.from_public_bytes(bytes.fromhex(proof["public_key"]))
    signer.verify(bytes.fromhex(proof["signature"]), proof["signed"].encode())
    assert "proof" not in rows[str(asked_for)]
    periods = told["retention"]["organizations"][tenant]["periods"]
    assert {each["kind"]: each["days"] for each in periods}["notes"] == 180
    assert [each["member"] for each in told["holds"]["organizations"][tenant]] == [str(held)]
    written = "".join(path.read_text() for path in (folder / "parts").iterdir())
    assert SECRET not in written
    assert operator.email not in written


async def test_the_folder_can_be_checked_and_read(school: School, environment: Environment, tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    await collect(environment, folder, 1, {})
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    listed = {line[66:]: line[:64] for line in lines}
    real = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    assert listed.keys() == real.keys() - {"SHA256SUMS"}
    assert all(hashlib.sha256(real[name].read_bytes()).hexdigest() == digest for name, digest in listed.items())
    index = _read(folder, "index.json")
    of_recovery = next(each for each in index["controls"] if each["id"] == "recovery")
    assert of_recovery["not_collected"] == {"drills": "nothing was handed in with --drills"}
    readable = (folder / "index.md").read_text()
    assert "**drills not collected**" in readable
    assert str(school.tenant_id) not in readable


@pytest.mark.usefixtures("school")
async def test_what_cannot_be_collected_says_so_and_leaves_nothing_old(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, bill = tmp_path / "evidence", tmp_path / "bill.json"
    bill.write_text("{}")
    await collect(environment, folder, 1, {"sbom": bill})
    assert (folder / "attached" / "sbom.json").exists()

    async def broken(_asked: object) -> dict[str, Any]:
        raise asyncpg.ConnectionDoesNotExistError("gone")

    monkeypatch.setattr("scholr.entrypoints.evidence.command.PARTS", {**PARTS, "audit": broken})
    found = await collect(environment, folder, 1, {"sbom": tmp_path / "nowhere.json"})
    assert found.missing["audit"] == "ConnectionDoesNotExistError"
    assert found.missing["sbom"].startswith("--sbom could not be read")
    assert not (folder / "parts" / "audit.json").exists()
    assert not (folder / "attached" / "sbom.json").exists(), "that of an earlier time"
    assert "**audit not collected**: ConnectionDoesNotExistError" in (folder / "index.md").read_text()


async def test_a_period_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        await asyncio.to_thread(evidence, out_dir=tmp_path, days=0)


def test_every_control_is_explained_and_every_part_is_evidence_of_one() -> None:
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| ([^|]+) \|", SOC2.read_text(encoding="utf-8"), re.M))
    assert rows == {control.id: ", ".join(control.criteria) for control in CONTROLS}
    used = {name for control in CONTROLS for name in control.evidence}
    assert used == {*PARTS, *ATTACHMENTS}
    assert all(control.evidence or control.outside for control in CONTROLS)
    common = {criterion.partition(".")[0] for control in CONTROLS for criterion in control.criteria}
    assert common == {
        *(f"CC{number}" for number in range(1, 10)),
        "A1",
        "C1",
        *(f"P{number}" for number in range(1, 9)),
    }


def _days_told(folder: Path, since: str) -> int:
    collected = datetime.fromisoformat(_read(folder, "index.json")["collected_at"])
    return (collected - datetime.fromisoformat(since)).days


def _read(folder: Path, place: str) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode((folder / place).read_bytes())
    return found


async def _personal(database: TestDatabase, school: School) -> set[str]:
    """Whatever the database knows of this school's people, and what they have called things."""
    admin = await asyncpg.connect(database.admin)
    try:
        rows = await admin.fetch(
            "select email as said from identity_membership where tenant_id = $1"
            " union select display_name from identity_membership where tenant_id = $1 and length(display_name) > 8"
            " union select name from auth_api_token where tenant_id = $1"
            " union select hint from auth_api_token where tenant_id = $1",
            school.tenant_id,
        )
    finally:
        await admin.close()
    found = {row["said"] for row in rows if row["said"]}
    assert len(found) >= 3
    return found
