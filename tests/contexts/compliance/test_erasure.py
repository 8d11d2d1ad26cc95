"""Somebody is forgotten: nothing anywhere says who they were or what they wrote, and the numbers stay."""

import asyncio
from datetime import timedelta

import pytest

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.compliance import facade as compliance
from scholr.contexts.compliance.errors import ErasureOver, MemberHeld
from scholr.contexts.compliance.facade import Ground
from scholr.contexts.compliance.model import DIRECTORY_PART, TRACE_PARTS
from scholr.contexts.identity import facade as identity
from scholr.entrypoints.wiring import live_modules
from scholr.kernel.actor import Role
from scholr.kernel.errors import Forbidden
from scholr.kernel.ids import MembershipId, new_id
from scholr.platform.db.database import Database
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.erasure import ForgettingHandler, Stage
from scholr.platform.outbox.origin import Origin, originating
from scholr.platform.security.personal import ERASED
from tests.contexts.compliance.erasable import ADDRESS, ANSWERED, ESSAY, NAME, WORDS, admin_of, erased, figures, live
from tests.contexts.compliance.log import actions_of, entries_of, judged, superuser
from tests.contexts.compliance.planting import forget_everywhere, plant, what_is_left
from tests.support.accounts import account, browser
from tests.support.clock import MovableClock
from tests.support.database import TestDatabase
from tests.support.delivery import settle
from tests.support.exams import NEAREST, enrolled_learner, open_exam, start
from tests.support.school import School
from tests.support.statements import counted_statements
from tests.support.words import Found, columns_with


def test_the_parts_that_are_waited_for_are_those_that_report() -> None:
    handlers = [each.handler for module in live_modules() for each in module.subscriptions]
    parts = {each.part: each.stage for each in handlers if isinstance(each, ForgettingHandler)}
    assert {part for part, stage in parts.items() if stage is Stage.TRACES} == TRACE_PARTS
    assert [part for part, stage in parts.items() if stage is Stage.DIRECTORY] == [DIRECTORY_PART]


async def test_no_column_of_any_table_says_who_it_was_or_what_they_wrote(
    school: School, database: TestDatabase
) -> None:
    life = await live(school)
    before = await figures(school, life)
    assert [key async for key in school.platform.storage.pages(f"exports/{school.tenant_id}")] != []
    async with admin_of(database) as admin:
        assert {each.word for each in await columns_with(admin, WORDS)} >= {NAME, ADDRESS}
        done = await erased(school, life.id)
        assert await columns_with(admin, WORDS) == []
    assert (done.state, done.missing) == ("erased", ())
    assert [key async for key in school.platform.storage.pages(f"exports/{school.tenant_id}")] == []
    assert await figures(school, life) == before


async def test_what_tables_declare_is_what_becomes_of_them(own_database: TestDatabase) -> None:
    """A row in each table, then every part forgets: rows that are said to go are gone, what is said to be empty is."""
    database = Database(DatabaseSettings(own_database.app, pool_size=1))
    async with superuser(own_database) as admin:
        planted = await plant(admin)
        await admin.execute(
            "update identity_membership set roles = array['learner'], status = 'active', person_id = $1, email = $2",
            planted.person_id,
            planted.subject.email,
        )
        try:
            await forget_everywhere(database, planted.tenant_id, planted.subject.membership_id)
        finally:
            await database.close()
        left = await what_is_left(admin, planted)
    assert left == []


async def test_nobody_is_erased_of_whom_something_must_stay(school: School) -> None:
    platform, owner, second = school.platform, school.owner, await school.person(Role.ADMIN)
    learner = await school.person()
    assert learner.membership_id is not None
    asked = await compliance.request_erasure(platform, second, member_id=learner.membership_id, ground=Ground.OBJECTION)
    held = await compliance.place_hold(
        platform, owner, learner_id=learner.membership_id, course_id=None, reason="A complaint"
    )
    with pytest.raises(MemberHeld):
        await compliance.confirm_erasure(platform, owner, erasure_id=asked.id)
    await compliance.release_hold(platform, owner, held)
    assert (await compliance.confirm_erasure(platform, owner, erasure_id=asked.id)).state == "erasing"


async def test_the_sweep_finds_a_table_that_nobody_told_it_of(database: TestDatabase) -> None:
    async with admin_of(database) as admin, admin.transaction():
        await admin.execute("create table testing_planted (tenant_id uuid, said jsonb, raw bytea)")
        await admin.execute(
            "insert into testing_planted values (gen_random_uuid(), jsonb_build_object('a', $1::text), $2)",
            f"from {ADDRESS.upper()}",
            NAME.encode(),
        )
        planted = [each for each in await columns_with(admin, (NAME, ADDRESS)) if each.table == "testing_planted"]
        assert planted == [Found("testing_planted", "raw", NAME), Found("testing_planted", "said", ADDRESS)]
        await admin.execute("drop table testing_planted")


async def test_who_reads_the_attempt_sees_that_it_was_erased(school: School) -> None:
    life = await live(school)
    before = await assessment.attempt_result(school.platform, school.owner, attempt_id=life.attempt)
    assert ANSWERED in str(before)
    await erased(school, life.id)
    after = await assessment.attempt_result(school.platform, school.owner, attempt_id=life.attempt)
    assert (after.score_micro, after.max_micro) == (before.score_micro, before.max_micro)
    assert ERASED in str(after)


async def test_each_step_is_proven(school: School) -> None:
    life = await live(school)
    done = await erased(school, life.id)
    proof = await compliance.erasure_proof(school.platform, school.owner, erasure_id=done.id)
    assert proof.ledger
    assert proof.key_destroyed_at is not None
    assert len(proof.entries) == 3 + len(TRACE_PARTS) + 1
    assert NAME not in proof.signed
    assert {"compliance.erasure_confirmed", "compliance.erasure_completed"} <= set(await actions_of(school))
    assert done.counts["assessment"]["answers"] == 1
    assert (await judged(school.platform, school.tenant_id)).findings == []


async def test_what_the_program_does_for_an_erasure_is_not_told_as_an_administrators(school: School) -> None:
    learner, admin, request_id = await school.person(), await school.person(Role.ADMIN), new_id()
    assert learner.membership_id is not None
    asked = await compliance.request_erasure(
        school.platform, school.owner, member_id=learner.membership_id, ground=Ground.OBJECTION
    )
    with originating(Origin("person", admin.membership_id, None, request_id, "", school.tenant_id)):
        await compliance.confirm_erasure(school.platform, admin, erasure_id=asked.id)
    await settle(school.platform)
    told = [each for each in await entries_of(school) if each.request_id == request_id]
    assert {(each.action, each.actor_kind, each.actor_id) for each in told} == {
        ("compliance.erasure_confirmed", "person", admin.membership_id),
        ("platform.part_erased", "system", None),
        ("compliance.erasure_completed", "system", None),
    }


async def test_it_takes_a_second_administrator_or_a_day(school: School, clock: MovableClock) -> None:
    learner = await school.person()
    assert learner.membership_id is not None
    asked = await compliance.request_erasure(
        school.platform, school.owner, member_id=learner.membership_id, ground=Ground.OBJECTION
    )
    again = await compliance.request_erasure(
        school.platform, school.owner, member_id=learner.membership_id, ground=Ground.OBJECTION
    )
    assert again.id == asked.id
    with pytest.raises(compliance.SecondLook):
        await compliance.confirm_erasure(school.platform, school.owner, erasure_id=asked.id)
    clock.advance(timedelta(days=1))
    confirmed = await compliance.confirm_erasure(school.platform, school.owner, erasure_id=asked.id)
    assert confirmed.state == "erasing"
    assert set(confirmed.missing) == TRACE_PARTS | {DIRECTORY_PART}
    assert (await compliance.confirm_erasure(school.platform, school.owner, erasure_id=asked.id)) == confirmed
    with pytest.raises(ErasureOver):
        await compliance.withdraw_erasure(school.platform, school.owner, erasure_id=asked.id)
    await settle(school.platform)


async def test_owners_stay_and_only_administrators_ask(school: School) -> None:
    assert school.owner.membership_id is not None
    with pytest.raises(compliance.OwnerStays):
        await compliance.request_erasure(
            school.platform, school.owner, member_id=school.owner.membership_id, ground=Ground.OBJECTION
        )
    teacher, learner = await school.person(Role.INSTRUCTOR), await school.person()
    assert learner.membership_id is not None
    with pytest.raises(Forbidden):
        await compliance.request_erasure(
            school.platform, teacher, member_id=learner.membership_id, ground=Ground.OBJECTION
        )


async def test_who_is_known_elsewhere_keeps_the_account_there(school: School, other_school: School) -> None:
    address = f"two.{school.tenant_id.hex[-12:]}@example.org"
    here, there = [
        await identity.add_member(each.platform, each.owner, email=address, name="Tove Lind")
        for each in (school, other_school)
    ]
    done = await erased(school, here.id)
    assert done.counts["identity"]["accounts"] == 0
    async with school.platform.db.read(school.tenant_id) as rx:
        assert (await identity.require_member(rx, here.id)).name == "Former member"
    async with other_school.platform.db.read(other_school.tenant_id) as rx:
        assert (await identity.require_member(rx, there.id)).email == address
        assert await identity.person_by_email(rx, address) is not None


async def test_two_organisations_that_forget_at_once_leave_no_account(
    school: School, other_school: School, database: TestDatabase
) -> None:
    """Each sees the other's membership while it forgets traces; and who the member was goes at the same moment."""
    here = await account(school)
    there = await account(other_school, email=here.email)
    async with browser(school.platform, here) as client:
        assert (await client.get("/account")).status_code == 200
    members = ((school, here.membership_id), (other_school, there.membership_id))
    for place, member in members:
        await _forget(place, member, Stage.TRACES)
    await asyncio.gather(*(_forget(place, member, Stage.DIRECTORY, pause=0.2) for place, member in members))
    async with superuser(database) as admin:
        for table in ("credential", "session", "totp", "passkey", "recovery_code", "one_time"):
            left = await admin.fetchval(f"select count(*) from auth_{table} where person_id = $1", here.person_id)
            assert left == 0, table
        assert "@erased.invalid" in await admin.fetchval(
            "select email from identity_person where id = $1", here.person_id
        )


async def _forget(school: School, member: MembershipId, stage: Stage, *, pause: float = 0.0) -> None:
    """The parts of one stage, each in a transaction of its own that ends after `pause` seconds."""
    handlers = [each.handler for module in live_modules() for each in module.subscriptions]
    for part in (each for each in handlers if isinstance(each, ForgettingHandler) and each.stage is stage):
        async with school.platform.db.write(school.tenant_id) as tx:
            await part.forget(tx, member)
            await asyncio.sleep(pause)


async def test_saving_words_costs_one_statement_as_saving_a_choice_does(school: School) -> None:
    exam, (essay, choice) = await open_exam(school, (ESSAY, NEAREST))
    learner = await enrolled_learner(school, exam)
    begun = await start(school.platform, learner, exam)
    for answers in ({essay: "gravity"}, {essay: "more gravity"}, {choice: ["1"]}):
        with counted_statements() as sent:
            await assessment.save_answers(school.platform, learner, attempt_id=begun.id, answers=answers)
    assert [each for each in sent if "platform_data_key" in each] == []
    with counted_statements() as sent:
        await assessment.save_answers(school.platform, learner, attempt_id=begun.id, answers={essay: "gravitation"})
    assert len(sent) == 1
