"""One cohort: its people, who is behind, who waits or asks."""

from collections.abc import Mapping, Sequence
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
from scholr.contexts.identity import facade as identity
from scholr.contexts.learning import facade as learning
from scholr.contexts.learning.facade import Measure, Need, PaceGroup
from scholr.kernel.actor import Actor
from scholr.platform.audit import note
from scholr.platform.db.unit import ReadUnit
from scholr.platform.http.api import page_get
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.ratelimit.quotas import EXPENSIVE
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require
from scholr.web.page import PageRequest, show
from scholr.web.shell import Crumb
from scholr.web.teach.cohorts import COHORTS, state_of
from scholr.web.teach.cohorts_view import PersonLine, dot_chart, examples, groups_of, headline, lines_of, reasons

SHOWN = 100
WAITING_SHOWN = 100
EXPORTED_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class View:
    """What the address asks of the roster; unknown values ask nothing. `why` is a Need, `show` a PaceGroup."""

    text: str = ""
    show: str = "all"
    why: str = ""
    sort: str = "standing"
    descending: bool = False

    @staticmethod
    def of(asked: Mapping[str, str]) -> "View":
        """From a query or from the hidden fields of a form."""
        said = {name: asked.get(name, "").replace("\x00", "")[:200] for name in ("q", "show", "why", "sort")}
        return View(
            said["q"].strip(),
            said["show"] if said["show"] in set(PaceGroup) else "all",
            said["why"] if said["why"] in set(Need) else "",
            said["sort"] if said["sort"] in learning.ROSTER_SORTS else "standing",
            asked.get("dir") == "down",
        )

    @property
    def narrows(self) -> bool:
        return bool(self.text or self.why or self.show != "all")

    @property
    def wanted(self) -> learning.RosterFilter:
        group = None if self.show == "all" else PaceGroup(self.show)
        return learning.RosterFilter(self.text, group, Need(self.why) if self.why else None)

    def query(self, **changes: str) -> str:
        down = "down" if self.descending else ""
        own = {"q": self.text, "show": self.show, "why": self.why, "sort": self.sort, "dir": down}
        plain = {"show": "all", "sort": "standing"}
        asked = {**own, **changes}
        return "?" + urlencode({name: value for name, value in asked.items() if value and plain.get(name) != value})


@page_get("/teach/cohorts/{cohort_id:uuid}")
async def cohort(
    request: PageRequest, cohort_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    return await show_cohort(request, actor, platform, cohort_id)


def measured(found: enrollment.CohortView, lessons: int, now: datetime) -> learning.CohortOf:
    return learning.CohortOf(found.id, found.course_id, Measure.of(lessons, found.starts_at, found.ends_at, now))


@dataclass(frozen=True, slots=True)
class Roster:
    """A page of the roster with its averages, the figures over everybody, and who waits or asks."""

    page: learning.RosterPage
    lines: Sequence[PersonLine]
    figures: Sequence[learning.RosterFigure]
    names: Mapping[Any, str]
    waiting: Sequence[enrollment.RosterPerson]

    def waiting_as(self, status: str) -> list[enrollment.RosterPerson]:
        return [each for each in self.waiting if each.status == status]

    def turned(self, view: View) -> dict[str, str | None]:
        """Where the pages before and after this one are."""
        return {
            "previous_href": view.query(before=self.page.before) if self.page.before else None,
            "next_href": view.query(after=self.page.after) if self.page.after else None,
        }


async def show_cohort(
    request: PageRequest,
    actor: Actor,
    platform: Platform,
    cohort_id: UUID,
    add_error: str | None = None,
    email: str = "",
) -> Response[Any]:
    require(actor, enrollment.SEE_COHORTS)
    view, now = View.of(request.query_params), platform.clock.now()
    async with platform.db.read(actor.tenant_id) as rx:
        found = await enrollment.access_cohort(rx, actor, cohort_id)
        front = await catalog.require_front(rx, found.course_id)
        group = measured(found, len(front.outline.lessons), now)
        roster = await _roster(rx, request, found, group, view)
    await note(platform, actor, enrollment.ROSTER_READ, cohort_id)
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
        sentence=headline(found, roster.figures, now),
        week=_week(found, now),
        chart=dot_chart(roster.figures, front.outline, group.measure),
        reasons=reasons(roster.figures, roster.names, now),
        lines=roster.lines,
        matching=roster.page.matching,
        **roster.turned(view),
        groups=groups_of(roster.figures, group.measure),
        view=view,
        asking=roster.waiting_as("pending"),
        queue=roster.waiting_as("waitlisted"),
        may_manage=may(actor, enrollment.MANAGE_COHORTS),
        add_error=add_error,
        add_email=email,
    )


async def _roster(
    rx: ReadUnit, request: PageRequest, found: enrollment.CohortView, group: learning.CohortOf, view: View
) -> Roster:
    """Five statements at most, whatever the number of people."""
    asked = request.query_params
    figures = await learning.roster_figures(rx, group)
    page = await learning.roster_page(
        rx,
        group,
        view.wanted,
        sort=view.sort,
        descending=view.descending,
        after=asked.get("after"),
        before=asked.get("before"),
        limit=SHOWN,
    )
    averages = await assessment.averages_in(rx, group.course_id, [each.learner_id for each in page.lines])
    few = examples(figures)
    people = await identity.members(rx, few) if few else {}
    somebody_waits = found.pending or found.waiting
    return Roster(
        page,
        lines_of(page.lines, averages, group.measure),
        figures,
        {key: person.name for key, person in people.items()},
        await enrollment.waiting_people(rx, found.id, limit=WAITING_SHOWN) if somebody_waits else [],
    )


def _week(found: enrollment.CohortView, now: datetime) -> str | None:
    """Week 8 of 13, while the cohort runs between two dates."""
    if found.starts_at is None or found.ends_at is None or not found.starts_at <= now < found.ends_at:
        return None
    weeks = -(-(found.ends_at - found.starts_at) // timedelta(weeks=1))
    return f"Week {(now - found.starts_at) // timedelta(weeks=1) + 1} of {weeks}"


@page_get("/teach/cohorts/{cohort_id:uuid}/roster.csv", cost=EXPENSIVE)
async def export(cohort_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    """Everybody with a seat by name, as a file that spreadsheets open."""
    require(actor, enrollment.SEE_COHORTS)
    async with platform.db.read(actor.tenant_id) as rx:
        found = await enrollment.access_cohort(rx, actor, cohort_id)
        outline = await catalog.outline(rx, found.course_id)
        group = measured(found, len(outline.lessons), platform.clock.now())
        lines = await _everybody(rx, group)
    await note(platform, actor, enrollment.ROSTER_EXPORTED, cohort_id)
    head = ("name", "email", "since", "lessons_done", "lessons", "standing", "last_seen", "average_percent")
    text = enrollment.csv_text(head, [_csv_line(line) for line in lines])
    headers = {"content-disposition": f'attachment; filename="roster-{cohort_id}.csv"', "cache-control": "no-store"}
    return Response(text, media_type="text/csv", headers=headers)


async def _everybody(rx: ReadUnit, group: learning.CohortOf) -> list[PersonLine]:
    found: list[PersonLine] = []
    after: str | None = None
    while True:
        page = await learning.roster_page(
            rx, group, learning.RosterFilter(), sort="name", after=after, limit=EXPORTED_AT_ONCE
        )
        averages = await assessment.averages_in(rx, group.course_id, [each.learner_id for each in page.lines])
        found += lines_of(page.lines, averages, group.measure)
        after = page.after
        if after is None:
            return found


def _csv_line(line: PersonLine) -> tuple[object, ...]:
    person = line.person
    seen = person.seen_at.isoformat(timespec="minutes") if person.seen_at else ""
    average = "" if line.average is None else round(line.average, 1)
    since = person.since.date().isoformat()
    return person.name, person.email, since, person.done, line.total, line.standing.label, seen, average


ROUTES = (cohort, export)
