"""What is kept long enough goes, what a hold covers stays, and the log says how much went."""

from datetime import timedelta

import pytest

from scholr.contexts.compliance import facade as compliance
from scholr.contexts.compliance.service.keeping import apply_period
from scholr.contexts.identity import facade as identity
from scholr.contexts.learning import facade as learning
from scholr.kernel.actor import Actor, Role
from scholr.kernel.errors import Forbidden
from scholr.kernel.ids import MembershipId
from scholr.platform.runtime import Platform
from tests.contexts.compliance.log import actions_of
from tests.support.accounts import account
from tests.support.clock import MovableClock
from tests.support.delivery import run_periodic, settle
from tests.support.learning import Taught, teach
from tests.support.school import School


async def due(school: School, kind: str) -> int:
    found = await compliance.dry_run(school.platform, school.tenant_id)
    return next(each.due for each in found if each.period.kind == kind)


async def with_note(school: School) -> tuple[Taught, Actor, MembershipId]:
    """Somebody who wrote a note and was shut out long ago."""
    taught, ana = await teach(school, lessons=1), (await account(school)).actor
    assert ana.membership_id is not None
    await taught.seat(ana)
    [lesson] = taught.lessons
    await learning.add_note(school.platform, ana, course_id=taught.course, lesson_id=lesson, text="High water at six")
    await identity.suspend_member(school.platform, school.owner, ana.membership_id)
    return taught, ana, ana.membership_id


async def test_notes_of_former_members_go_in_time_and_the_log_says_so(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    await with_note(school)
    assert await due(school, "notes") == 0
    clock.advance(timedelta(days=181))
    assert await due(school, "notes") == 1
    await run_periodic(platform, "compliance.tidy", tenant_id=school.tenant_id)
    assert await due(school, "notes") == 0
    assert "compliance.retention_applied" in await actions_of(school)


@pytest.mark.parametrize("of_course", [False, True])
async def test_a_hold_keeps_what_it_covers_until_it_is_released(
    platform: Platform, school: School, clock: MovableClock, of_course: bool
) -> None:
    taught, _, ana = await with_note(school)
    hold = await compliance.place_hold(
        platform,
        school.owner,
        learner_id=None if of_course else ana,
        course_id=taught.course if of_course else None,
        reason="Proceeding 12/26",
    )
    clock.advance(timedelta(days=400))
    async with platform.db.read(school.tenant_id) as rx:
        assert await compliance.is_held(rx, ana)
        stranger = await school.person()
    async with platform.db.read(school.tenant_id) as rx:
        assert stranger.membership_id is not None
        assert not await compliance.is_held(rx, stranger.membership_id)
    assert await due(school, "notes") == 0
    assert await apply_period(platform, school.tenant_id, "notes") == 0
    await compliance.release_hold(platform, school.owner, hold)
    assert await apply_period(platform, school.tenant_id, "notes") == 1
    await settle(platform)
    assert {"compliance.hold_placed", "compliance.hold_released"} <= set(await actions_of(school))


async def test_an_organisation_chooses_within_bounds(platform: Platform, school: School, clock: MovableClock) -> None:
    await with_note(school)
    for kind, days in (("notes", 29), ("notes", 4000), ("mail", 30), ("nonsense", 5)):
        with pytest.raises(compliance.InvalidPeriod):
            await compliance.set_period(platform, school.owner, kind=kind, days=days)
    await compliance.set_period(platform, school.owner, kind="notes", days=30)
    clock.advance(timedelta(days=31))
    assert await due(school, "notes") == 1


async def test_invitations_and_lists_of_people_go(platform: Platform, school: School, clock: MovableClock) -> None:
    await identity.invite(platform, school.owner, email="ida@example.net", name="Ida", roles={Role.LEARNER})
    clock.advance(timedelta(days=200))
    assert await due(school, "invitations") == 1
    await run_periodic(platform, "compliance.tidy", tenant_id=school.tenant_id)
    assert await due(school, "invitations") == 0


async def test_only_administrators_decide(platform: Platform, school: School) -> None:
    learner, auditor = await school.person(), await school.person(Role.AUDITOR)
    for actor in (learner, auditor):
        with pytest.raises(Forbidden):
            await compliance.set_period(platform, actor, kind="notes", days=60)
        with pytest.raises(Forbidden):
            await compliance.place_hold(
                platform, actor, learner_id=learner.membership_id, course_id=None, reason="Because"
            )
    with pytest.raises(Forbidden):
        await compliance.rights(platform, learner)


async def test_a_hold_names_something_and_says_why(platform: Platform, school: School) -> None:
    ana = await school.person()
    with pytest.raises(compliance.InvalidHold):
        await compliance.place_hold(platform, school.owner, learner_id=None, course_id=None, reason="Why")
    with pytest.raises(compliance.InvalidHold):
        await compliance.place_hold(platform, school.owner, learner_id=ana.membership_id, course_id=None, reason="  ")
