"""People in front of a browser: what each does, in the words of the pages."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.browser import ONLY_VIOLATIONS, serious

PASSWORD = "a quiet morning by the sea"
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|/invitation/[^?]+|\?.*")
_axe = Axe()
_looked_over: set[tuple[int | None, str]] = set()


@dataclass(slots=True)
class Person:
    """One browser window. Every page it stops at is looked over by axe and must have no error in its console."""

    page: Page
    address: str
    has_scripts: bool = True

    def go(self, path: str) -> None:
        answer = self.page.goto(self.address + path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"
        self.look_around()

    def press(self, name: str | re.Pattern[str], *, exact: bool = True) -> None:
        """Press the button or follow the link of this name, wherever it leads, and look around there."""
        found = self.page.get_by_role("button", name=name, exact=exact).or_(
            self.page.get_by_role("link", name=name, exact=exact)
        )
        found.filter(visible=True).first.click()
        self.page.wait_for_load_state()
        self.look_around()

    def fill(self, label: str | re.Pattern[str], text: str) -> None:
        self.page.get_by_label(label).filter(visible=True).first.fill(text)

    def sees(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.locator("body")).to_contain_text(text)

    def look_around(self) -> None:
        size = self.page.viewport_size
        kind = size["width"] if size else None, _ID.sub("*", self.page.url)
        if not self.has_scripts or kind in _looked_over:
            return  # axe is itself a script; and one page of a kind at a width is enough
        _looked_over.add(kind)
        said = violations(self.page)
        assert not said, f"{self.page.url}: {said}"

    def sign_in(self, email: str) -> None:
        self.go("/sign-in")
        self.fill("E-mail", email)
        self.page.locator("input[name=password]").fill(PASSWORD)
        self.press("Sign in")


def violations(page: Page, *rules: str) -> list[str]:
    """What axe finds serious, with where it stands; by these rules only, where any are named."""
    options = {**ONLY_VIOLATIONS, "runOnly": list(rules)} if rules else ONLY_VIOLATIONS
    return serious(_axe.run(page, options=options).response)


@contextmanager
def somebody(browser: Browser, address: str, width: int, *, scripts: bool = True) -> Iterator[Person]:
    """A fresh window, `width` CSS pixels wide, with or without JavaScript."""
    context: BrowserContext = browser.new_context(
        viewport={"width": width, "height": 844 if width < 700 else 900},
        java_script_enabled=scripts,
        bypass_csp=scripts,  # axe injects itself; the policy itself is held by tests/web and tests/isolation
        reduced_motion="reduce",
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        yield Person(page, address, scripts)
        assert not errors, errors
    finally:
        context.close()
