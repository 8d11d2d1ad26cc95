"""Pages of operators, of the audit log and of privacy, looked over by axe: wide and narrow, light and dark."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser

from scholr.kernel.ids import new_id
from tests.journeys.people import Person, somebody, violations
from tests.journeys.test_school import DESK, PHONE, open_school
from tests.support.database import TestDatabase
from tests.support.operators import make_operator

pytestmark = pytest.mark.xdist_group("journeys")

OPERATE = (
    "/operate",
    "/operate/services/enrol",
    "/operate/queues",
    "/operate/dependencies",
    "/operate/statements",
    "/operate/organizations",
    "/operate/flags",
    "/operate/flags/media.uploads",
)
SCHOOL = ("/admin/audit", "/admin/privacy", "/admin/privacy/rules", "/account/privacy")


def test_axe_finds_nothing_serious_light_or_dark(browser: Browser, address: str, database: TestDatabase) -> None:
    """Each page is loaded once: a scheme changes colours only, so that of the dark one the contrasts are looked at."""
    name = new_id().hex[-8:]
    owner = f"owner-{name}@trust.example"
    open_school(database, f"Trust {name}", owner)
    with ThreadPoolExecutor(1) as threads:  # the browser's driver keeps a loop running in this thread
        assert threads.submit(lambda: asyncio.run(make_operator(database, owner))).result() == "added"
    with somebody(browser, address, DESK) as operator:
        operator.sign_in(owner)
        for path in (*OPERATE, *SCHOOL):
            answer = operator.page.goto(address + path)
            assert answer is not None
            assert answer.ok, f"{path}: {answer.status}"
            look_over(operator, path)


def look_over(person: Person, path: str) -> None:
    page = person.page
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert violations(page, "color-contrast") == [], f"{path}, dark"
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": PHONE, "height": 844})
    assert violations(page) == [], path
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"{path} is wider than a telephone"
    page.set_viewport_size({"width": DESK, "height": 900})
