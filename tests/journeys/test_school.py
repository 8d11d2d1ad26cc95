"""The story of the README, in a real browser: a school opens, teaches, examines and certifies; another sees none of it.

An administrator invites people, an instructor writes and publishes a course, a learner enrols, learns, takes a quiz
and earns a certificate, and a stranger verifies it.
"""

import asyncio
import re
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from playwright.sync_api import Browser, expect

from scholr.contexts.auth import facade as auth
from scholr.entrypoints.wiring import PlatformSettings, build_platform
from scholr.kernel.ids import new_id
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.http.settings import HttpSettings, Profile
from scholr.platform.security.keys import KeyRing
from tests.journeys.people import PASSWORD, Person, somebody
from tests.support.database import TestDatabase

PHONE, DESK = 390, 1280
pytestmark = pytest.mark.xdist_group("journeys")


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_school_opens_teaches_examines_and_certifies(
    browser: Browser, address: str, database: TestDatabase, width: int
) -> None:
    name = new_id().hex[-8:]
    owner, teacher, learner = (f"{role}-{name}@harbour.example" for role in ("owner", "teacher", "learner"))
    title = f"Knots and Splices {name}"
    open_school(database, f"Harbour {name}", owner)
    with somebody(browser, address, width) as admin:
        admin.sign_in(owner)
        invite(admin, teacher, "Instructor")
        invite(admin, learner, "Learner")
    with somebody(browser, address, width) as instructor:
        accept_invitation(instructor, teacher, "Tess Teacher")
        write_course(instructor, title)
        assessment = write_quiz(instructor, title)
        open_cohort(instructor, title)
    with somebody(browser, address, width) as student:
        accept_invitation(student, learner, "Lea Learner")
        enrol(student, title)
        take_quiz(student, assessment)
        code = finish_course(student, title)
    with somebody(browser, address, width) as stranger:
        verify(stranger, code, title)
    other_school_sees_nothing(browser, address, database, width, title)


def test_a_learner_needs_no_javascript(browser: Browser, address: str, database: TestDatabase) -> None:
    name = new_id().hex[-8:]
    owner, learner = f"owner-{name}@quay.example", f"learner-{name}@quay.example"
    title = f"Tides {name}"
    open_school(database, f"Quay {name}", owner)
    with somebody(browser, address, DESK) as admin:
        admin.sign_in(owner)
        invite(admin, learner, "Learner")
        write_course(admin, title)
        assessment = write_quiz(admin, title)
        open_cohort(admin, title)
    with somebody(browser, address, PHONE, scripts=False) as student:
        accept_invitation(student, learner, "Lea Learner")
        enrol(student, title)
        take_quiz(student, assessment)
        code = finish_course(student, title)
        verify(student, code, title)


def open_school(database: TestDatabase, name: str, owner: str) -> None:
    """What `scholr organization` does, with a password at once."""

    async def run() -> None:
        settings = PlatformSettings(
            DatabaseSettings(database.app, pool_size=2),
            HttpSettings(Profile.DEMO, "127.0.0.1", 8080, "http://localhost:8080"),
            KeyRing((b"0" * 32,)),
        )
        platform = build_platform(settings)
        try:
            await auth.open_organization(
                platform, name=name, owner_email=owner, owner_name="Olu Owner", password=PASSWORD
            )
        finally:
            await platform.db.close()

    # The browser's driver keeps a loop running in this thread.
    with ThreadPoolExecutor(1) as threads:
        threads.submit(lambda: asyncio.run(run())).result()


def invite(admin: Person, email: str, role: str) -> None:
    admin.go("/admin/people/invite")
    admin.fill("E-mail addresses", email)
    admin.page.get_by_label("They come as").select_option(label=role)
    admin.press("Send invitations")


def accept_invitation(person: Person, email: str, name: str) -> None:
    person.go(invitation_path(person.address, email))
    person.fill(re.compile("name", re.IGNORECASE), name)
    person.page.locator("input[type=password]").first.fill(PASSWORD)
    person.page.locator("main form button[type=submit], form button.primary").first.click()
    person.page.wait_for_load_state()
    if "/sign-in" in person.page.url:
        person.sign_in(email)


def invitation_path(address: str, email: str) -> str:
    """The link in the mail, as the outbox viewer shows it once the worker has sent it."""
    transport = httpx.HTTPTransport(retries=3)
    with httpx.Client(base_url=address, transport=transport) as client:
        for _ in range(100):
            text = client.get("/demo/mail", params={"to": email}).text
            found = re.search(rf"{re.escape(email)}.*?(/invitation/[\w-]+)", text, re.DOTALL)
            if found:
                return found.group(1)
            time.sleep(0.1)
    raise AssertionError(f"no invitation for {email}")


def write_course(instructor: Person, title: str) -> None:
    instructor.go("/teach/courses")
    instructor.fill("Title of a new course", title)
    instructor.press("Begin course")
    instructor.fill("Title of a new section", "First steps")
    instructor.press("Add section")
    instructor.page.locator("input[name=title]").first.fill("A bowline")
    instructor.press("Add lesson")
    instructor.go(course_path(instructor, title))
    instructor.press(re.compile("^Publish"), exact=False)
    if instructor.page.get_by_role("button", name=re.compile("^Publish")).filter(visible=True).count():
        instructor.press(re.compile("^Publish"), exact=False)
    instructor.go(course_path(instructor, title))
    instructor.sees("Published")


def course_path(instructor: Person, title: str) -> str:
    instructor.go("/teach/courses")
    href = instructor.page.get_by_role("link", name=title).first.get_attribute("href")
    assert href
    return href


def write_quiz(instructor: Person, title: str) -> str:
    """Returns the assessment's id."""
    instructor.go(f"{course_path(instructor, title)}/assessments")
    instructor.fill("Title", "Checkpoint")
    instructor.press("Make assessment")
    path = re.search(r"/teach/assessments/([0-9a-f-]{36})", instructor.page.url)
    assert path, instructor.page.url
    instructor.go(f"{path.group(0)}/questions/new?type=single")
    instructor.page.get_by_role("textbox", name="Question", exact=True).fill("Which knot makes a fixed loop?")
    for place, option in enumerate(("A bowline", "A reef knot")):
        instructor.page.locator("input[name=option]").nth(place).fill(option)
    instructor.page.get_by_label("Option 1 is right").check()
    instructor.press("Save question")
    instructor.go(path.group(0))
    instructor.press("Show to learners")
    return path.group(1)


def open_cohort(instructor: Person, title: str) -> None:
    instructor.go("/teach/cohorts/new")
    instructor.page.get_by_label("Course").first.select_option(label=title)
    instructor.fill("Seats", "12")
    instructor.press("Open the cohort")


def enrol(student: Person, title: str) -> None:
    student.go("/catalogue")
    student.press(title)
    student.press(re.compile("^(Enrol|Join)"), exact=False)
    student.sees("You are in")


def take_quiz(student: Person, assessment: str) -> None:
    student.go(f"/learn/assessments/{assessment}")
    student.press(re.compile("^(Start|Begin)"), exact=False)
    # At once, as somebody in a hurry: a page that were still fading in would swallow the click.
    student.page.get_by_label("A bowline").check(force=True)
    student.press(re.compile("(Review|hand in|Hand in|Submit|Finish)"), exact=False)
    student.press(re.compile("(Hand in|Submit|hand in)"), exact=False)
    student.go(f"/learn/assessments/{assessment}")
    student.sees("100")


def finish_course(student: Person, title: str) -> str:
    """Read the only lesson; returns the certificate's code."""
    student.go("/learn/courses")
    student.press(title)
    student.press(re.compile("^(Begin|Continue)"), exact=False)
    student.press(re.compile("complete", re.IGNORECASE), exact=False)
    student.go("/learn/certificates")
    student.sees(title)
    code = re.search(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}-[0-9A-Z]", student.page.content())
    assert code
    return code.group(0)


def verify(stranger: Person, code: str, title: str) -> None:
    stranger.go("/verify")
    stranger.page.locator("input[name=code]").fill(code.lower())
    stranger.page.locator("main form button, form button.primary").first.click()
    stranger.page.wait_for_load_state()
    stranger.sees("Lea Learner")
    stranger.sees(title)


def other_school_sees_nothing(browser: Browser, address: str, database: TestDatabase, width: int, title: str) -> None:
    name = new_id().hex[-8:]
    owner = f"owner-{name}@inland.example"
    open_school(database, f"Inland {name}", owner)
    with somebody(browser, address, width) as stranger:
        stranger.sign_in(owner)
        for path in ("/catalogue", "/teach/courses", "/teach/cohorts", "/admin/people", "/admin/catalogue"):
            stranger.go(path)
            expect(stranger.page.locator("body")).not_to_contain_text(title)
            expect(stranger.page.locator("body")).not_to_contain_text("Lea Learner")
