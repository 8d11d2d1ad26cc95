"""Chromium in front of a running server, and axe in front of what it shows."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # ships no types
from playwright.async_api import ConsoleMessage, Page, async_playwright

from tests.support.accounts import Account
from tests.support.components import require_component

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
# Without it axe answers with every element that passed, which takes a third longer and nobody reads.
ONLY_VIOLATIONS = {"resultTypes": ["violations"]}
SERIOUS = ("serious", "critical")


def how_to_launch() -> dict[str, Any]:
    """The arguments of playwright's `launch`."""
    return {"executable_path": str(require_component("chromium")), "args": list(ARGUMENTS)}


@asynccontextmanager
async def window(address: str, member: Account) -> AsyncIterator[Page]:
    """A window of a browser of its own, in which the member has just signed in.

    To the end no script may fail in it, and nothing may be refused by the content security policy.
    """
    problems: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if "Security Policy" in message.text:
            problems.append(message.text)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**how_to_launch())
        shown = await browser.new_page(base_url=address)
        shown.on("pageerror", lambda error: problems.append(str(error)))
        shown.on("console", hear)
        await shown.goto("/sign-in")
        await shown.fill("[name=email]", member.email)
        await shown.fill("[name=password]", member.password)
        await shown.press("[name=password]", "Enter")
        await shown.wait_for_url(lambda address: "sign-in" not in address)
        yield shown
        await browser.close()
    assert problems == []


async def violations(page: Page) -> list[str]:
    """What axe finds serious on the page, with where it stands."""
    return serious((await Axe().run(page, options=ONLY_VIOLATIONS)).response)


def serious(response: Mapping[str, Any]) -> list[str]:
    found = (each for each in response["violations"] if each["impact"] in SERIOUS)
    return [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in found]
