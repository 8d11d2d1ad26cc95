"""What completes a course, and what it earns."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.catalog import facade as catalog
from scholr.contexts.learning import facade as learning
from scholr.kernel.actor import Actor
from scholr.kernel.ids import parse_id
from scholr.kernel.text import whole_number
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require
from scholr.web.forms import Form, errors_of, read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash
from scholr.web.teach.course_outline import course_crumbs, course_tabs

COMPLETION = "/teach/courses/{course_id:uuid}/completion"
MOST_ASSESSMENTS = 200


@page_get(COMPLETION)
async def completion(
    request: PageRequest, course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    return await _completion(request, course_id, actor, platform)


async def _completion(
    request: PageRequest,
    course_id: UUID,
    actor: Actor,
    platform: Platform,
    form: Form | None = None,
    error: learning.InvalidRule | None = None,
) -> Response[Any]:
    require(actor, catalog.SEE_DRAFTS)
    async with platform.db.read(actor.tenant_id) as rx:
        course = await catalog.require_draft(rx, course_id)
        rule = await learning.course_rule(rx, course_id)
        found = await assessment.assessments_of_course(rx, course_id, hidden=True, limit=MOST_ASSESSMENTS)
        figures = (await learning.course_figures(rx, active_since=platform.clock.now())).get(course_id)
    return show(
        request,
        "teach/completion.html",
        title=f"{course.title}: completion",
        area="teach",
        crumbs=course_crumbs(course, Crumb(label="Completion")),
        status_code=422 if error else 200,
        course=course,
        values=_sent(form) if form else _kept(rule),
        assessments=found.items,
        figures=figures,
        tabs=course_tabs(course_id),
        may_edit=may(actor, learning.SET_RULES),
        errors=errors_of(error, "all_lessons") if error else {},
    )


@page_post(COMPLETION)
async def save(
    request: PageRequest, course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    form = await read_form(request)
    try:
        rule = _rule(form)
        await learning.set_rule(platform, actor, course_id=course_id, rule=rule)
    except learning.InvalidRule as error:
        return await _completion(request, course_id, actor, platform, form, error)
    return redirect(
        f"/teach/courses/{course_id}/completion", flash=Flash(text="Saved. Everybody’s progress was measured again.")
    )


def _rule(form: Form) -> learning.CourseRule:
    """What the form asks for; a score or a time without its box counts for nothing. Raises InvalidRule."""
    wanted = [found for each in form.many("assessments") if (found := parse_id(each)) is not None]
    percent = _number(form, "min_score") if form.checked("scores") else 0
    minutes = _number(form, "view_minutes") if form.checked("time") else 0
    months = _number(form, "valid_months") if form.checked("expires") else None
    return learning.CourseRule(
        rule=learning.CompletionRule(
            all_lessons=form.checked("all_lessons"), min_score_bp=percent * 100, min_view_seconds=minutes * 60
        ),
        certificate=form.checked("certificate"),
        valid_months=months,
        assessment_ids=tuple(wanted) if percent else (),
    )


def _number(form: Form, name: str) -> int:
    number = whole_number(form.text(name), digits=7)
    if not number:
        raise learning.InvalidRule(fields={name: "a whole number above 0, or untick the box"})
    return number


def _kept(rule: learning.CourseRule) -> dict[str, Any]:
    return {
        "all_lessons": rule.rule.all_lessons,
        "scores": bool(rule.rule.min_score_bp),
        "min_score": str(rule.rule.min_score_bp // 100 or 70),
        "assessments": [str(each) for each in rule.assessment_ids],
        "time": bool(rule.rule.min_view_seconds),
        "view_minutes": str(rule.rule.min_view_seconds // 60 or 30),
        "certificate": rule.certificate,
        "expires": rule.valid_months is not None,
        "valid_months": str(rule.valid_months or 24),
    }


def _sent(form: Form) -> dict[str, Any]:
    boxes = {name: form.checked(name) for name in ("all_lessons", "scores", "time", "certificate", "expires")}
    texts = {name: form.text(name) for name in ("min_score", "view_minutes", "valid_months")}
    return {**boxes, **texts, "assessments": form.many("assessments")}


ROUTES: tuple[Any, ...] = (completion, save)
