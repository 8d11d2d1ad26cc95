"""Finding people by name, address, role, state and group, page by page, in an organisation of some thousands."""

from scholr.contexts.identity import facade as identity
from scholr.contexts.identity.facade import MemberView, PeopleFilter
from scholr.kernel.actor import Role
from scholr.kernel.ids import MembershipId, new_id
from tests.support.school import School

FIRST = ("Ada", "İpek", "ΣΊΣΥΦΟΣ", "Özlem", "zoë", "Émile", "Bo")
CROWD = 2_450


async def crowded(school: School) -> list[identity.MemberView]:
    """Of each name hundreds, of a rare one a few."""
    tail = school.tenant_id.hex[-12:]
    people = [
        identity.NewMember(
            MembershipId(new_id()),
            f"p{number}.{tail}@example.org",
            f"{FIRST[number % len(FIRST)]} {'Rare' if number % 400 == 399 else 'Common'}",
            Role.AUDITOR if number % 500 == 0 else Role.LEARNER,
        )
        for number in range(CROWD)
    ]
    for begin in range(0, CROWD, 500):
        await identity.add_members(school.platform, school.owner, people[begin : begin + 500])
    return await every(school, PeopleFilter())


async def every(school: School, wanted: PeopleFilter, *, limit: int = 200) -> list[MemberView]:
    """Whoever fits, over all pages."""
    found: list[MemberView] = []
    cursor: str | None = None
    async with school.platform.db.read(school.tenant_id) as rx:
        while True:
            page = await identity.people(rx, wanted, limit=limit, cursor=cursor)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                return found


async def test_every_page_goes_on_where_the_last_one_ended(school: School) -> None:
    people = await crowded(school)
    assert len({each.id for each in people}) == len(people) == CROWD
    group = (await identity.create_group(school.platform, school.owner, name="Some")).id
    await identity.add_to_group(school.platform, school.owner, group, [each.id for each in people[100:900:7]])
    await identity.suspend_member(school.platform, school.owner, people[2_000].id)

    cases = {
        PeopleFilter("common"): [each for each in people if "Common" in each.name],
        PeopleFilter("RARE"): [each for each in people if "Rare" in each.name],
        PeopleFilter("Zoë r"): [each for each in people if each.name == "zoë Rare"],
        PeopleFilter(people[1_234].email.upper()): [people[1_234]],
        PeopleFilter("nobody"): [],
        PeopleFilter(role=Role.AUDITOR): [each for each in people if Role.AUDITOR in each.roles],
        PeopleFilter("bo", Role.LEARNER): [
            each for each in people if each.name.startswith("Bo") and Role.LEARNER in each.roles
        ],
        PeopleFilter(status="suspended"): [people[2_000]],
        PeopleFilter(group_id=group): people[100:900:7],
        PeopleFilter("özlem", group_id=group): [each for each in people[100:900:7] if each.name.startswith("Özlem")],
    }
    for wanted, expected in cases.items():
        found = await every(school, wanted, limit=90)
        assert [each.id for each in found] == [each.id for each in expected], wanted
