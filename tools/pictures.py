"""Takes the pictures of the README from a running demo: `python tools/pictures.py http://localhost:8080`."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from scholr.entrypoints.demo.content import PASSWORD

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
DESK, PHONE = (1280, 860), (390, 844)
COURSE = "Reading Evidence"


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        take_all(browser, sys.argv[1].rstrip("/"))
        browser.close()
    return 0


def take_all(browser: Browser, address: str) -> None:
    home = signed_in(browser, address, "learner@aldersea.example", DESK)
    take(home, f"{address}/learn", "home")
    home.get_by_role("link", name="Go on").click()
    home.wait_for_load_state("networkidle")
    lesson = home.url
    take(home, lesson, "lesson")
    phone = signed_in(browser, address, "learner@aldersea.example", PHONE, scheme="dark")
    take(phone, lesson, "lesson-phone-dark")
    teacher = signed_in(browser, address, "teacher@aldersea.example", DESK)
    teacher.goto(f"{address}/teach/cohorts")
    teacher.get_by_role("link", name="Group B").first.click()
    teacher.wait_for_load_state("networkidle")
    take(teacher, teacher.url, "cohort")
    operator = signed_in(browser, address, "operator@scholr.example", DESK)
    take(operator, f"{address}/operate", "operate")
    pine = signed_in(browser, address, "learner@pinehollow.example", DESK)
    take(pine, f"{address}/learn", "another-school")


def signed_in(browser: Browser, address: str, email: str, size: tuple[int, int], *, scheme: str = "light") -> Page:
    dark = scheme == "dark"
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        device_scale_factor=1,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_load_state("networkidle")
    return page


def take(page: Page, url: str, name: str) -> None:
    page.goto(url)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=PICTURES / f"{name}.png")
    print(f"docs/pictures/{name}.png")


if __name__ == "__main__":
    sys.exit(main())
