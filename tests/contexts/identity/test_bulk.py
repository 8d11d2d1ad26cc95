"""Adding and suspending many people at once."""

from scholr.contexts.identity import facade as identity
from scholr.contexts.identity.facade import NewMember
from scholr.kernel.actor import Role
from scholr.kernel.ids import MembershipId, new_id
from tests.support.school import School


def newcomer(email: str, role: Role = Role.LEARNER) -> NewMember:
    return NewMember(MembershipId(new_id()), email, "Somebody  New", role)


async def test_known_people_stay_and_new_ones_are_added_with_their_event(school: School, other_school: School) -> None:
    tail = school.tenant_id.hex[-12:]
    known = await identity.add_member(school.platform, school.owner, email=f"a.{tail}@example.org", name="Ada")
    elsewhere = await identity.add_member(
        school.platform, other_school.owner, email=f"b.{tail}@example.org", name="Bo Elsewhere"
    )
    people = [
        newcomer(f"C.{tail}@example.org", Role.INSTRUCTOR),
        newcomer(f"a.{tail}@example.org"),
        newcomer(f"b.{tail}@example.org"),
    ]
    added = await identity.add_members(school.platform, school.owner, people)
    assert [(each.email[0], each.name, each.created) for each in added] == [
        ("c", "Somebody New", True),
        ("a", "Ada", False),
        ("b", "Somebody New", True),
    ]
    assert (added[1].id, added[0].roles) == (known.id, (Role.INSTRUCTOR,))
    assert added[2].id != elsewhere.id
    assert await identity.add_members(school.platform, school.owner, people) == added
    async with school.platform.db.read(school.tenant_id) as rx:
        told = await rx.raw.fetch("select aggregateid from platform_outbox where type = 'identity.member_added'")
    assert sorted(row["aggregateid"] for row in told) == sorted(each.id for each in added)


async def test_owners_are_not_suspended(school: School) -> None:
    (added,) = await identity.add_members(
        school.platform, school.owner, [newcomer(f"d.{school.tenant_id.hex[-12:]}@example.org")]
    )
    owner_id = school.owner.membership_id
    assert owner_id is not None
    assert await identity.suspend_members(school.platform, school.owner, [added.id, owner_id]) == 1
    assert await identity.suspend_members(school.platform, school.owner, [added.id]) == 0
    async with school.platform.db.read(school.tenant_id) as rx:
        assert (await identity.require_member(rx, added.id)).status == "suspended"
