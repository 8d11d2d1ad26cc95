"""The audit log as people read it."""

import re

from scholr.contexts.compliance import facade as compliance
from scholr.contexts.identity import facade as identity
from scholr.contexts.learning import facade as learning
from scholr.kernel.actor import Role
from scholr.platform.outbox.origin import Origin, originating
from scholr.platform.runtime import Platform
from tests.support.client import api_client
from tests.support.delivery import settle
from tests.support.learning import teach
from tests.support.school import School

PAGE = {"Accept": "text/html"}


def sentences(page: str) -> list[str]:
    found = re.findall(r'<p class="log-say">(.*?)</p>', page, re.S)
    return [" ".join(re.sub(r"<[^>]+>", "", each).split()) for each in found]


async def _something_happened(platform: Platform, school: School) -> None:
    ana, tom = await school.person(Role.ADMIN, name="Ana Ruiz"), await school.person(name="Tom Berg")
    assert ana.membership_id is not None
    assert tom.membership_id is not None
    with originating(Origin("person", ana.membership_id, None, None, "203.0.113.0/24", school.tenant_id)):
        await identity.change_roles(platform, ana, tom.membership_id, {Role.INSTRUCTOR})
        await identity.suspend_member(platform, ana, tom.membership_id)
    await settle(platform)


async def test_entries_are_sentences_with_names_and_links(platform: Platform, school: School) -> None:
    await _something_happened(platform, school)
    async with api_client(platform, school.tenant_id) as client:
        page = (await client.get("/admin/audit", headers=PAGE)).text
    found = sentences(page)
    assert "Ana Ruiz changed the roles of Tom Berg: learner until then, instructor from then on" in found
    assert "Ana Ruiz shut out Tom Berg" in found
    assert "The program added Tom Berg to the organisation: as learner" in found
    assert "from 203.0.113.0/24" in page
    assert "things have been recorded" in page


async def test_a_certificate_was_issued_to_somebody_with_a_name(platform: Platform, school: School) -> None:
    """The subject of learning's events is a learner, who is a member."""
    taught, tom = await teach(school, lessons=1), await school.person(name="Tom Berg")
    await learning.set_rule(platform, school.owner, course_id=taught.course, rule=learning.CourseRule())
    await taught.seat(tom)
    await taught.complete(tom)
    await settle(platform)
    async with api_client(platform, school.tenant_id) as client:
        found = sentences((await client.get("/admin/audit?kind=certificates", headers=PAGE)).text)
    assert any(each.endswith("caused a certificate to be issued to Tom Berg") for each in found), found


async def test_a_search_by_name_kind_and_day_shows_what_fits(platform: Platform, school: School) -> None:
    await _something_happened(platform, school)
    async with api_client(platform, school.tenant_id) as client:

        async def shown(query: str) -> list[str]:
            answer = await client.get(f"/admin/audit?{query}", headers=PAGE)
            assert answer.status_code == 200
            return sentences(answer.text)

        assert len(await shown("who=ana+ruiz")) == 2
        assert await shown("who=nobody+of+that+name") == []
        assert len(await shown("kind=people")) == 5
        assert await shown("kind=grades") == []
        assert await shown("since=2999-01-01") == []
        assert len(await shown("until=9999-12-31&since=0001-01-01")) >= 5
        assert len(await shown("kind=nonsense&since=yesterday&subject=7&who=%20")) >= 5


async def test_the_page_says_how_far_the_log_is_signed(platform: Platform, school: School) -> None:
    await _something_happened(platform, school)
    await compliance.sign_checkpoint(platform, school.tenant_id)
    async with api_client(platform, school.tenant_id) as client:
        page = (await client.get("/admin/audit", headers=PAGE)).text
    assert "up to its last entry" in page


async def test_an_organisation_without_entries_reads_what_will_be_here(platform: Platform, school: School) -> None:
    async with api_client(platform, school.tenant_id) as client:
        page = (await client.get("/admin/audit", headers=PAGE)).text
    assert "Nothing has been recorded yet" in page
    assert "Take a file" not in page


async def test_what_is_shown_can_be_taken_as_a_file(platform: Platform, school: School) -> None:
    await _something_happened(platform, school)
    async with api_client(platform, school.tenant_id) as client:
        everything = (await client.get("/admin/audit/export.jsonl")).text.splitlines()
        one = (await client.get("/admin/audit/export.csv?who=Ana+Ruiz")).text.splitlines()
    assert len(everything) == 5
    assert len(one) == 1 + 2
