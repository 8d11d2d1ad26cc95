"""What the islands do, in a real browser, under a content security policy as strict as the product's."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from scholr.web.assets import DIST, load_assets
from scholr.web.gallery import gallery_context, gallery_page
from scholr.web.rendering import Templates
from scholr.web.shell import Organisation, Viewer, places_for
from scholr.web.shell import Page as Frame
from tests.support.browser import how_to_launch

POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-n'; style-src 'self' 'nonce-n'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"
)
NOW = datetime(2026, 11, 23, 10, 44, tzinfo=UTC)
TYPES = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml", "woff2": "font/woff2"}

QUIZ = """{% extends "reader.html" %}
{% block tools %}{{ ui.saved("Saved") }}{{ ui.timer(deadline, page.now) }}{% endblock %}
{% block content %}<main id="main" tabindex="-1"><form data-island="autosave" data-autosave-url="/answers"
data-attempt="a1"><fieldset data-question="q1"><input name="q1" type="radio" value="0" aria-label="A"><input name="q1"
type="radio" value="1" aria-label="B"></fieldset>
<div data-question="q2"><input name="q2" aria-label="Text"></div></form>
<a rel="next" href="/next">Next</a></main>{% endblock %}"""
LIST = """{% extends "shell.html" %}{% block content %}
<ul data-island="reorder" data-url="/order">{% for id in "abc" %}<li data-id="{{ id }}" data-label="Lesson {{ id }}">
<button class="handle" type="button" data-handle aria-label="Move lesson {{ id }}">{{ icon("grip-vertical") }}</button>
</li>{% endfor %}</ul>
{{ ui.post_button("Delete", "/delete", page.form_key, kind="danger", confirm="Delete this course?") }}
<button hx-post="/swap" hx-target="#spot" id="swap">Swap</button><div id="spot"></div>{% endblock %}"""
SWAPPED = (
    '<button type="button" data-island="copy" data-copy="copied text" data-announce="Loaded"><span>Copy</span></button>'
)
ELSEWHERE = '<!doctype html><title>Elsewhere</title><style nonce="n">@view-transition{navigation:auto}</style>'
FOUND = [
    {"group": "Courses", "title": "Reading Evidence", "sub": "HS-204", "href": "/next", "icon": "library"},
    {"group": "Courses", "title": "Writing for Regulators", "href": "/other"},
]


@dataclass
class Site:
    """Pages by path, and every request that changed something: (method, path, body)."""

    pages: dict[str, str]
    url: str = ""
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    answer_status: int = 200

    def bodies(self, path: str) -> list[Any]:
        return [json.loads(body) for _, asked, body in self.requests if asked == path]


def handler_for(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            if path.startswith("/static/dist/"):
                file = DIST / path.removeprefix("/static/dist/")
                self.reply(file.read_bytes(), TYPES[file.suffix.removeprefix(".")])
            elif path == "/palette":
                self.reply(json.dumps(FOUND).encode(), "application/json")
            else:
                self.reply(site.pages.get(path, ELSEWHERE).encode(), "text/html")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            site.requests.append((self.command, self.path, body))
            if self.path == "/answers":
                receipt = json.dumps({"server_time": NOW.isoformat()}).encode()
                self.reply(receipt, "application/json", site.answer_status)
            else:
                self.reply((SWAPPED if self.path == "/swap" else ELSEWHERE).encode(), "text/html")

        def do_PUT(self) -> None:
            self.do_POST()

        def reply(self, body: bytes, kind: str, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text") else kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", POLICY)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Handler


def build_pages() -> dict[str, str]:
    templates = Templates(load_assets())
    frame = Frame(
        title="Sample",
        organisation=Organisation(name="Aldersea"),
        viewer=Viewer(name="Amira Haddad"),
        places=places_for("learn", "/learn"),
        form_key="token-1",
        csp_nonce="n",
        now=NOW,
    )
    from_string = templates.environment.from_string
    context: dict[str, Any] = {"page": frame, "back_href": "/", "back_label": "Back"}
    gallery = gallery_page()
    return {
        "/gallery": templates.render(
            "gallery.html",
            page=Frame(
                title="Components",
                organisation=gallery.organisation,
                viewer=gallery.viewer,
                places=gallery.places,
                form_key="token-1",
                csp_nonce="n",
            ),
            **gallery_context(),
        ),
        "/quiz": from_string(QUIZ).render(deadline=NOW + timedelta(minutes=20), **context),
        "/list": from_string(LIST).render(**context),
    }


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return build_pages()


@pytest.fixture
def site(pages: dict[str, str]) -> Iterator[Site]:
    site = Site(pages)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(site))
    server.daemon_threads = True
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(**how_to_launch())
        yield started
        started.close()


@pytest.fixture
def tab(browser: Browser, site: Site) -> Iterator[Page]:
    """A page that fails its test when the browser had anything to complain about."""
    context = browser.new_context(base_url=site.url, locale="en-GB", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # What the browser logs of itself: every answer that is not 2xx, and a fade that a slow page made it skip.
        expected = message.text.startswith(("Failed to load resource", "Transition was aborted"))
        if message.type == "error" and not expected:
            complaints.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def test_palette_opens_from_the_keyboard_and_goes_where_one_says(tab: Page) -> None:
    tab.goto("/gallery")
    tab.keyboard.press("Control+k")
    palette = tab.get_by_role("dialog", name="Search or jump to")
    expect(palette.get_by_role("option")).to_have_count(2)
    expect(palette.get_by_role("combobox")).to_be_focused()
    tab.keyboard.press("ArrowDown")
    expect(palette.get_by_role("option", name="Writing for Regulators")).to_have_attribute("aria-selected", "true")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/next")


def test_escape_closes_the_palette(tab: Page) -> None:
    tab.goto("/gallery")
    tab.get_by_role("link", name="Search or jump to").click()
    expect(tab.locator("#palette")).to_be_visible()
    tab.keyboard.press("Escape")
    expect(tab.locator("#palette")).to_be_hidden()


def test_appearance_changes_at_once_and_is_told_to_the_server(tab: Page, site: Site) -> None:
    tab.goto("/gallery")
    tab.locator(".rail").get_by_role("button", name="Appearance").click()
    with tab.expect_response("**/appearance"):
        tab.locator("#theme-menu").get_by_role("button", name="Dark").click()
    expect(tab.locator("html")).to_have_attribute("data-theme", "dark")
    _, path, body = site.requests[-1]
    assert (path, body) == ("/appearance", "theme=dark")


def test_menu_opens_beside_its_button_and_follows_the_arrow_keys(tab: Page) -> None:
    tab.goto("/gallery")
    button = tab.get_by_role("button", name="Lesson", exact=True)
    button.click()
    menu = tab.locator("#gallery-menu")
    at, box = button.bounding_box(), menu.bounding_box()
    assert at is not None
    assert box is not None
    assert abs(box["x"] - at["x"]) < 2
    # Below the button, or above it where the window ends.
    assert box["y"] >= at["y"] + at["height"] or box["y"] + box["height"] <= at["y"]
    expect(menu.get_by_role("link", name="Edit")).to_be_focused()
    tab.keyboard.press("ArrowDown")
    expect(menu.get_by_role("link", name="Delete")).to_be_focused()
    tab.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(button).to_be_focused()


def test_dialog_opens_with_the_focus_on_the_safe_action(tab: Page) -> None:
    tab.goto("/gallery")
    tab.get_by_role("button", name="Open a real one").click()
    dialog = tab.get_by_role("dialog", name="Move the due date?")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    tab.mouse.click(20, 20)
    expect(dialog).to_be_hidden()


def test_toast_says_what_happened_and_can_be_undone(tab: Page) -> None:
    tab.goto("/gallery")
    tab.get_by_role("button", name="Show it").click()
    toast = tab.locator("#toasts .toast")
    expect(toast).to_contain_text("Lesson archived")
    toast.get_by_role("button", name="Undo").click()
    expect(toast).to_have_count(0)


def test_ticked_rows_bring_up_what_can_be_done_with_them(tab: Page) -> None:
    tab.goto("/gallery")
    bar = tab.locator("#gallery-bulk")
    expect(bar).to_be_hidden()
    tab.get_by_role("checkbox", name="Select Sofie Kjær").check()
    tab.get_by_role("checkbox", name="Select Teresa Vaz").click(modifiers=["Shift"])
    expect(bar).to_contain_text("3 selected")
    tab.get_by_role("checkbox", name="Select all").uncheck()
    expect(bar).to_be_hidden()


def test_answers_are_saved_and_the_indicator_says_when(tab: Page, site: Site) -> None:
    tab.goto("/quiz")
    tab.get_by_role("radio", name="B").check()
    expect(tab.locator("[data-saved]")).to_have_attribute("data-saved", "saving")
    expect(tab.locator("[data-saved]")).to_have_text("Saved 10:44")
    tab.get_by_label("Text").fill("0.832")
    expect(tab.locator("[data-saved]")).to_have_attribute("data-saved", "saved")
    assert site.bodies("/answers")[0] == {"answers": {"q1": ["1"]}}
    assert site.bodies("/answers")[-1] == {"answers": {"q2": ["0.832"]}}
    assert tab.evaluate("localStorage.length") == 0


def test_says_offline_without_a_network_and_catches_up(tab: Page, site: Site) -> None:
    tab.goto("/quiz")
    expect(tab.locator(".timer b")).to_have_text("20:00")
    tab.context.set_offline(True)
    tab.get_by_role("radio", name="A", exact=True).check()
    expect(tab.locator("[data-saved]")).to_have_text("Offline: kept on this device")
    assert site.bodies("/answers") == []
    tab.context.set_offline(False)
    expect(tab.locator("[data-saved]")).to_have_text("Saved 10:44")
    assert site.bodies("/answers") == [{"answers": {"q1": ["0"]}}]


def test_answers_that_the_server_could_not_take_outlive_a_reload(tab: Page, site: Site) -> None:
    site.answer_status = 503
    tab.goto("/quiz")
    tab.get_by_role("radio", name="A", exact=True).check()
    expect(tab.locator("[data-saved]")).to_have_text("Kept on this device, trying again")
    tab.on("dialog", lambda dialog: dialog.accept())
    tab.reload()
    expect(tab.get_by_role("radio", name="A", exact=True)).to_be_checked()
    expect(tab.locator("[data-saved]")).to_have_text("Kept on this device, trying again")
    site.answer_status = 200
    tab.evaluate("dispatchEvent(new Event('online'))")
    expect(tab.locator("[data-saved]")).to_have_text("Saved 10:44")
    assert site.bodies("/answers")[-1] == {"answers": {"q1": ["0"]}}
    assert tab.evaluate("localStorage.length") == 0


def test_a_closed_attempt_is_said_and_the_answer_stays_on_the_device(tab: Page, site: Site) -> None:
    site.answer_status = 409
    tab.goto("/quiz")
    tab.get_by_role("radio", name="B").check()
    expect(tab.locator("[data-saved]")).to_have_text("Closed: this was not taken")
    assert tab.evaluate("localStorage['scholr:answers:a1']") == '{"q1":["1"]}'


def test_timer_counts_down_without_jumping(tab: Page) -> None:
    tab.clock.install(time=NOW)
    tab.goto("/quiz")
    face = tab.locator(".timer b")
    expect(face).to_have_text("20:00")
    tab.clock.run_for(61_000)
    expect(face).to_have_text("18:59")


def test_arrow_key_goes_to_the_next_lesson_but_not_while_typing(tab: Page) -> None:
    tab.goto("/quiz")
    tab.wait_for_load_state("networkidle")
    tab.get_by_label("Text").focus()
    tab.keyboard.press("ArrowRight")
    assert tab.url.endswith("/quiz")
    tab.locator("main").focus()
    tab.keyboard.press("ArrowRight")
    tab.wait_for_url("**/next")


def test_lessons_move_by_keyboard_and_the_order_is_saved_once(tab: Page, site: Site) -> None:
    tab.goto("/list")
    handle = tab.get_by_role("button", name="Move lesson a")
    handle.focus()
    with tab.expect_response("**/order"):
        tab.keyboard.press("ArrowDown")
        tab.keyboard.press("ArrowDown")
    expect(tab.locator("#announcer")).to_have_text("Lesson a, position 3 of 3")
    expect(handle).to_be_focused()
    assert site.bodies("/order") == [{"order": ["b", "c", "a"]}]


def test_lessons_move_by_dragging(tab: Page, site: Site) -> None:
    tab.goto("/list")
    expect(tab.locator("[data-island=reorder]")).to_be_visible()
    tab.wait_for_load_state("networkidle")
    start = tab.get_by_role("button", name="Move lesson c").bounding_box()
    goal = tab.get_by_role("button", name="Move lesson a").bounding_box()
    assert start is not None
    assert goal is not None
    tab.mouse.move(start["x"] + 5, start["y"] + 5)
    tab.mouse.down()
    with tab.expect_response("**/order"):
        tab.mouse.move(goal["x"] + 5, goal["y"] - 4, steps=6)
        tab.mouse.up()
    assert site.bodies("/order") == [{"order": ["c", "a", "b"]}]


def test_asks_before_what_cannot_be_undone(tab: Page, site: Site) -> None:
    tab.goto("/list")
    tab.get_by_role("button", name="Delete").click()
    question = tab.get_by_role("dialog", name="Delete this course?")
    expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    question.get_by_role("button", name="Cancel").click()
    assert site.requests == []
    tab.get_by_role("button", name="Delete").click()
    with tab.expect_navigation():
        question.get_by_role("button", name="Delete").click()
    assert [path for _, path, _ in site.requests] == ["/delete"]


def test_a_swapped_part_comes_alive_and_is_announced(tab: Page) -> None:
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.goto("/list")
    tab.locator("#swap").click()
    expect(tab.locator("#announcer")).to_have_text("Loaded")
    copy = tab.locator("#spot button")
    expect(copy).to_have_text("Copy")
    tab.wait_for_load_state("networkidle")
    copy.click()
    expect(copy).to_have_text("Copied")
    assert tab.evaluate("navigator.clipboard.readText()") == "copied text"


@pytest.mark.parametrize("width", [390, 820, 1280])
@pytest.mark.parametrize("path", ["/gallery", "/quiz", "/list"])
def test_nothing_is_wider_than_the_window(tab: Page, path: str, width: int) -> None:
    tab.set_viewport_size({"width": width, "height": 844})
    tab.goto(path)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
