"""One cohort: its people, who is behind, who waits or asks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.learning import facade as learning
from scholr.kernel.actor import Actor
from scholr.platform.http.api import page_get
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require
from scholr.web.page import PageRequest, show
from scholr.web.shell import Crumb
from scholr.web.teach.cohorts import COHORTS, state_of
from scholr.web.teach.cohorts_view import (
    SORTS,
    PersonLine,
    dot_chart,
    groups_of,
    headline,
    lines_of,
    reasons,
    sorted_lines,
)

SHOWN = 100


@dataclass(frozen=True, slots=True)
class View:
    """What the address asks of the roster; unknown values ask nothing."""

    text: str
    show: str
    sort: str
    descending: bool

    def query(self, **changes: str) -> str:
        own = {"q": self.text, "show": self.show, "sort": self.sort, "dir": "down" if self.descending else ""}
        plain = {"show": "all", "sort": "standing"}
        asked = {**own, **changes}
        return "?" + urlencode({name: value for name, value in asked.items() if value and plain.get(name) != value})


def view_of(request: PageRequest) -> View:
    asked = {name: request.query_params.get(name, "").replace("\x00", "")[:200] for name in ("q", "show", "sort")}
    sort = asked["sort"] if asked["sort"] in SORTS else "standing"
    return View(asked["q"].strip(), asked["show"] or "all", sort, request.query_params.get("dir") == "down")


@page_get("/teach/cohorts/{cohort_id:uuid}")
async def cohort(
    request: PageRequest, cohort_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    return await show_cohort(request, actor, platform, cohort_id)


async def show_cohort(
    request: PageRequest,
    actor: Actor,
    platform: Platform,
    cohort_id: UUID,
    add_error: str | None = None,
    email: str = "",
) -> Response[Any]:
    require(actor, enrollment.SEE_COHORTS)
    view, now = view_of(request), platform.clock.now()
    async with platform.db.read(actor.tenant_id) as rx:
        found = await enrollment.access_cohort(rx, actor, cohort_id)
        front = await catalog.require_front(rx, found.course_id)
        people = await enrollment.people_of(rx, cohort_id)
        waiting = await enrollment.people_of(rx, cohort_id, statuses=("pending", "waitlisted"), limit=200)
        ids = [each.learner_id for each in people]
        progress = await learning.progress_in(rx, found.course_id, ids)
        averages = await assessment.averages_in(rx, found.course_id, ids)
    lines = lines_of(people, progress, averages, cohort=found, total=len(front.outline.lessons), now=now)
    shown = _shown(lines, view)
    return show(
        request,
        "teach/cohort.html",
        title=found.name,
        area="teach",
        crumbs=(Crumb(label="Cohorts", href=COHORTS), Crumb(label=found.name)),
        status_code=422 if add_error else 200,
        cohort=found,
        course=front.course,
        state=state_of(found, now),
        sentence=headline(found, lines, now),
        week=_week(found, now),
        chart=dot_chart(lines, front.outline, found, now),
        reasons=reasons(lines, now),
        lines=shown[:SHOWN],
        matching=len(shown),
        groups=groups_of(lines),
        view=view,
        asking=[each for each in waiting if each.status == "pending"],
        queue=[each for each in waiting if each.status == "waitlisted"],
        may_manage=may(actor, enrollment.MANAGE_COHORTS),
        add_error=add_error,
        add_email=email,
    )


def _shown(lines: list[PersonLine], view: View) -> list[PersonLine]:
    text = view.text.casefold()
    fitting = [
        line
        for line in lines
        if (view.show in ("all", line.standing.group))
        and (text in line.person.name.casefold() or text in line.person.email.casefold())
    ]
    return sorted_lines(fitting, view.sort, descending=view.descending)


def _week(found: enrollment.CohortView, now: datetime) -> str | None:
    """Week 8 of 13, while the cohort runs between two dates."""
    if found.starts_at is None or found.ends_at is None or not found.starts_at <= now < found.ends_at:
        return None
    weeks = -(-(found.ends_at - found.starts_at) // timedelta(weeks=1))
    return f"Week {(now - found.starts_at) // timedelta(weeks=1) + 1} of {weeks}"


@page_get("/teach/cohorts/{cohort_id:uuid}/roster.csv")
async def export(cohort_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    """Everybody with a seat, as a file that spreadsheets open."""
    require(actor, enrollment.SEE_COHORTS)
    async with platform.db.read(actor.tenant_id) as rx:
        found = await enrollment.access_cohort(rx, actor, cohort_id)
        outline = await catalog.outline(rx, found.course_id)
        people = await enrollment.people_of(rx, cohort_id, limit=100_000)
        ids = [each.learner_id for each in people]
        progress = await learning.progress_in(rx, found.course_id, ids)
        averages = await assessment.averages_in(rx, found.course_id, ids)
    lines = lines_of(people, progress, averages, cohort=found, total=len(outline.lessons), now=platform.clock.now())
    head = ("name", "email", "since", "lessons_done", "lessons", "standing", "last_seen", "average_percent")
    text = enrollment.csv_text(head, [_csv_line(line) for line in lines])
    headers = {"content-disposition": f'attachment; filename="roster-{cohort_id}.csv"', "cache-control": "no-store"}
    return Response(text, media_type="text/csv", headers=headers)


def _csv_line(line: PersonLine) -> tuple[object, ...]:
    since = line.person.since.date().isoformat() if line.person.since else ""
    seen = line.seen_at.isoformat(timespec="minutes") if line.seen_at else ""
    average = "" if line.average is None else round(line.average, 1)
    return line.person.name, line.person.email, since, line.done, line.total, line.standing.label, seen, average


ROUTES = (cohort, export)
