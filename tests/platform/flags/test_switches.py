"""What a process knows of the flags, and how soon."""

import asyncio
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import asyncpg
import pytest
from structlog.testing import CapturingLogger

from scholr.contexts.learning.policy import VERIFICATION
from scholr.contexts.media.policy import UPLOADS
from scholr.kernel.ids import TenantId, new_id
from scholr.platform.db.database import Database
from scholr.platform.flags import switches
from scholr.platform.flags.errors import InvalidRule, SwitchedOff
from scholr.platform.flags.flag import OFF, ON
from scholr.platform.flags.kill_file import write_keys
from scholr.platform.flags.ledger import Said, history, put_rule, take_rule
from scholr.platform.flags.rules import Rule, Scope
from scholr.platform.flags.switches import HEARD_WITHIN, Flags
from scholr.platform.runtime import Platform
from tests.support.database import TestDatabase
from tests.support.delivery import settle, worker_db
from tests.support.school import School

SAID = Said("olu", "a drill")
KILL = Rule(key=UPLOADS.key, scope=Scope.KILL)


def _for(tenant_id: TenantId, variant: str = OFF) -> Rule:
    return Rule(key=UPLOADS.key, scope=Scope.TENANT, subject=str(tenant_id), variant=variant, tenant_id=tenant_id)


async def _put(platform: Platform, rule: Rule) -> bool:
    async with (await worker_db(platform)).write(TenantId(rule.tenant_id) if rule.tenant_id else None) as tx:
        return await put_rule(tx, UPLOADS, rule, SAID)


async def _take(platform: Platform, rule: Rule) -> bool:
    async with (await worker_db(platform)).write(TenantId(rule.tenant_id) if rule.tenant_id else None) as tx:
        return await take_rule(tx, rule, SAID)


async def test_a_rule_reaches_one_organisation_and_its_audit_log(
    platform: Platform, school: School, other_school: School
) -> None:
    assert await _put(platform, _for(school.tenant_id))
    assert not await _put(platform, _for(school.tenant_id)), "said already"
    await platform.flags.look()
    with pytest.raises(SwitchedOff, match="Uploading files is switched off"):
        platform.flags.require(UPLOADS, tenant_id=school.tenant_id)
    assert platform.flags.is_on(UPLOADS, tenant_id=other_school.tenant_id)
    assert await _take(platform, _for(school.tenant_id))
    assert not await _take(platform, _for(school.tenant_id))
    await platform.flags.look()
    assert platform.flags.is_on(UPLOADS, tenant_id=school.tenant_id)
    await settle(platform)
    async with platform.db.read(school.tenant_id) as rx:
        entries = await rx.raw.fetch(
            "select details::text as details, actor_kind from compliance_entry"
            " where action = 'platform.flag_changed' order by seq"
        )
    assert [each["actor_kind"] for each in entries] == ["system", "system"]
    assert '"variant":"off"' in entries[0]["details"].replace(" ", "")
    assert '"variant":""' in entries[1]["details"].replace(" ", "")
    assert "olu" not in str(entries)
    async with (await worker_db(platform)).read(None) as rx:
        changes = await history(rx, since=datetime.now(UTC) - timedelta(minutes=5))
    of_this = [each for each in changes if each.rule.tenant_id == school.tenant_id]
    assert [(each.action, each.said) for each in of_this] == [("clear", SAID), ("set", SAID)]


async def test_the_application_may_neither_write_rules_nor_read_them_by_itself(platform: Platform) -> None:
    for sql in (
        "insert into platform_flag_rule (tenant_id, key, scope, subject, variant, share)"
        " values (gen_random_uuid(), 'a.b', 'kill', '', '', 0)",
        "select * from platform_flag_rule",
        "select * from platform_flag_change",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with platform.db.write(None) as tx:
                await tx.raw.execute(sql)


async def test_the_history_cannot_be_rewritten(platform: Platform, school: School, database: TestDatabase) -> None:
    await _put(platform, _for(school.tenant_id))
    admin = await asyncpg.connect(database.admin)
    try:
        for sql in (
            "update platform_flag_change set operator = 'nobody'",
            "delete from platform_flag_change",
            "truncate platform_flag_change",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await admin.execute(sql)
    finally:
        await admin.close()
        await _take(platform, _for(school.tenant_id))


async def test_shares_are_at_most_everybody(platform: Platform) -> None:
    half = Rule(key=UPLOADS.key, scope=Scope.SHARE, subject=OFF, variant=OFF, share=5000)
    more = replace(half, subject=ON, variant=ON, share=5001)
    try:
        await _put(platform, half)
        for wrong in (more, replace(half, share=10_001), replace(half, share=-1), replace(half, variant="purple")):
            with pytest.raises(InvalidRule):
                await _put(platform, wrong)
    finally:
        await _take(platform, half)


async def test_a_kill_is_heard_in_time_while_no_connection_is_to_be_had(
    platform: Platform, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one wants to switch off at three in the morning is what holds every connection."""
    assert HEARD_WITHIN <= 5
    monkeypatch.setattr(switches, "REFRESH", 0.1)
    monkeypatch.setattr(switches, "PATIENCE", 0.5)
    size = platform.db.settings.pool_size
    held, enough = [asyncio.Event() for _ in range(size)], asyncio.Event()

    async def hold(has_it: asyncio.Event) -> None:
        async with platform.db.read(TenantId(new_id())):  # one organisation would not be given all of them
            has_it.set()
            await enough.wait()

    async with platform.flags.followed():
        assert platform.flags.is_on(UPLOADS)
        holders = [asyncio.create_task(hold(each)) for each in held]
        async with asyncio.timeout(10):
            await asyncio.gather(*(each.wait() for each in held))
        try:
            await _put(platform, KILL)
            await asyncio.sleep(1.5)  # one look: asleep, waiting for the pool, asking alone
            assert not platform.flags.is_on(UPLOADS, tenant_id=school.tenant_id)
        finally:
            enough.set()
            await asyncio.gather(*holders)
            await _take(platform, KILL)


async def test_what_is_known_stays_while_the_database_is_away(platform: Platform, tmp_path: Path) -> None:
    """And the kill file needs none."""
    away = Database(replace(platform.db.settings, dsn="postgresql://nobody@127.0.0.1:1/none", pool_timeout=0.2))
    file = tmp_path / "killed-flags"
    flags = Flags(platform.db, file)
    await _put(platform, KILL)
    try:
        await flags.look()
        flags._db = away
        await flags.look()
        assert not flags.is_on(UPLOADS)
        assert flags.is_on(VERIFICATION), "nothing is known of it, so it has its default"
        write_keys(file, frozenset({VERIFICATION.key, "some.other"}))
        await flags.look()
        assert not flags.is_on(VERIFICATION)
        assert flags.snapshot().failures == 2
        file.write_bytes(b"\xff\xfe")
        await flags.look()
        assert not flags.is_on(VERIFICATION), "a file that cannot be read says what it said"
        file.unlink()
        await flags.look()
        assert flags.is_on(VERIFICATION)
        assert not flags.is_on(UPLOADS)
    finally:
        await away.close()
        await _take(platform, KILL)


async def test_a_remark_in_the_kill_file_kills_nothing(tmp_path: Path) -> None:
    file = tmp_path / "killed"
    file.write_text(f"# {UPLOADS.key}\n\n  {VERIFICATION.key}  # since the update\n")
    flags = Flags(None, file)
    await flags.look()
    assert flags.is_on(UPLOADS)
    assert not flags.is_on(VERIFICATION)
    os.utime(file, (1, 1))
    await flags.look()
    assert not flags.is_on(VERIFICATION)


async def test_a_rule_that_this_version_does_not_understand_leaves_the_others_in_force(platform: Platform) -> None:
    """In the middle of a roll a newer process may have written it; the switches beside it are heard of as before."""
    strange = Rule(key=UPLOADS.key, scope=Scope.COHORT, subject="whoever is new", variant=OFF)
    await _put(platform, strange)
    await _put(platform, KILL)
    flags = Flags(platform.db)
    try:
        await flags.look()
        assert not flags.is_on(UPLOADS)
    finally:
        await _take(platform, KILL)
        await _take(platform, strange)


async def test_a_scope_of_a_newer_version_is_passed_over() -> None:
    row = {"version": 7, "key": UPLOADS.key, "subject": "", "variant": "", "share": 0}

    class Newer:
        async def ask(self, _call: object, _version: int) -> list[dict[str, object]]:
            return [{**row, "scope": "region", "subject": "eu"}, {**row, "scope": "kill"}]

    flags = Flags(cast(Database, Newer()))
    await flags.look()
    assert not flags.is_on(UPLOADS)
    assert flags.snapshot().version == 7


async def test_an_outage_is_said_once_and_not_with_every_look(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(switches, "log", lines := CapturingLogger())
    away = Database(replace(platform.db.settings, dsn="postgresql://nobody@127.0.0.1:1/none", pool_timeout=0.2))
    flags = Flags(away)
    try:
        for _ in range(3):
            await flags.look()
        assert [each.method_name for each in lines.calls] == ["warning"]
        assert flags.snapshot().failures == 3
    finally:
        await away.close()


async def test_looking_again_when_nothing_has_changed_brings_nothing(platform: Platform) -> None:
    await platform.flags.look()
    async with platform.db.read(None) as rx:
        rows = await rx.raw.fetch("select * from platform_flag_rules($1)", platform.flags.snapshot().version)
    assert rows == []
