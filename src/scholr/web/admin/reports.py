"""Reports, computed when they are looked at; and the certificates that were issued."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.learning import facade as learning
from scholr.kernel.actor import Actor
from scholr.platform.audit import note
from scholr.platform.db.unit import ReadUnit
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.context import RequestContext
from scholr.platform.http.given import TheActor, TheContext, ThePlatform
from scholr.platform.ratelimit.quotas import EXPENSIVE
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require
from scholr.web.admin.reports_view import Bar, Totals, as_csv, finding, headline, stuck
from scholr.web.forms import read_form
from scholr.web.localisation import skeleton, viewing
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash

WEEKS = 8
REPORTS = "/admin/reports"
ISSUED = f"{REPORTS}/certificates"


@dataclass(frozen=True, slots=True)
class _Weeks:
    """By the moment that a week began: enrolments, and lessons completed."""

    begun: list[tuple[datetime, int]]
    done: list[tuple[datetime, int]]


@page_get(REPORTS, cost=EXPENSIVE)
async def reports(request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform) -> Response[Any]:
    """Seven statements: the session, seats, figures, courses, two by week, and one number. From a replica if any."""
    require(actor, learning.SEE_REPORTS)
    now = platform.clock.now()
    rows, totals, weeks = await platform.db.read_anywhere(actor.tenant_id, lambda rx: _figures(rx, context, now))
    begun, done = _bars(weeks.begun, context, now), _bars(weeks.done, context, now)
    return show(
        request,
        "admin/reports.html",
        title="Reports",
        area="admin",
        crumbs=(Crumb(label="Reports"),),
        headline=headline(rows, totals),
        rows=rows,
        totals=totals,
        stuck=stuck(rows),
        begun=begun,
        begun_finding=finding(begun, "enrolment", "enrolments", "Nobody enrolled in these weeks"),
        done=done,
        done_finding=finding(done, "lesson completed", "lessons completed", "No lesson was completed in these weeks"),
        weeks=WEEKS,
    )


@page_get(f"{REPORTS}/courses.csv", cost=EXPENSIVE)
async def reports_csv(actor: TheActor, platform: ThePlatform) -> Response[str]:
    rows = await learning.course_report(platform, actor)
    await note(platform, actor, learning.REPORT_EXPORTED)
    return Response(
        as_csv(rows),
        media_type="text/csv",
        headers={"Content-Disposition": 'attachment; filename="courses.csv"', "Cache-Control": "private, no-store"},
    )


async def _figures(
    rx: ReadUnit, context: RequestContext, now: datetime
) -> tuple[list[learning.CourseReport], Totals, _Weeks]:
    rows = await learning.course_reports(rx, now)
    weeks = await _by_week(rx, context, now)
    totals = Totals(
        learners=await enrollment.enrolled_learners(rx),
        active=await learning.active_learners(rx, since=now - learning.RECENT),
        completed=sum(row.completed for row in rows),
        enrolled_since=sum(row.enrolled for row in rows),
    )
    return rows, totals, weeks


async def _by_week(rx: ReadUnit, context: RequestContext, now: datetime) -> _Weeks:
    zone = context.viewer.time_zone if context.viewer else "UTC"
    since = now - timedelta(weeks=WEEKS - 1)
    enrolled = await enrollment.week_enrolments(rx, since=since, until=now, time_zone=zone)
    figures = await learning.week_figures(rx, since=since, until=now, time_zone=zone)
    return _Weeks(
        begun=[(each.week, each.enrolled) for each in enrolled],
        done=[(each.week, each.lessons_completed) for each in figures],
    )


def _bars(weeks: list[tuple[datetime, int]], context: RequestContext, now: datetime) -> list[Bar]:
    """Labelled by the week's Monday; the week that is running stands out."""
    viewer = context.viewer
    locale, zone = (viewer.locale, viewer.time_zone) if viewer else ("en", "UTC")
    with viewing(locale, zone, now):
        bars: list[Bar] = [(skeleton(week, "MMMd"), many) for week, many in weeks]
    return [*bars[:-1], (bars[-1][0], bars[-1][1], "accent")] if bars else []


@page_get(ISSUED)
async def issued(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    return await _issued(request, actor, platform)


async def _issued(
    request: PageRequest, actor: Actor, platform: Platform, wrong: UUID | None = None, status_code: int = 200
) -> Response[Any]:
    cursor = request.query_params.get("after") or None
    page = await learning.all_certificates(platform, actor, cursor=cursor)
    now = platform.clock.now()
    return show(
        request,
        "admin/certificates.html",
        title="Certificates",
        area="admin",
        crumbs=(Crumb(label="Reports", href=REPORTS), Crumb(label="Certificates")),
        status_code=status_code,
        papers=[(paper, paper.state(now).value) for paper in page.items],
        next_href=f"{ISSUED}?after={page.next_cursor}" if page.next_cursor else None,
        first_href=ISSUED if cursor else None,
        may_revoke=may(actor, learning.REVOKE),
        wrong=wrong,
    )


@page_post(f"{ISSUED}/{{certificate_id:uuid}}/revoke")
async def revoke(
    request: PageRequest, certificate_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """The reason is asked for: the holder reads it beside the certificate."""
    form = await read_form(request)
    try:
        await learning.revoke_certificate(platform, actor, certificate_id=certificate_id, reason=form.text("reason"))
    except learning.InvalidReason:
        return await _issued(request, actor, platform, certificate_id, 422)
    return redirect(ISSUED, flash=Flash(text="The certificate is revoked. Whoever verifies it sees that now."))


ROUTES: tuple[Any, ...] = (reports, reports_csv, issued, revoke)
