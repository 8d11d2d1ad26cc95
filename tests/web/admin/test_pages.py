"""Every page of the area opens for those who may see it, and for nobody else."""

import pytest

from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from tests.support.accounts import account, browser
from tests.support.school import School

PAGES = (
    "/admin/people",
    "/admin/people?q=account&role=learner&status=active",
    "/admin/people/invite",
    "/admin/invitations",
    "/admin/invitations?view=all",
    "/admin/groups",
    "/admin/branding",
    "/admin/domain",
    "/admin/security",
    "/admin/security/tokens",
    "/admin/security/roles",
)
WRITING = ("/admin/people/invite",)


@pytest.mark.parametrize("path", PAGES)
async def test_administrators_open_every_page(platform: Platform, school: School, path: str) -> None:
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        answer = await client.get(path)
    assert answer.status_code == 200, answer.text[-3000:]
    assert "<h1" in answer.text


@pytest.mark.parametrize("path", PAGES)
async def test_auditors_see_and_find_nothing_to_press(platform: Platform, school: School, path: str) -> None:
    async with browser(platform, await account(school, Role.AUDITOR)) as client:
        answer = await client.get(path)
    assert answer.status_code == (403 if path in WRITING else 200)
    assert 'method="post" action="/admin/' not in answer.text


@pytest.mark.parametrize("path", PAGES)
async def test_learners_open_none(platform: Platform, school: School, path: str) -> None:
    async with browser(platform, await account(school)) as client:
        assert (await client.get(path)).status_code == 403


async def test_the_area_begins_with_people(platform: Platform, school: School) -> None:
    async with browser(platform, await account(school, Role.OWNER)) as client:
        assert (await client.get("/admin")).headers["location"] == "/admin/people"
