"""The file with everything about a person: complete by what is declared, whoever asks, and gone after a week."""

import io
import json
import zipfile
from datetime import timedelta
from uuid import UUID

import pytest

from scholr.contexts.compliance import facade as compliance
from scholr.kernel.actor import Actor, Role
from scholr.kernel.errors import Forbidden, NotFound
from scholr.platform.db import subject as reading_of_subjects
from scholr.platform.db.database import Database
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.db.subject import held_about
from scholr.platform.mail.local import LocalMailer
from scholr.platform.runtime import Platform
from tests.contexts.compliance.log import actions_of, superuser
from tests.contexts.compliance.planting import plant
from tests.support.accounts import account
from tests.support.clock import MovableClock
from tests.support.database import TestDatabase
from tests.support.delivery import run_periodic, settle
from tests.support.school import School, open_school


def _as_it_is(_place: str, value: object) -> object:
    return value


async def fetched(platform: Platform, actor: Actor, export_id: UUID) -> zipfile.ZipFile:
    found = await compliance.fetch_export(platform, actor, export_id)
    assert found.pieces is not None
    content = b"".join([piece async for piece in found.pieces])
    assert len(content) == found.size
    return zipfile.ZipFile(io.BytesIO(content))


def everything_in(archive: zipfile.ZipFile) -> str:
    return "\n".join(archive.read(name).decode() for name in archive.namelist() if name.startswith("data/"))


async def made(platform: Platform, actor: Actor) -> zipfile.ZipFile:
    export_id = await compliance.ask_for_export(platform, actor)
    assert export_id is not None
    await settle(platform)
    return await fetched(platform, actor, export_id)


async def test_a_person_gets_a_readable_and_a_machine_readable_file_and_a_letter(
    platform: Platform, school: School
) -> None:
    ana = await account(school)
    archive = await made(platform, ana.actor)
    assert {"index.html", "schema.json", "about.json", "data/identity.json", "data/auth.json"} <= set(
        archive.namelist()
    )
    part = json.loads(archive.read("data/identity.json"))
    [member] = next(each for each in part["tables"] if each["table"] == "identity_membership")["rows"]
    assert member["email"] == ana.email
    assert ana.email in archive.read("index.html").decode()
    assert ana.password not in everything_in(archive)
    assert isinstance(platform.mailer, LocalMailer)
    letters = [mail for mail in await platform.mailer.kept() if mail.to == ana.email and "data is" in mail.subject]
    assert len(letters) == 1
    assert {"compliance.export_asked", "compliance.export_ready"} <= set(await actions_of(school))


async def test_words_that_are_kept_sealed_are_in_it_as_they_were_written(platform: Platform, school: School) -> None:
    ana = await account(school)
    wish = "Write my second name with an accent"
    made_request = await compliance.make_request(platform, ana.actor, kind=compliance.RequestKind.CORRECTION, wish=wish)
    archive = await made(platform, ana.actor)
    [row] = next(
        each["rows"]
        for each in json.loads(archive.read("data/compliance.json"))["tables"]
        if each["table"] == "compliance_request"
    )
    assert (row["id"], row["wish"]) == (str(made_request), wish)
    assert wish in archive.read("index.html").decode()


async def test_an_export_that_never_ended_does_not_keep_the_next_from_beginning(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    ana = await account(school)
    first = await compliance.ask_for_export(platform, ana.actor)
    clock.advance(timedelta(hours=2, seconds=1))
    second = await compliance.ask_for_export(platform, ana.actor)
    assert second is not None
    await settle(platform)
    assert {each.id: each.state for each in (await compliance.own_rights(platform, ana.actor)).exports} == {
        first: "failed",
        second: "ready",
    }
    keys = [page async for page in platform.storage.pages(f"exports/{school.tenant_id}")]
    assert str(first) not in str(keys)


async def test_every_declared_column_is_in_the_file(own_database: TestDatabase) -> None:
    """A value of its own in each declared column of each table; what is withheld, and other people's, is not there."""
    async with superuser(own_database) as admin:
        planted, other = await plant(admin), await plant(admin, first=50_000)
    database = Database(DatabaseSettings(own_database.app, pool_size=1))
    try:
        async with database.read(planted.tenant_id, person_id=planted.person_id) as rx:
            tables = [held async for held in held_about(rx, planted.subject, _as_it_is)]
    finally:
        await database.close()
    said = json.dumps([[held.table, held.rows] for held in tables])
    assert [column for column, word in planted.words.items() if word not in said] == []
    assert [column for column, word in planted.hidden.items() if word in said] == []
    assert [column for column, word in other.words.items() if word in said] == []
    assert len(planted.words) > 100
    assert {held.table for held in tables if held.made} >= {"catalog_course", "assessment_bank", "media_asset"}


async def test_a_table_that_holds_too_much_says_so(
    platform: Platform, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await account(school)
    for wish in ("One", "Two"):
        await compliance.make_request(platform, ana.actor, kind=compliance.RequestKind.CORRECTION, wish=wish)
    monkeypatch.setattr(reading_of_subjects, "MOST_ROWS", 1)
    archive = await made(platform, ana.actor)
    tables = {each["table"]: each for each in json.loads(archive.read("data/compliance.json"))["tables"]}
    assert (tables["compliance_request"]["whole"], len(tables["compliance_request"]["rows"])) == (False, 1)
    assert tables["compliance_export"]["whole"]
    assert "these are the first 1." in archive.read("index.html").decode()


async def test_one_runs_at_a_time(platform: Platform, school: School) -> None:
    ana = await school.person()
    assert await compliance.ask_for_export(platform, ana) is not None
    assert await compliance.ask_for_export(platform, ana) is None
    await settle(platform)
    assert await compliance.ask_for_export(platform, ana) is not None


async def test_an_administrator_gets_it_without_the_account_and_the_log_says_so(
    platform: Platform, school: School
) -> None:
    ana, admin = await account(school), await school.person(Role.ADMIN)
    export_id = await compliance.ask_for_export_of(platform, admin, ana.membership_id)
    assert export_id is not None
    await settle(platform)
    archive = await fetched(platform, admin, export_id)
    assert "data/auth.json" not in archive.namelist()
    assert ana.email in everything_in(archive)
    await settle(platform)
    assert "compliance.record_exported" in await actions_of(school)


async def test_nobody_else_fetches_it(platform: Platform, school: School) -> None:
    ana, other, admin = await account(school), await school.person(), await school.person(Role.ADMIN)
    export_id = await compliance.ask_for_export(platform, ana.actor)
    assert export_id is not None
    await settle(platform)
    elsewhere = await open_school(platform, "Elsewhere")
    for stranger in (other, admin, elsewhere.owner):
        with pytest.raises(NotFound):
            await compliance.fetch_export(platform, stranger, export_id)
    with pytest.raises(Forbidden):
        await compliance.ask_for_export_of(platform, other, ana.membership_id)


async def test_it_is_gone_after_a_week(platform: Platform, school: School, clock: MovableClock) -> None:
    ana = await account(school)
    export_id = await compliance.ask_for_export(platform, ana.actor)
    assert export_id is not None
    await settle(platform)
    clock.advance(timedelta(days=7, seconds=1))
    with pytest.raises(NotFound):
        await compliance.fetch_export(platform, ana.actor, export_id)
    await run_periodic(platform, "compliance.tidy", tenant_id=school.tenant_id)
    assert [found async for found in platform.storage.pages(f"exports/{school.tenant_id}")] == []
