"""The network goes away and comes back, in a real browser under the product's own policy."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from scholr.entrypoints.wiring import PlatformSettings, build_platform
from scholr.kernel.actor import Role
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.http.settings import HttpSettings, Profile
from scholr.platform.runtime import Platform
from scholr.platform.security.keys import KeyRing
from tests.support.accounts import PASSWORD, Account, account
from tests.support.database import TestDatabase
from tests.support.exams import open_exam
from tests.support.learning import Taught, teach
from tests.support.school import open_school

T = TypeVar("T")
WAIT = 15_000


@dataclass(frozen=True, slots=True)
class World:
    address: str
    database: TestDatabase
    taught: Taught
    learner: Account
    other: Account
    exam: str


def with_platform(database: TestDatabase, work: Callable[[Platform], Awaitable[T]]) -> T:
    """On a loop of its own: the browser's driver keeps one running in this thread."""

    async def run() -> T:
        http = HttpSettings(Profile.DEMO, "127.0.0.1", 8080, "http://localhost:8080")
        platform = build_platform(
            PlatformSettings(DatabaseSettings(database.app, pool_size=2), http, KeyRing((b"0" * 32,)))
        )
        try:
            return await work(platform)
        finally:
            await platform.db.close()

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(lambda: asyncio.run(run())).result()


@pytest.fixture(scope="module")
def world(address: str, database: TestDatabase) -> World:
    async def make(platform: Platform) -> World:
        school = await open_school(platform, "Aldersea")
        taught = await teach(school, lessons=3)
        exam, _questions = await open_exam(school, course_id=taught.course)
        learner, other = await account(school, Role.LEARNER), await account(school, Role.LEARNER)
        for each in (learner, other):
            await taught.seat(each.actor)
        return World(address, database, taught, learner, other, str(exam))

    return with_platform(database, make)


@pytest.fixture
def device(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(reduced_motion="reduce")
    yield context
    context.close()


def sign_in(device: BrowserContext, world: World, who: Account) -> Page:
    page = device.new_page()
    page.goto(f"{world.address}/sign-in")
    page.get_by_label("E-mail").filter(visible=True).first.fill(who.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile("/learn"))
    return page


def until_worker_serves(page: Page) -> None:
    page.wait_for_function("() => navigator.serviceWorker.controller !== null", timeout=WAIT)


def kept_by_the_worker(page: Page) -> list[str]:
    """Paths of everything in every cache of this address."""
    found: list[str] = page.evaluate(
        """async () => {
            const paths = [];
            for (const name of await caches.keys()) {
                for (const request of await (await caches.open(name)).keys()) paths.push(new URL(request.url).pathname);
            }
            return paths;
        }"""
    )
    return found


def completed(world: World, who: Account) -> set[str]:
    async def look(platform: Platform) -> set[str]:
        async with platform.db.read(world.taught.school.tenant_id) as rx:
            rows = await rx.raw.fetch(
                "select lesson_id from learning_completion where learner_id = $1", who.membership_id
            )
        return {str(row["lesson_id"]) for row in rows}

    return with_platform(world.database, look)


def until_completed(page: Page, world: World, who: Account, lessons: set[str]) -> None:
    for _ in range(100):
        if completed(world, who) == lessons:
            return
        page.wait_for_timeout(100)
    assert completed(world, who) == lessons


def test_without_a_network_a_page_says_so_and_it_is_nobodys(device: BrowserContext, world: World) -> None:
    page = sign_in(device, world, world.learner)
    until_worker_serves(page)
    page.goto(world.address + world.taught.lesson_path(0))
    page.goto(f"{world.address}/learn")
    device.set_offline(True)
    page.goto(world.address + world.taught.lesson_path(0))
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    assert page.locator("h1").evaluate("h => getComputedStyle(h).fontFamily.includes('Source Serif')")
    text = page.content()
    for private in ("Aldersea", world.learner.email, world.taught.lesson_path(0).rsplit("/", 1)[-1], "Lesson 1"):
        assert private not in text
    device.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", name="Lesson 1", exact=True)).to_be_visible()


def test_no_page_and_nothing_of_anybodys_is_ever_kept(device: BrowserContext, world: World) -> None:
    page = sign_in(device, world, world.learner)
    until_worker_serves(page)
    for path in ("/learn", world.taught.path, world.taught.lesson_path(0), "/account/security", "/api/me"):
        page.goto(world.address + path)
    page.goto(f"{world.address}/learn")
    kept = kept_by_the_worker(page)
    assert "/offline" in kept
    assert [path for path in kept if path != "/offline" and not path.startswith("/static/dist/")] == []


def test_the_policy_of_the_offline_page_holds_without_a_network(device: BrowserContext, world: World) -> None:
    page = sign_in(device, world, world.learner)
    until_worker_serves(page)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    device.set_offline(True)
    page.goto(f"{world.address}/catalogue")
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    assert [text for text in said if "Content Security Policy" in text or "Refused" in text] == []


def test_a_page_that_names_no_worker_takes_it_away(device: BrowserContext, world: World) -> None:
    page = sign_in(device, world, world.learner)
    until_worker_serves(page)
    page.evaluate("() => caches.open('somebody-elses')")

    body = device.request.get(f"{world.address}/learn").text()
    assert 'data-worker="/sw.js"' in body
    device.route(
        re.compile(r"/learn$"),
        lambda route: route.fulfill(body=body.replace(' data-worker="/sw.js"', ""), content_type="text/html"),
    )
    page.goto(f"{world.address}/learn")
    page.wait_for_function("async () => !(await navigator.serviceWorker.getRegistrations()).length", timeout=WAIT)
    page.wait_for_function("async () => (await caches.keys()).join() === 'somebody-elses'", timeout=WAIT)


def test_a_lesson_completed_offline_is_kept_and_merged_later(device: BrowserContext, world: World) -> None:
    page = sign_in(device, world, world.learner)
    lesson = str(world.taught.lessons[1])
    page.goto(world.address + world.taught.lesson_path(1))
    page.wait_for_load_state("networkidle")
    device.set_offline(True)
    page.get_by_role("button", name=re.compile("^Mark complete")).click()
    expect(page.locator("[data-completion] [data-saved]")).to_have_attribute("data-saved", "offline")
    expect(page.locator("[data-completion]")).to_contain_text("Kept on this device until you are online")
    expect(page.locator("#complete")).to_be_hidden()
    assert lesson in page.evaluate("() => localStorage.getItem('scholr:completed')")
    assert completed(world, world.learner) == set()
    device.set_offline(False)
    expect(page.locator("[data-completion]")).to_contain_text("Complete, and saved", timeout=WAIT)
    assert page.evaluate("() => localStorage.getItem('scholr:completed')") is None
    until_completed(page, world, world.learner, {lesson})
    page.reload()
    expect(page.locator("main")).to_contain_text("Done")


def test_on_a_shared_device_nobody_hands_in_what_another_completed(device: BrowserContext, world: World) -> None:
    page = sign_in(device, world, world.other)
    page.goto(world.address + world.taught.lesson_path(0))
    page.wait_for_load_state("networkidle")
    device.set_offline(True)
    page.get_by_role("button", name=re.compile("^Mark complete")).click()
    expect(page.locator("[data-completion]")).to_contain_text("Kept on this device")
    # The emulation ends with its page, which would then hand in at once, and rightly: so they are signed out first.
    device.clear_cookies()
    page.close()
    device.set_offline(False)
    before = completed(world, world.learner)
    page = sign_in(device, world, world.learner)
    page.goto(world.address + world.taught.lesson_path(2))
    page.wait_for_load_state("networkidle")
    assert completed(world, world.learner) == before
    assert completed(world, world.other) == set()
    page.close()
    device.clear_cookies()
    page = sign_in(device, world, world.other)
    page.goto(world.address + world.taught.lesson_path(2))
    until_completed(page, world, world.other, {str(world.taught.lessons[0])})


def test_a_quiz_answer_given_offline_is_kept_and_saved_later(device: BrowserContext, world: World) -> None:
    page = sign_in(device, world, world.learner)
    page.goto(f"{world.address}/learn/assessments/{world.exam}")
    page.get_by_role("button", name=re.compile("^(Start|Begin)")).filter(visible=True).first.click()
    page.wait_for_url(re.compile("/learn/attempts/"))
    page.wait_for_load_state("networkidle")
    attempt = re.search(r"/attempts/([0-9a-f-]{36})", page.url)
    assert attempt is not None
    indicator = page.locator("[data-saved]").first
    device.set_offline(True)
    page.get_by_text("The Sun").click()
    expect(indicator).to_have_attribute("data-saved", "offline")
    expect(indicator).to_contain_text("Offline: kept on this device")
    assert answers_of(world, attempt[1]) == {}
    device.set_offline(False)
    expect(indicator).to_have_attribute("data-saved", "saved", timeout=WAIT)
    assert list(answers_of(world, attempt[1]).values()) == [["1"]]
    page.reload()
    page.get_by_role("button", name=re.compile("^Question 1")).first.click()
    expect(page.get_by_label("The Sun")).to_be_checked()


def answers_of(world: World, attempt_id: str) -> dict[str, list[str]]:
    async def look(platform: Platform) -> dict[str, list[str]]:
        async with platform.db.read(world.taught.school.tenant_id) as rx:
            rows = await rx.raw.fetch(
                "select question_id, entries::text from assessment_answer where attempt_id = $1", UUID(attempt_id)
            )
        return {str(row["question_id"]): json.loads(row["entries"]) for row in rows}

    return with_platform(world.database, look)
