"""Reports count what is there; certificates can be looked through and revoked."""

import csv
import io
from datetime import timedelta
from uuid import uuid4

from scholr.contexts.learning import facade as learning
from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from scholr.web.admin.reports_view import Bar, as_csv, finding, stuck
from tests.support.accounts import account, browser
from tests.support.client import api_client
from tests.support.clock import MovableClock
from tests.support.learning import teach
from tests.support.school import School


def row(
    title: str = "Reading Evidence", *, begun: int = 0, completed: int = 0, learners: int = 10
) -> learning.CourseReport:
    return learning.CourseReport(uuid4(), title, "published", learners, 0, 0, begun, begun, completed, 50)


async def test_the_figures_are_those_of_this_moment(platform: Platform, school: School, clock: MovableClock) -> None:
    taught = await teach(school, lessons=2)
    learners = [await school.person(Role.LEARNER) for _ in range(4)]
    for learner in learners:
        await taught.seat(learner)
    await taught.complete(learners[0])
    await taught.complete(learners[1], 0)
    clock.advance(timedelta(days=8))
    await taught.complete(learners[2], 0)
    async with api_client(platform, school.tenant_id) as client:
        answer = await client.get("/admin/reports/courses.csv")
        page = (await client.get("/admin/reports", headers={"Accept": "text/html"})).text
        [found] = (await client.get("/api/reports/courses")).json()["items"]
    assert (found["learners"], found["begun"], found["completed"], found["completion_rate"]) == (4, 3, 1, 0.25)
    assert answer.headers["content-type"].startswith("text/csv")
    [line] = csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff")))
    assert line == {
        "course": "Reading Evidence",
        "status": "published",
        "learners": "4",
        "waiting": "0",
        "begun": "3",
        "active_7_days": "1",
        "completed": "1",
        "completion_rate": "0.2500",
        "median_progress": "50",
    }
    assert "1 of 4 learners was here this week" in page
    assert "Show as table" in page


async def test_only_those_who_oversee_see_reports(platform: Platform, school: School, other_school: School) -> None:
    await teach(school, title="Secret of Aldersea")
    for role, status in ((Role.LEARNER, 403), (Role.INSTRUCTOR, 403), (Role.AUDITOR, 200)):
        async with browser(platform, await account(school, role)) as client:
            assert (await client.get("/admin/reports")).status_code == status
            assert (await client.get("/admin/reports/courses.csv")).status_code == status
    taught = await teach(school, title="Secret of Aldersea")
    await taught.seat(await school.person(Role.LEARNER))
    async with browser(platform, await account(other_school, Role.ADMIN)) as client:
        assert "Secret of Aldersea" not in (await client.get("/admin/reports")).text


async def test_a_certificate_is_revoked_from_the_list(platform: Platform, school: School) -> None:
    admin, taught, learner = await account(school, Role.ADMIN), await teach(school, lessons=1), await account(school)
    await taught.seat(learner.actor)
    await taught.complete(learner.actor)
    [held] = await learning.certificates(platform, learner.actor)
    path = f"/admin/reports/certificates/{held.id}/revoke"
    async with browser(platform, admin) as client:
        assert held.number in (await client.get("/admin/reports/certificates")).text
        assert (await client.post(path, data={"reason": " "})).status_code == 422
        assert (await client.post(path, data={"reason": "Issued by mistake"})).status_code == 303
        assert "Issued by mistake" in (await client.get("/admin/reports/certificates")).text
    async with browser(platform, learner) as client:
        assert "Issued by mistake" in (await client.get("/learn/certificates")).text


def test_titles_that_look_like_formulae_are_not_run_by_a_spreadsheet() -> None:
    text = as_csv([row('=HYPERLINK("https://evil.example")'), row("+1"), row("Plain")])
    cells = [line[0] for line in csv.reader(io.StringIO(text.lstrip("\ufeff")))][1:]
    assert cells == ['\'=HYPERLINK("https://evil.example")', "'+1", "Plain"]


def test_the_course_to_look_at_is_the_one_where_most_get_stuck() -> None:
    fine, slow, small = row(begun=9, completed=8), row(begun=9, completed=1), row(begun=2, completed=0)
    assert stuck([fine, slow, small]) is slow
    assert stuck([fine, small]) is None


def test_a_chart_says_what_it_shows() -> None:
    def said(*values: int) -> str:
        bars: list[Bar] = [(str(at), value) for at, value in enumerate(values)]
        return finding(bars, "enrolment", "enrolments", "Nobody enrolled")

    assert said(0, 0) == "Nobody enrolled"
    assert said(3, 5) == "5 enrolments this week, more than the 3 of the week before"
    assert said(3, 1) == "1 enrolment this week, fewer than the 3 of the week before"
    assert said(2, 2) == "2 enrolments this week, as in the week before"
    assert said(0, 2) == "2 enrolments this week, after none the week before"
