"""The cohorts that one runs, and opening another."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.enrollment.facade import CohortDraft, CohortMode, CohortStatus, CohortView
from scholr.kernel.actor import Actor
from scholr.kernel.errors import DomainError, ErrorKind, Invalid
from scholr.kernel.ids import parse_id
from scholr.kernel.moments import read_day
from scholr.kernel.text import whole_number
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.context import request_context
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require
from scholr.web.forms import Form, errors_of, read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash
from scholr.web.teach.cohorts_view import spelled

COHORTS = "/teach/cohorts"
OTHER_COURSES = 200
_DATES = ("opens_at", "closes_at", "starts_at", "ends_at")
LABELS = {
    "course_id": "Course",
    "name": "Name",
    "capacity": "Seats",
    "opens_at": "Enrolment opens",
    "closes_at": "Enrolment closes",
    "starts_at": "Begins",
    "ends_at": "Ends",
}


@page_get("/teach")
async def teach_home() -> Response[Any]:
    return redirect(COHORTS)


@page_get(COHORTS)
async def cohorts(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    require(actor, enrollment.SEE_COHORTS)
    before = parse_id(request.query_params.get("before", ""))
    async with platform.db.read(actor.tenant_id) as rx:
        page = await enrollment.cohorts_for(rx, actor, before=before)
        courses = await catalog.list_courses(rx, list({each.course_id for each in page.items}))
        names = await enrollment.instructor_names(rx, [each.id for each in page.items])
    now = platform.clock.now()
    return show(
        request,
        "teach/cohorts.html",
        title="Cohorts",
        area="teach",
        crumbs=(Crumb(label="Cohorts"),),
        cohorts=page.items,
        states={each.id: state_of(each, now) for each in page.items},
        courses={key: course.title for key, course in courses.items()},
        instructors=names,
        sentence=_sentence(page.items, now),
        next_href=f"?before={page.next_cursor}" if page.next_cursor else None,
        is_first_page=before is None,
        may_manage=may(actor, enrollment.MANAGE_COHORTS),
    )


def state_of(cohort: CohortView, now: datetime) -> tuple[str, str]:
    """What a cohort is doing, as words and a tone."""
    if cohort.ends_at is not None and cohort.ends_at <= now:
        return "Over", "off"
    if cohort.status == CohortStatus.CLOSED:
        return "Closed", "off"
    if cohort.taken >= cohort.capacity:
        return "Full", "warn"
    if cohort.starts_at is not None and cohort.starts_at > now:
        return "Not begun", "accent"
    return "Running", "good"


def _sentence(found: Sequence[CohortView], now: datetime) -> str:
    """What is the case over all cohorts that are shown."""
    running = sum(state_of(each, now)[0] in ("Running", "Full") for each in found)
    asking = sum(each.pending for each in found)
    waiting = sum(each.waiting for each in found)
    said = "One cohort is running" if running == 1 else f"{spelled(running)} cohorts are running"
    if asking:
        return f"{said}, and {asking} {'person asks' if asking == 1 else 'people ask'} to take part"
    if waiting:
        return f"{said}, and {waiting} {'person waits' if waiting == 1 else 'people wait'} for a seat"
    return said


@page_get("/teach/cohorts/new")
async def new_cohort(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    require(actor, enrollment.MANAGE_COHORTS)
    return await _form(request, actor, platform, None)


@page_post(COHORTS)
async def create(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    require(actor, enrollment.MANAGE_COHORTS)
    form = await read_form(request)
    try:
        course_id = parse_id(form.text("course_id"))
        if course_id is None:
            raise Invalid(fields={"course_id": "Choose what the cohort is about."})
        draft = draft_from(form, CohortDraft(capacity=0), time_zone_of(request))
        found = await enrollment.create_cohort(platform, actor, course_id=course_id, draft=draft)
    except DomainError as error:
        return await _form(request, actor, platform, None, form, error)
    return redirect(f"{COHORTS}/{found.id}", flash=Flash(text=f"“{found.name}” is open. Now bring people in."))


@page_get("/teach/cohorts/{cohort_id:uuid}/settings")
async def settings(
    request: PageRequest, cohort_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    return await _form(request, actor, platform, await _managed(platform, actor, cohort_id))


@page_post("/teach/cohorts/{cohort_id:uuid}/settings")
async def save_settings(
    request: PageRequest, cohort_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    found = await _managed(platform, actor, cohort_id)
    form = await read_form(request)
    try:
        draft = draft_from(form, enrollment.draft_of(found), time_zone_of(request))
        await enrollment.change_cohort(platform, actor, cohort_id=cohort_id, draft=draft)
    except DomainError as error:
        if error.kind not in (ErrorKind.INVALID, ErrorKind.CONFLICT):
            raise
        return await _form(request, actor, platform, found, form, error)
    return redirect(f"{COHORTS}/{cohort_id}", flash=Flash(text="Saved."))


@page_post("/teach/cohorts/{cohort_id:uuid}/status")
async def set_status(
    request: PageRequest, cohort_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """Close to newcomers, or open again; whoever waits gets the free seats when it opens."""
    found = await _managed(platform, actor, cohort_id)
    status = CohortStatus.CLOSED if (await read_form(request)).text("status") == "closed" else CohortStatus.OPEN
    draft = replace(enrollment.draft_of(found), status=status)
    await enrollment.change_cohort(platform, actor, cohort_id=cohort_id, draft=draft)
    text = "Closed: nobody else gets in." if status is CohortStatus.CLOSED else "Open again."
    return redirect(f"{COHORTS}/{cohort_id}", flash=Flash(text=text))


async def _managed(platform: Platform, actor: Actor, cohort_id: UUID) -> CohortView:
    require(actor, enrollment.MANAGE_COHORTS)
    async with platform.db.read(actor.tenant_id) as rx:
        return await enrollment.access_cohort(rx, actor, cohort_id)


async def _form(
    request: PageRequest,
    actor: Actor,
    platform: Platform,
    cohort: CohortView | None,
    form: Form | None = None,
    error: DomainError | None = None,
) -> Response[Any]:
    """The settings of a new cohort, or of one that exists; what was typed is kept."""
    async with platform.db.read(actor.tenant_id) as rx:
        shelf = (await catalog.shelf(rx, status=None, limit=OTHER_COURSES)).items if cohort is None else ()
        course = await catalog.course(rx, cohort.course_id) if cohort else None
    last = Crumb(label="Settings") if cohort else Crumb(label="New cohort")
    trail = (Crumb(label=cohort.name, href=f"{COHORTS}/{cohort.id}"), last) if cohort else (last,)
    return show(
        request,
        "teach/cohort_settings.html",
        title=cohort.name if cohort else "New cohort",
        area="teach",
        crumbs=(Crumb(label="Cohorts", href=COHORTS), *trail),
        status_code=422 if error else 200,
        cohort=cohort,
        course=course,
        courses=[(str(line.id), line.title) for line in shelf if line.status is not catalog.CourseStatus.ARCHIVED],
        values=_values(request, cohort, form, time_zone_of(request)),
        errors=_errors(error) if error else {},
        labels=LABELS,
    )


def _errors(error: DomainError) -> Mapping[str, str]:
    return errors_of(error, "capacity")


def time_zone_of(request: PageRequest) -> ZoneInfo:
    viewer = request_context(request.scope).viewer
    return ZoneInfo(viewer.time_zone if viewer else "UTC")


def draft_from(form: Form, before: CohortDraft, zone: ZoneInfo) -> CohortDraft:
    """What the form says; raises Invalid for what is no number and no date. Ends count to the end of their day."""
    fields: dict[str, str] = {}
    moments = {name: _moment(form, name, zone, fields) for name in _DATES}
    seats = whole_number(form.text("capacity").replace(" ", "").replace(",", ""), digits=7)
    if seats is None:
        fields["capacity"] = "A number of seats, such as 30."
    if fields:
        raise Invalid(fields=fields)
    return replace(
        before,
        name=form.text("name") or None,
        capacity=seats or 0,
        mode=CohortMode(form.text("mode")) if form.text("mode") in set(CohortMode) else before.mode,
        waitlist=form.checked("waitlist"),
        opens_at=moments["opens_at"],
        closes_at=moments["closes_at"],
        starts_at=moments["starts_at"],
        ends_at=moments["ends_at"],
    )


def _moment(form: Form, name: str, zone: ZoneInfo, fields: dict[str, str]) -> datetime | None:
    text = form.text(name)
    if not text:
        return None
    try:
        day = read_day(text)
    except ValueError:
        fields[name] = "A day, such as 2026-09-01."
        return None
    is_end = name in ("closes_at", "ends_at")
    return datetime.combine(day + timedelta(days=is_end), time(), zone).astimezone(UTC)


def day_of(moment: datetime | None, zone: ZoneInfo, *, is_end: bool) -> str:
    """The day that the form shows for a moment; the end of a day is shown as that day."""
    if moment is None:
        return ""
    return (moment.astimezone(zone) - timedelta(microseconds=is_end)).date().isoformat()


def _values(request: PageRequest, cohort: CohortView | None, form: Form | None, zone: ZoneInfo) -> dict[str, Any]:
    if form is not None:
        names = ("course_id", "name", "capacity", "mode", *_DATES)
        return {**{name: form.text(name) for name in names}, "waitlist": form.checked("waitlist")}
    if cohort is None:
        course = request.query_params.get("course", "")
        return {"course_id": course, "name": "", "capacity": "30", "mode": "self", "waitlist": True} | dict.fromkeys(
            _DATES, ""
        )
    dates = {name: day_of(getattr(cohort, name), zone, is_end=name in ("closes_at", "ends_at")) for name in _DATES}
    return {"name": cohort.name, "capacity": cohort.capacity, "mode": cohort.mode, "waitlist": cohort.waitlist, **dates}


ROUTES = (teach_home, cohorts, new_cohort, create, settings, save_settings, set_status)
