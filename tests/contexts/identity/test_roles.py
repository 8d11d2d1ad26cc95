"""Who may make whom what."""

import asyncio

import pytest

from scholr.contexts.identity import facade as identity
from scholr.contexts.identity.errors import LastOwner, MemberNotFound, OwnersOnly, Yourself
from scholr.kernel.actor import Role
from scholr.kernel.errors import DomainError, Forbidden
from scholr.platform.runtime import Platform
from tests.support.accounts import account
from tests.support.school import School


@pytest.mark.parametrize("role", [Role.INSTRUCTOR, Role.ASSISTANT, Role.LEARNER, Role.OBSERVER, Role.AUDITOR])
async def test_only_administrators_and_owners_invite(platform: Platform, school: School, role: Role) -> None:
    someone = await account(school, role)
    with pytest.raises(Forbidden):
        await identity.invite(platform, someone.actor, email="friend@example.org")


async def test_an_administrator_makes_no_owner(platform: Platform, school: School) -> None:
    admin, learner = await account(school, Role.ADMIN), await account(school)
    with pytest.raises(OwnersOnly):
        await identity.change_roles(platform, admin.actor, learner.membership_id, {Role.OWNER})
    with pytest.raises(OwnersOnly):
        await identity.change_roles(platform, admin.actor, admin.membership_id, {Role.ADMIN, Role.OWNER})
    with pytest.raises(OwnersOnly):
        await identity.invite(platform, admin.actor, email="owner@example.org", roles=[Role.OWNER])
    with pytest.raises(OwnersOnly):
        await identity.add_member(platform, admin.actor, email="o@example.org", name="O", role=Role.OWNER)


async def test_an_administrator_leaves_owners_alone(platform: Platform, school: School) -> None:
    admin, owner = await account(school, Role.ADMIN), await account(school, Role.OWNER)
    await account(school, Role.OWNER)
    for attempt in (
        identity.change_roles(platform, admin.actor, owner.membership_id, {Role.LEARNER}),
        identity.suspend_member(platform, admin.actor, owner.membership_id),
        identity.rename_member(platform, admin.actor, owner.membership_id, "Demoted"),
    ):
        with pytest.raises(OwnersOnly):
            await attempt


async def test_the_last_owner_stays(platform: Platform, school: School) -> None:
    owner = await account(school, Role.OWNER)
    with pytest.raises(LastOwner):
        await identity.change_roles(platform, owner.actor, owner.membership_id, {Role.ADMIN})
    second = await account(school, Role.OWNER)
    await identity.suspend_member(platform, owner.actor, second.membership_id)
    with pytest.raises(LastOwner):
        await identity.change_roles(platform, owner.actor, owner.membership_id, {Role.ADMIN})


async def test_two_owners_who_demote_each_other_at_once_leave_one(platform: Platform, school: School) -> None:
    one, two = await account(school, Role.OWNER), await account(school, Role.OWNER)
    outcomes = await asyncio.gather(
        identity.change_roles(platform, one.actor, two.membership_id, {Role.LEARNER}),
        identity.change_roles(platform, two.actor, one.membership_id, {Role.LEARNER}),
        return_exceptions=True,
    )
    assert sorted(isinstance(outcome, LastOwner) for outcome in outcomes) == [False, True]


async def test_nobody_shuts_themselves_out(platform: Platform, school: School) -> None:
    admin = await account(school, Role.ADMIN)
    with pytest.raises(Yourself):
        await identity.suspend_member(platform, admin.actor, admin.membership_id)


async def test_a_change_answers_what_was_before_so_that_it_can_be_taken_back(
    platform: Platform, school: School
) -> None:
    owner, learner = await account(school, Role.OWNER), await account(school)
    before = await identity.change_roles(platform, owner.actor, learner.membership_id, {Role.INSTRUCTOR, Role.ADMIN})
    assert before == {Role.LEARNER}
    await identity.change_roles(platform, owner.actor, learner.membership_id, before)
    async with platform.db.read(school.tenant_id) as rx:
        assert (await identity.require_member(rx, learner.membership_id)).roles == {Role.LEARNER}


async def test_members_of_another_organisation_are_not_found(
    platform: Platform, school: School, other_school: School
) -> None:
    owner, stranger = await account(school, Role.OWNER), await account(other_school)
    for attempt in (
        identity.change_roles(platform, owner.actor, stranger.membership_id, {Role.ADMIN}),
        identity.suspend_member(platform, owner.actor, stranger.membership_id),
        identity.reactivate_member(platform, owner.actor, stranger.membership_id),
        identity.rename_member(platform, owner.actor, stranger.membership_id, "Mine"),
    ):
        with pytest.raises(MemberNotFound):
            await attempt


async def test_the_service_account_cannot_be_reached(platform: Platform, school: School) -> None:
    owner = await account(school, Role.OWNER)
    assert school.owner.membership_id is not None
    with pytest.raises(DomainError):
        await identity.suspend_member(platform, owner.actor, school.owner.membership_id)
    async with platform.db.read(school.tenant_id) as rx:
        listed = [view.id for view in (await identity.people(rx, identity.PeopleFilter())).items]
    assert listed == [owner.membership_id]
