"""Writing learning paths: by forms alone, by drag and keyboard, and who may not."""

from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import pytest
from playwright.async_api import Page, expect

from scholr.contexts.catalog import facade as catalog
from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from tests.support.accounts import Account, account, browser
from tests.support.browser import violations, window
from tests.support.cohorts import open_course
from tests.support.database import TestDatabase
from tests.support.school import School
from tests.support.server import running_server


@pytest.fixture
async def teacher(school: School) -> Account:
    return await account(school, Role.INSTRUCTOR)


@pytest.fixture
async def courses(school: School) -> list[UUID]:
    return [await open_course(school, title) for title in ("Tides", "Currents", "Winds")]


@pytest.fixture
async def path_id(platform: Platform, teacher: Account, courses: list[UUID]) -> UUID:
    """A draft through the three."""
    made = await catalog.create_path(platform, teacher.actor, title="Seafaring")
    await catalog.change_path(platform, teacher.actor, path_id=made, changes=catalog.PathChanges(course_ids=courses))
    return made


async def order(platform: Platform, teacher: Account, path_id: UUID) -> list[str]:
    async with platform.db.read(teacher.actor.tenant_id) as rx:
        return [each.title for each in (await catalog.access_path(rx, teacher.actor, path_id)).courses]


async def test_a_path_is_begun_filled_ordered_and_published_by_forms_alone(
    platform: Platform, teacher: Account, courses: list[UUID]
) -> None:
    async with browser(platform, teacher) as client:
        assert "A path leads from one course to the next" in (await client.get("/teach/paths")).text
        path = (await client.post("/teach/paths", data={"title": "Seafaring"})).headers["location"]
        path_id = UUID(path.rsplit("/", 1)[-1])
        assert "The first course of a path" in (await client.get(path)).text
        refused = await client.post(f"{path}/publish")
        assert refused.status_code == 422
        assert "a published path holds at least one" in refused.text
        for course in courses:
            await client.post(f"{path}/courses", data={"course_id": str(course)})
        await client.post(f"{path}/courses/{courses[2]}", data={"do": "up"})
        await client.post(f"{path}/courses/{courses[0]}", data={"do": "down"})
        assert await order(platform, teacher, path_id) == ["Winds", "Tides", "Currents"]
        await client.post(f"{path}/about", data={"title": "To sea", "summary": "From shore to shore."})
        assert (await client.post(f"{path}/publish")).status_code == 303
        page = (await client.get("/teach/paths")).text
        assert "To sea" in page
        assert "Your path is in the catalogue" in page
        assert "To sea" in (await client.get("/catalogue")).text
        await client.post(f"{path}/unpublish")
        assert "To sea" not in (await client.get("/catalogue")).text


async def test_what_is_taken_off_comes_back_to_its_place(
    platform: Platform, teacher: Account, courses: list[UUID], path_id: UUID
) -> None:
    path = f"/teach/paths/{path_id}"
    async with browser(platform, teacher) as client:
        await client.post(f"{path}/courses/{courses[1]}", data={"do": "remove"})
        assert await order(platform, teacher, path_id) == ["Tides", "Winds"]
        undo = f"{path}/courses/{courses[1]}/restore?place=1"
        assert undo in (await client.get(path)).text
        await client.post(undo)
        await client.post(undo)
    assert await order(platform, teacher, path_id) == ["Tides", "Currents", "Winds"]


async def test_a_draft_can_be_deleted_and_a_published_path_cannot(
    platform: Platform, teacher: Account, path_id: UUID
) -> None:
    path, api = f"/teach/paths/{path_id}", f"/api/paths/{path_id}"
    async with browser(platform, teacher) as client:
        await client.post(f"{path}/publish")
        answer = await client.delete(api)
        assert (answer.status_code, answer.json()["code"]) == (409, "learning_path_published")
        await client.post(f"{path}/delete")
        assert (await client.get(path)).status_code == 200
        await client.post(f"{path}/unpublish")
        assert (await client.post(f"{path}/delete")).headers["location"] == "/teach/paths"
        assert (await client.get(path)).status_code == 404
        assert (await client.delete(api)).status_code == 404


async def test_a_wrong_order_is_refused_with_its_reason(
    platform: Platform, teacher: Account, courses: list[UUID], path_id: UUID
) -> None:
    await catalog.set_prerequisites(platform, teacher.actor, course_id=courses[1], requires=[courses[0]])
    path = f"/teach/paths/{path_id}"
    async with browser(platform, teacher) as client:
        answer = await client.post(f"{path}/courses/{courses[1]}", data={"do": "up"})
        assert answer.status_code == 422
        assert "A course stands after those that it requires" in answer.text
        empty = await client.post(f"{path}/about", data={"title": " ", "summary": "kept"})
        assert empty.status_code == 422
        assert "kept" in empty.text
        assert (await client.post("/teach/paths", data={"title": ""})).status_code == 422
    assert await order(platform, teacher, path_id) == ["Tides", "Currents", "Winds"]


async def test_a_course_that_others_require_goes_before_them(
    platform: Platform, school: School, teacher: Account, courses: list[UUID], path_id: UUID
) -> None:
    before = await open_course(school, "Maps")
    await catalog.set_prerequisites(platform, teacher.actor, course_id=courses[1], requires=[before])
    await catalog.add_to_path(platform, teacher.actor, path_id=path_id, course_id=before)
    assert await order(platform, teacher, path_id) == ["Tides", "Maps", "Currents", "Winds"]


async def test_an_order_of_other_courses_is_a_conflict(
    platform: Platform, teacher: Account, courses: list[UUID], path_id: UUID
) -> None:
    async with browser(platform, teacher) as client:
        answer = await client.put(f"/api/paths/{path_id}/order", json={"order": [str(courses[0])]})
        assert (answer.status_code, answer.json()["code"]) == (409, "learning_path_changed")
        backwards = [str(each) for each in reversed(courses)]
        answer = await client.put(f"/api/paths/{path_id}/order", json={"order": backwards})
        assert [each["id"] for each in answer.json()["courses"]] == backwards


async def test_only_those_who_write_courses_write_paths(platform: Platform, school: School, path_id: UUID) -> None:
    auditor, learner = await account(school, Role.AUDITOR), await account(school)
    async with browser(platform, auditor) as client:
        page = (await client.get(f"/teach/paths/{path_id}")).text
        assert "Add course" not in page
        assert (await client.post(f"/teach/paths/{path_id}/publish")).status_code == 403
    async with browser(platform, learner) as client:
        assert (await client.get("/teach/paths")).status_code in (403, 404)
        assert (await client.get(f"/catalogue/paths/{path_id}")).status_code == 404


@pytest.fixture(scope="module")
def address(database: TestDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a server without a worker answers."""
    with running_server(database, tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture
async def page(address: str, teacher: Account, path_id: UUID) -> AsyncIterator[Page]:
    """The path's page, with the teacher signed in."""
    async with window(address, teacher) as shown:
        await shown.goto(f"/teach/paths/{path_id}")
        yield shown


async def test_courses_are_moved_by_keyboard_and_by_dragging(
    platform: Platform, teacher: Account, path_id: UUID, page: Page
) -> None:
    await page.wait_for_load_state("networkidle")
    async with page.expect_response(lambda answer: answer.url.endswith("/order")):
        await page.get_by_role("button", name="Move Winds: drag").press("ArrowUp")
    assert await order(platform, teacher, path_id) == ["Tides", "Winds", "Currents"]
    handle = await page.get_by_role("button", name="Move Currents: drag").bounding_box()
    target = await page.locator(".path-ed").first.bounding_box()
    assert handle
    assert target
    async with page.expect_response(lambda answer: answer.url.endswith("/order")):
        await page.mouse.move(handle["x"] + 5, handle["y"] + 5)
        await page.mouse.down()
        await page.mouse.move(handle["x"] + 5, target["y"] + 2, steps=8)
        await page.mouse.up()
    assert await order(platform, teacher, path_id) == ["Currents", "Tides", "Winds"]
    await expect(page.locator(".path-ed").first).to_contain_text("Currents")


@pytest.mark.parametrize("width", [390, 1280])
async def test_axe_finds_nothing_serious(page: Page, path_id: UUID, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 844})
    for path in ("/teach/paths", f"/teach/paths/{path_id}", f"/catalogue/paths/{path_id}"):
        await page.goto(path)
        await page.wait_for_load_state("networkidle")
        assert await violations(page) == [], path
