"""Acting on people, one and many, and taking it back."""

import base64
import re
from datetime import timedelta

from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from tests.support.accounts import account, browser
from tests.support.clock import MovableClock
from tests.support.school import School


async def roles_of(platform: Platform, school: School) -> dict[str, tuple[set[Role], str]]:
    async with platform.db.read(school.tenant_id) as rx:
        page = await identity.people(rx, identity.PeopleFilter())
    return {view.email: (set(view.roles), view.status) for view in page.items}


def undo_in(page: str) -> str:
    found = re.search(r'action="(/admin/[^"]*(?:undo|reactivate)[^"]*)"><input[^>]*><button>Undo', page)
    assert found is not None, page
    return found[1].replace("&amp;", "&")


async def test_many_get_a_role_at_once_and_it_can_be_taken_back(platform: Platform, school: School) -> None:
    one, two = await account(school), await account(school, Role.INSTRUCTOR)
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        before = await roles_of(platform, school)
        ids = [str(one.membership_id), str(two.membership_id)]
        await client.post("/admin/people/bulk", data={"ids": ids, "do": "role:assistant"})
        assert (await roles_of(platform, school))[one.email] == ({Role.ASSISTANT}, "active")
        page = (await client.get("/admin/people")).text
        assert "2 people are changed." in page
        await client.post(undo_in(page))
    assert await roles_of(platform, school) == before


async def test_many_are_shut_out_and_let_in_again(platform: Platform, school: School) -> None:
    one, owner = await account(school), await account(school, Role.OWNER)
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        ids = [str(one.membership_id), str(owner.membership_id)]
        await client.post("/admin/people/bulk", data={"ids": ids, "do": "suspend"})
        now = await roles_of(platform, school)
        assert (now[one.email][1], now[owner.email][1]) == ("suspended", "active"), "owners are not an admin's to touch"
        page = (await client.get("/admin/people")).text
        assert "1 person is suspended." in page
        assert "Only an owner" in page
        await client.post(undo_in(page))
    assert (await roles_of(platform, school))[one.email][1] == "active"


async def test_an_undo_gives_nobody_more_than_they_may_give(platform: Platform, school: School) -> None:
    """The undo's address is no secret and no permission."""
    admin = await account(school, Role.ADMIN)
    async with browser(platform, admin) as client:
        forged = "/admin/people/undo?before=" + _packed(admin.membership_id.bytes, 0xFF)
        assert (await client.post(forged)).status_code == 403
        assert (await client.post("/admin/people/undo?before=AAAA")).status_code == 422
    assert (await roles_of(platform, school))[admin.email][0] == {Role.ADMIN}


def _packed(member: bytes, bits: int) -> str:
    return base64.urlsafe_b64encode(member + bytes([bits])).decode()


async def test_one_person_is_renamed_and_gets_roles(platform: Platform, school: School) -> None:
    someone = await account(school)
    path = f"/admin/people/{someone.membership_id}"
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        await client.post(path, data={"name": "Nadia Rahman", "roles": ["learner", "instructor"]})
        page = (await client.get(path)).text
        assert "Nadia Rahman" in page
        none = await client.post(path, data={"name": "Nadia Rahman"})
        assert none.status_code == 422
        assert "choose at least one" in none.text
        owner = await client.post(path, data={"name": "Nadia Rahman", "roles": ["owner"]})
        assert owner.status_code == 422
    assert (await roles_of(platform, school))[someone.email][0] == {Role.LEARNER, Role.INSTRUCTOR}


async def test_one_person_is_shut_out_with_an_undo(platform: Platform, school: School) -> None:
    someone = await account(school)
    path = f"/admin/people/{someone.membership_id}"
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        await client.post(f"{path}/suspend")
        page = (await client.get(path)).text
        assert "is shut out" in page
        await client.post(undo_in(page))
    assert (await roles_of(platform, school))[someone.email][1] == "active"


async def test_people_are_found_by_name_address_role_and_group_page_by_page(platform: Platform, school: School) -> None:
    admin = await account(school, Role.ADMIN)
    for number in range(45):
        await school.person(Role.LEARNER, name=f"Learner {number:02}")
    async with browser(platform, admin) as client:
        first = (await client.get("/admin/people?role=learner")).text
        assert first.count("<tr>") == 41, "a head and forty people"
        following = re.search(r'href="(\?[^"]*cursor=[^"]+)"', first)
        assert following is not None
        second = (await client.get("/admin/people" + following[1].replace("&amp;", "&"))).text
        assert "Learner 44" in second
        assert "Learner 39" not in second
        assert "Learner 07" in (await client.get("/admin/people?q=NER 07")).text
        assert "Nobody fits" in (await client.get("/admin/people?q=nowhere")).text
        assert (await client.get("/admin/people?cursor=nonsense")).status_code == 422
        assert (await client.get("/admin/people?role=king&status=x&group=y")).status_code == 200


async def test_groups_are_filled_from_the_list_and_emptied_in_the_group(platform: Platform, school: School) -> None:
    someone = await account(school)
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        made = await client.post("/admin/groups", data={"name": "Nursing 2026", "description": "The first year"})
        path = made.headers["location"]
        same = await client.post("/admin/groups", data={"name": "NURSING 2026"})
        assert same.headers["location"] == path, "a name belongs to one group, whatever its case"
        group_id = path.rsplit("/", 1)[-1]
        await client.post("/admin/people/bulk", data={"ids": [str(someone.membership_id)], "do": f"group:{group_id}"})
        page = (await client.get(path)).text
        assert "Nursing 2026 has 1 person" in page
        assert someone.email in (await client.get(f"/admin/people?group={group_id}")).text
        await client.post(f"{path}/remove", data={"ids": [str(someone.membership_id)]})
        assert "has 0 people" in (await client.get(path)).text
        await client.post(path, data={"name": "Midwifery", "description": ""})
        assert "Midwifery" in (await client.get("/admin/groups")).text
        await client.post(f"{path}/delete")
        assert (await client.get(path)).status_code == 404


async def test_the_rail_leads_only_where_the_role_may_go(platform: Platform, school: School) -> None:
    """An instructor may read who belongs here; import, reports, branding and security would answer 403."""
    for role in (Role.INSTRUCTOR, Role.AUDITOR, Role.ADMIN):
        async with browser(platform, await account(school, role)) as client:
            page = (await client.get("/admin/people")).text
            links = set(re.findall(r'href="(/admin/[a-z]+)"', page))
            refused = {link for link in links if (await client.get(link)).status_code == 403}
            assert links and not refused, role


async def test_whoever_switches_has_been_seen_in_both_organisations(
    platform: Platform, school: School, other_school: School, clock: MovableClock
) -> None:
    """Visits are noted once a minute for each session; moving to another organisation begins a new minute."""
    owner = await account(school, Role.OWNER)
    await identity.add_member(platform, other_school.owner, email=owner.email, name="Owner", role=Role.OWNER)
    async with browser(platform, owner) as client:
        for tenant_id in (school.tenant_id, other_school.tenant_id):
            clock.advance(timedelta(seconds=5))
            await client.post("/switch", data={"organization": str(tenant_id)})
            clock.advance(timedelta(seconds=5))
            assert (await client.get("/learn")).status_code == 200
    for tenant_id in (school.tenant_id, other_school.tenant_id):
        async with platform.db.read(tenant_id) as rx:
            page = await identity.people(rx, identity.PeopleFilter(text=owner.email))
        assert [view.last_seen_at is not None for view in page.items] == [True], tenant_id
