"""The block editor in a real browser, against the real server."""

from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Page, expect

from scholr.contexts.catalog import facade as catalog
from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from tests.contexts.catalog.courses import Course, make_course, paragraph
from tests.support.accounts import Account, account
from tests.support.browser import violations, window
from tests.support.database import TestDatabase
from tests.support.school import School
from tests.support.server import running_server

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)


@pytest.fixture
async def teacher(school: School) -> Account:
    return await account(school, Role.INSTRUCTOR)


@pytest.fixture
async def course(platform: Platform, teacher: Account) -> Course:
    return await make_course(platform, teacher.actor)


@pytest.fixture(scope="module")
def address(database: TestDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a server without a worker answers."""
    with running_server(database, tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture
async def page(address: str, teacher: Account, course: Course) -> AsyncIterator[Page]:
    """The editor of lesson a, with the teacher signed in."""
    async with window(address, teacher) as shown:
        await shown.goto(f"/teach/lessons/{course.lesson('a')}")
        await shown.wait_for_selector(".rt .ProseMirror")
        yield shown


async def saved_blocks(platform: Platform, course: Course) -> list[str]:
    async with platform.db.read(course.author.tenant_id) as rx:
        draft = await catalog.require_lesson_draft(rx, course.lesson("a"))
    return [f"{block.type}: {catalog.block_text(block)}" for block in draft.blocks]


async def test_a_lesson_is_written_with_the_keyboard_and_saves_itself(
    platform: Platform, course: Course, page: Page
) -> None:
    saved = page.locator("[data-saved]")
    await page.click(".rt .ProseMirror")
    await page.keyboard.type("Two treatments were compared.")
    await page.keyboard.press("Enter")
    await page.keyboard.type("/hea")
    await expect(page.get_by_role("option", name="Heading")).to_be_visible()
    await page.keyboard.press("Enter")
    await page.keyboard.type("By hand, once")
    await expect(saved).to_have_attribute("data-saved", "saved")
    assert await saved_blocks(platform, course) == [
        "rich_text: Two treatments were compared.",
        "heading: By hand, once",
    ]
    await page.locator(".blk [data-handle]").nth(1).press("ArrowUp")
    await expect(page.locator(".blk").first).to_have_attribute("data-label", "Heading")
    await page.wait_for_function("document.querySelector('[data-saved]').dataset.saved === 'saving'")
    await expect(saved).to_have_attribute("data-saved", "saved")
    assert (await saved_blocks(platform, course))[0] == "heading: By hand, once"
    await page.locator(".blk [data-handle]").first.press("Delete")
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".blk")).to_have_count(2)


async def test_a_picture_waits_for_its_description_and_holds_nothing_else_up(
    platform: Platform, course: Course, page: Page
) -> None:
    saved = page.locator("[data-saved]")
    await page.get_by_role("button", name="Add a block", exact=True).click()
    await page.get_by_role("option", name="Picture").click()
    await page.set_input_files(
        ".ed-image input[type=file]", {"name": "map.png", "mimeType": "image/png", "buffer": PNG}
    )
    await expect(page.locator(".ed-image img")).to_be_visible()
    await page.locator(".rt .ProseMirror").first.click()
    await page.keyboard.type("Words")
    await expect(saved).to_contain_text("but for one block")
    assert await saved_blocks(platform, course) == ["rich_text: Words"]
    await page.reload()
    await expect(page.locator(".ed-image img")).to_be_visible()
    await page.get_by_label("What it shows").first.fill("A map")
    await expect(saved).not_to_contain_text("but for")
    await expect(saved).to_have_attribute("data-saved", "saved")
    assert await saved_blocks(platform, course) == ["rich_text: Words", "image: A map"]


async def test_who_was_slower_chooses_and_nothing_is_lost(platform: Platform, course: Course, page: Page) -> None:
    changes = catalog.LessonChanges(blocks=[paragraph("Theirs")])
    await catalog.save_lesson(platform, course.author, lesson_id=course.lesson("a"), changes=changes)
    await page.click(".rt .ProseMirror")
    await page.keyboard.type("Mine")
    await page.get_by_role("button", name="Keep mine").click()
    await expect(page.locator("[data-saved]")).to_have_attribute("data-saved", "saved")
    assert await saved_blocks(platform, course) == ["rich_text: Mine"]
    async with platform.db.read(course.author.tenant_id) as rx:
        lines = await catalog.lesson_history(rx, course.lesson("a"))
        before = await catalog.lesson_revision(rx, course.lesson("a"), lines[1].id)
    assert catalog.blocks_text(before[1]) == "Theirs"


async def test_what_was_written_offline_is_kept_and_sent(platform: Platform, course: Course, page: Page) -> None:
    await page.context.set_offline(True)
    await page.click(".rt .ProseMirror")
    await page.keyboard.type("In the tunnel")
    await expect(page.locator("[data-saved]")).to_have_attribute("data-saved", "offline")
    await page.context.set_offline(False)
    await expect(page.locator("[data-saved]")).to_have_attribute("data-saved", "saved", timeout=10_000)
    assert await saved_blocks(platform, course) == ["rich_text: In the tunnel"]


async def test_what_is_pasted_from_a_word_processor_comes_clean(platform: Platform, course: Course, page: Page) -> None:
    pasted = (
        "<html><body><p class=MsoNormal style='mso-x:1;color:red'><b>Bold</b><o:p></o:p> text"
        "<script>alert(1)</script></p><img src=x onerror=alert(1)></body></html>"
    )
    await page.click(".rt .ProseMirror")
    await page.evaluate(
        """(html) => {
            const data = new DataTransfer();
            data.setData("text/html", html);
            const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
            document.querySelector(".ProseMirror").dispatchEvent(event);
        }""",
        pasted,
    )
    await expect(page.locator("[data-saved]")).to_contain_text("Saved")
    await page.wait_for_function("document.querySelector('[data-saved]').dataset.saved === 'saved'")
    async with platform.db.read(course.author.tenant_id) as rx:
        block = (await catalog.require_lesson_draft(rx, course.lesson("a"))).blocks[0]
    assert isinstance(block, catalog.RichText)
    assert block.html == "<p><strong>Bold</strong> text</p>"


@pytest.mark.parametrize("width", [390, 1280])
async def test_axe_finds_nothing_serious(course: Course, page: Page, width: int) -> None:
    await course.write("a", "Text")
    await page.set_viewport_size({"width": width, "height": 844})
    for path in (f"/teach/lessons/{course.lesson('a')}", f"/teach/courses/{course.id}", "/teach/courses", "/catalogue"):
        await page.goto(path)
        await page.wait_for_load_state("networkidle")
        assert await violations(page) == [], path
