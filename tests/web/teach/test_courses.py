"""Authoring without script: shelf, outline, about, lesson, history; and who may not."""

import re
from uuid import UUID

import httpx
import pytest

from scholr.contexts.catalog import facade as catalog
from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from tests.contexts.catalog.courses import Course, make_course
from tests.support.accounts import Account, account, browser
from tests.support.school import School
from tests.support.statements import counted_statements

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
MOST = 8


@pytest.fixture
async def teacher(school: School) -> Account:
    return await account(school, Role.INSTRUCTOR)


@pytest.fixture
async def course(platform: Platform, teacher: Account) -> Course:
    return await make_course(platform, teacher.actor)


async def outline_of(platform: Platform, course: Course) -> list[list[str]]:
    async with platform.db.read(course.author.tenant_id) as rx:
        found = await catalog.draft_outline(rx, course.id)
    return [[lesson.title for lesson in section.lessons] for section in found.sections]


async def draft_of(platform: Platform, course: Course, title: str) -> catalog.LessonDraft:
    async with platform.db.read(course.author.tenant_id) as rx:
        return await catalog.require_lesson_draft(rx, course.lesson(title))


async def test_a_course_is_begun_written_and_published_by_forms_alone(platform: Platform, teacher: Account) -> None:
    async with browser(platform, teacher) as client:
        begun = await client.post("/teach/courses", data={"title": "Maps for Health"})
        path = begun.headers["location"]
        await client.post(f"{path}/sections", data={"title": "One"})
        section = re.search(r'action="(/teach/sections/[0-9a-f-]+)/lessons"', (await client.get(path)).text)
        assert section
        lesson = (await client.post(f"{section[1]}/lessons", data={"title": "Scale"})).headers["location"]
        form = (await client.get(lesson)).text
        version = re.search(r'name="version" value="(\d+)"', form)
        assert version
        sent = {
            "version": version[1],
            "title": "Scale",
            "count": "1",
            "b0-type": "rich_text",
            "b0-id": "one",
            "b0-html": "<p>A map is smaller</p><script>alert(1)</script>",
            "new_type": "heading",
            "do": "add",
        }
        assert (await client.post(lesson, data=sent)).status_code == 303
        shown = (await client.get(f"{lesson}/preview")).text
        assert "A map is smaller" in shown
        assert "alert(1)" not in shown
        assert "New heading</h2>" in shown
        page = (await client.get(path)).text
        assert "One new lesson: “Scale”" in page
        assert (await client.post(f"{path}/publish")).status_code == 303
        assert "Nothing: they see everything" in (await client.get(path)).text


async def test_a_title_that_cannot_be_is_shown_again(platform: Platform, teacher: Account, course: Course) -> None:
    async with browser(platform, teacher) as client:
        for path in (
            "/teach/courses",
            f"/teach/courses/{course.id}/sections",
            f"/teach/sections/{course.sections[0]}/lessons",
        ):
            answer = await client.post(path, data={"title": "   "})
            assert answer.status_code == 422, path
            assert "Must not be empty" in answer.text


async def test_buttons_move_copy_and_remove_and_the_way_back_is_offered(
    platform: Platform, teacher: Account, course: Course
) -> None:
    lesson, section = f"/teach/lessons/{course.lesson('a')}", f"/teach/sections/{course.sections[0]}"
    async with browser(platform, teacher) as client:
        await client.post(f"{lesson}/place", data={"do": "down"})
        await client.post(section, data={"do": "down"})
        assert await outline_of(platform, course) == [["c"], ["b", "a"]]
        await client.post(section, data={"title": "Renamed"})
        await client.post(f"{lesson}/place", data={"do": "duplicate"})
        await client.post(f"{lesson}/place", data={"do": "remove"})
        assert await outline_of(platform, course) == [["c"], ["b", "a (copy)"]]
        page = (await client.get(f"/teach/courses/{course.id}")).text
        assert "Renamed" in page
        await client.post(f"{lesson}/restore")
        await client.post(section, data={"do": "remove"})
        assert await outline_of(platform, course) == [["c"]]
        await client.post(f"{section}/restore")
    assert len((await outline_of(platform, course))[1]) == 3


async def test_archiving_can_be_undone_from_its_toast(platform: Platform, teacher: Account, course: Course) -> None:
    async with browser(platform, teacher) as client:
        await client.post(f"/teach/courses/{course.id}/archive")
        shelf = (await client.get("/teach/courses")).text
        assert f"/teach/courses/{course.id}/restore" in shelf
        await client.post(f"/teach/courses/{course.id}/restore")
        assert "Reading Evidence" in (await client.get("/teach/courses?show=draft")).text
        copied = await client.post(f"/teach/courses/{course.id}/duplicate")
        assert "Reading Evidence (copy)" in (await client.get(copied.headers["location"])).text


async def test_a_form_from_an_older_state_loses_nothing(platform: Platform, teacher: Account, course: Course) -> None:
    path = f"/teach/lessons/{course.lesson('a')}"
    sent = {"version": "1", "title": "a", "count": "1", "b0-type": "rich_text", "b0-id": "x", "b0-html": "<p>Mine</p>"}
    await course.write("a", "Theirs")
    async with browser(platform, teacher) as client:
        answer = await client.post(path, data={**sent, "do": "save"})
        assert answer.status_code == 409
        assert "Mine" in answer.text
        version = re.search(r'name="version" value="(\d+)"', answer.text)
        assert version
        assert (await client.post(path, data={**sent, "version": version[1], "do": "save"})).status_code == 303
    assert catalog.blocks_text((await draft_of(platform, course, "a")).blocks) == "Mine"


async def test_every_kind_of_block_can_be_written_in_the_form(
    platform: Platform, teacher: Account, course: Course
) -> None:
    blocks: list[dict[str, str]] = [
        {"type": "heading", "text": "Rates", "level": "3"},
        {"type": "code", "language": "sql", "code": "select 1", "caption": ""},
        {"type": "table", "rows": "Age | Rate\n40 | 3", "header": "on", "caption": "By age"},
        {"type": "callout", "tone": "tip", "title": "Try", "html": "<p>It</p>"},
        {"type": "checklist", "title": "Do", "items": "one\ntwo"},
        {"type": "math", "latex": "a^2", "alt": "a squared"},
        {"type": "embed", "address": "https://youtu.be/abcdefghijk", "title": "Film"},
    ]
    sent = {"version": "1", "title": "a", "count": str(len(blocks)), "do": "save"}
    sent |= {f"b{place}-{name}": value for place, block in enumerate(blocks) for name, value in block.items()}
    async with browser(platform, teacher) as client:
        answer = await client.post(f"/teach/lessons/{course.lesson('a')}", data=sent)
        assert answer.status_code == 303, answer.text
        shown = (await client.get(f"/teach/lessons/{course.lesson('a')}/preview")).text
    for expected in ('<th scope="col">Age</th>', "Try", "<msup>", "youtube-nocookie.com/embed/abcdefghijk", "<h3"):
        assert expected in shown
    draft = await draft_of(platform, course, "a")
    assert [block.type for block in draft.blocks] == [block["type"] for block in blocks]
    async with browser(platform, teacher) as client:
        await client.post(f"/teach/lessons/{course.lesson('a')}/settings", data={"minutes": "25", "optional": "on"})
    draft = await draft_of(platform, course, "a")
    assert (draft.minutes, draft.required) == (25, False)


async def test_a_picture_comes_with_the_form(platform: Platform, teacher: Account, course: Course) -> None:
    path = f"/teach/lessons/{course.lesson('a')}"
    sent = {"version": "1", "title": "a", "count": "0", "do": "save"}
    async with browser(platform, teacher) as client:
        files = {"new_file": ("map.png", PNG, "image/png")}
        nameless = await client.post(path, data=sent, files=files)
        assert nameless.status_code == 422
        taken = await client.post(path, data={**sent, "new_file_text": "A map"}, files=files)
        assert taken.status_code == 303, taken.text
        shown = (await client.get(f"{path}/preview")).text
        address = re.search(r'<img src="([^"]+)" alt="A map"', shown)
        assert address
        assert (await client.get(address[1].replace("&amp;", "&"))).content == PNG
        page = {"new_file": ("page.html", b"<html><script>1</script>", "text/html")}
        assert (await client.post(path, data={**sent, "version": "2"}, files=page)).status_code == 422


async def test_what_a_course_is_about_is_saved_with_its_cover(
    platform: Platform, teacher: Account, course: Course
) -> None:
    path = f"/teach/courses/{course.id}/about"
    async with browser(platform, teacher) as client:
        page = (await client.get(path)).text
        revision = re.search(r'name="revision" value="(\d+)"', page)
        assert revision
        sent = {
            "title": "Better",
            "summary": "Short",
            "subject": "Statistics",
            "language": "pt",
            "outcomes": "one\n\ntwo",
            "revision": revision[1],
        }
        wrong = await client.post(path, data=sent, files={"cover": ("a.png", b"no picture", "image/png")})
        assert wrong.status_code == 422
        assert "Better" in wrong.text
        saved = await client.post(path, data=sent, files={"cover": ("a.png", PNG, "image/png")})
        assert saved.status_code == 303, saved.text
        assert (await client.post(path, data=sent)).status_code == 422
    async with platform.db.read(course.author.tenant_id) as rx:
        draft = await catalog.require_draft(rx, course.id)
    assert (draft.title, draft.outcomes, draft.language) == ("Better", ("one", "two"), "pt")
    assert draft.cover_asset_id is not None


async def test_an_earlier_state_is_looked_at_and_taken_back(
    platform: Platform, teacher: Account, course: Course
) -> None:
    await course.write("a", "First")
    changes = catalog.LessonChanges(blocks=[], own_state=True)
    await catalog.save_lesson(platform, course.author, lesson_id=course.lesson("a"), changes=changes)
    path = f"/teach/lessons/{course.lesson('a')}/history"
    async with browser(platform, teacher) as client:
        found = re.findall(rf"{path}/([0-9a-f-]{{36}})", (await client.get(path)).text)
        oldest = UUID(found[-1])
        assert "First" in (await client.get(f"{path}/{oldest}")).text
        await client.post(f"{path}/{oldest}/restore")
    assert catalog.blocks_text((await draft_of(platform, course, "a")).blocks) == "First"


async def test_learners_are_kept_out_and_assistants_only_look(
    platform: Platform, school: School, course: Course
) -> None:
    pages = (
        "/teach/courses",
        f"/teach/courses/{course.id}",
        f"/teach/courses/{course.id}/about",
        f"/teach/courses/{course.id}/preview",
        f"/teach/lessons/{course.lesson('a')}",
        f"/teach/lessons/{course.lesson('a')}/preview",
        f"/teach/lessons/{course.lesson('a')}/history",
        f"/teach/lessons/{course.lesson('a')}/changes",
    )
    async with browser(platform, await account(school, Role.LEARNER)) as client:
        for page in pages:
            assert (await client.get(page)).status_code == 403, page
    async with browser(platform, await account(school, Role.ASSISTANT)) as client:
        for page in pages:
            answer = await client.get(page)
            assert answer.status_code == 200, page
            assert "Begin course" not in answer.text
            assert "/publish" not in answer.text
        assert (await client.post(f"/teach/courses/{course.id}/publish")).status_code == 403


async def test_another_schools_courses_are_not_there(platform: Platform, other_school: School, course: Course) -> None:
    async with browser(platform, await account(other_school, Role.OWNER)) as client:
        assert "Reading Evidence" not in (await client.get("/admin/catalogue")).text
        for method, path in _foreign(course):
            answer = await client.request(method, path, data={"title": "x", "do": "up"} if method == "POST" else None)
            assert answer.status_code == 404, path


def _foreign(course: Course) -> list[tuple[str, str]]:
    one, lesson, section = f"/teach/courses/{course.id}", f"/teach/lessons/{course.lesson('a')}", course.sections[0]
    gets = [
        one,
        f"{one}/about",
        f"{one}/preview",
        lesson,
        f"{lesson}/preview",
        f"{lesson}/history",
        f"{lesson}/changes",
    ]
    posts = [
        *(
            f"{one}/{what}"
            for what in ("publish", "archive", "restore", "duplicate", "sections", "about", "prerequisites")
        ),
        f"/teach/sections/{section}",
        f"/teach/sections/{section}/lessons",
        f"/teach/sections/{section}/restore",
        f"{lesson}/place",
        f"{lesson}/restore",
        f"{lesson}/settings",
    ]
    return [*(("GET", path) for path in gets), *(("POST", path) for path in posts)]


async def test_authoring_pages_keep_to_the_limit(platform: Platform, teacher: Account, course: Course) -> None:
    await course.write("a", "Text")
    await catalog.publish_course(platform, course.author, course_id=course.id)
    pages = (
        "/teach/courses",
        f"/teach/courses/{course.id}",
        f"/teach/courses/{course.id}/about",
        f"/teach/lessons/{course.lesson('a')}",
    )
    async with browser(platform, teacher) as client:
        for path in pages:
            assert len(await _statements(client, path)) <= MOST, path


async def _statements(client: httpx.AsyncClient, path: str) -> list[str]:
    with counted_statements() as sent:
        assert (await client.get(path)).status_code == 200
    return sent
