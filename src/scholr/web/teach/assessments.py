"""The assessments of a course: make, arrange, show or hide, settings."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.assessment.errors import BankNotFound, InvalidAssessment
from scholr.contexts.assessment.facade import AssessmentView, Entry, QuestionType
from scholr.contexts.catalog import facade as catalog
from scholr.kernel.actor import Actor
from scholr.kernel.ids import parse_id
from scholr.kernel.text import whole_number
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.context import request_context
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.web.forms import Form, errors_of, read_form
from scholr.web.learn.quiz_view import first_line, in_words
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash
from scholr.web.teach import assessments_settings as settings
from scholr.web.teach.assessments_fields import HINTS, NAMES
from scholr.web.teach.course_outline import course_tabs


def zone_of(request: PageRequest) -> ZoneInfo:
    viewer = request_context(request.scope).viewer
    return ZoneInfo(viewer.time_zone if viewer else "UTC")


async def crumbs_for(
    platform: Platform, actor: Actor, course_id: UUID, *more: Crumb, title: str = ""
) -> tuple[Crumb, ...]:
    """`title` is the course's, where it was looked up already."""
    if not title:
        async with platform.db.read(actor.tenant_id) as rx:
            title = (await catalog.access_course(rx, actor, course_id)).title
    return (
        Crumb(label="Courses", href="/teach/courses"),
        Crumb(label=title, href=f"/teach/courses/{course_id}"),
        Crumb(label="Assessments", href=f"/teach/courses/{course_id}/assessments"),
        *more,
    )


@page_get("/teach/courses/{course_id:uuid}/assessments")
async def course_assessments(
    request: PageRequest, course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    return await _course_page(request, actor, platform, course_id)


async def _course_page(
    request: PageRequest, actor: Actor, platform: Platform, course_id: UUID, error: InvalidAssessment | None = None
) -> Response[Any]:
    page = await assessment.activity(platform, actor, course_id=course_id, limit=200)
    crumbs = await crumbs_for(platform, actor, course_id)
    return show(
        request,
        "teach/assessments.html",
        tabs=course_tabs(course_id),
        title="Assessments",
        area="teach",
        crumbs=(*crumbs[:-1], Crumb(label="Assessments")),
        status_code=200 if error is None else 422,
        course_id=course_id,
        lines=page.items,
        errors=errors_of(error, "title") if error else {},
        headline=in_words(len(page.items), "assessment", "assessments") + " in this course",
    )


@page_post("/teach/courses/{course_id:uuid}/assessments")
async def create(
    request: PageRequest, course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """A new assessment stays hidden until its author shows it."""
    form = await read_form(request)
    try:
        made = await assessment.create_assessment(
            platform, actor, course_id=course_id, title=form.text("title"), hidden=True
        )
    except InvalidAssessment as error:
        return await _course_page(request, actor, platform, course_id, error)
    return redirect(f"/teach/assessments/{made}")


@page_get("/teach/assessments/{assessment_id:uuid}")
async def overview(
    request: PageRequest, assessment_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    return await _overview(request, actor, platform, assessment_id)


async def _overview(
    request: PageRequest,
    actor: Actor,
    platform: Platform,
    assessment_id: UUID,
    errors: dict[str, str] | None = None,
) -> Response[Any]:
    view, entries = await assessment.authored_entries(platform, actor, assessment_id=assessment_id)
    banks = await assessment.list_banks(platform, actor, limit=200)
    return show(
        request,
        "teach/assessment.html",
        title=view.title,
        area="teach",
        crumbs=await crumbs_for(platform, actor, view.course_id, Crumb(label=view.title)),
        status_code=422 if errors else 200,
        quiz=view,
        entries=entries,
        banks=banks.items,
        bank_options=[(bank.id, f"{bank.title} ({bank.question_count})") for bank in banks.items],
        names=NAMES,
        hints=HINTS,
        types=list(QuestionType),
        answer=_answer_line,
        first_line=first_line,
        headline=_headline(view),
        errors=errors or {},
    )


def _headline(view: AssessmentView) -> str:
    if not view.question_count:
        return "Write the first question"
    count = in_words(view.question_count, "question", "questions")
    if view.possible_micro is None:
        return count
    points = assessment.points_number(view.possible_micro)
    return f"{count}, {points:g} {'point' if points == 1 else 'points'}"


def _answer_line(entry: Entry) -> str:
    return " · ".join(assessment.correct_texts(entry.question)) if entry.question else ""


@page_post("/teach/assessments/{assessment_id:uuid}/visibility")
async def set_visibility(
    request: PageRequest, assessment_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    hidden = (await read_form(request)).text("hidden") == "yes"
    await assessment.update_assessment(platform, actor, assessment_id=assessment_id, hidden=hidden)
    text = "Hidden from learners. Attempts that run go on." if hidden else "Learners of the course can see it now."
    return redirect(f"/teach/assessments/{assessment_id}", flash=Flash(text=text))


@page_post("/teach/assessments/{assessment_id:uuid}/move")
async def move_entry(
    request: PageRequest, assessment_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """One place up or down, for who cannot drag."""
    form = await read_form(request)
    _, entries = await assessment.authored_entries(platform, actor, assessment_id=assessment_id)
    order = [entry.id for entry in entries]
    entry_id, step = parse_id(form.text("entry")), -1 if form.text("to") == "up" else 1
    place = order.index(entry_id) if entry_id in order else -1
    if place >= 0 and 0 <= place + step < len(order):
        order[place], order[place + step] = order[place + step], order[place]
        await assessment.arrange_entries(platform, actor, assessment_id=assessment_id, order=order)
    return redirect(f"/teach/assessments/{assessment_id}")


@page_post("/teach/assessments/{assessment_id:uuid}/draws")
async def add_draw(
    request: PageRequest, assessment_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    form = await read_form(request)
    bank_id = parse_id(form.text("bank"))
    try:
        if bank_id is None:
            raise BankNotFound
        number = whole_number(form.text("count"), digits=5) or 0
        await assessment.add_draw(platform, actor, assessment_id=assessment_id, bank_id=bank_id, count=number)
    except InvalidAssessment as error:
        problems = {name: f"The number {problem}." for name, problem in error.fields.items()}
        return await _overview(request, actor, platform, assessment_id, problems)
    except BankNotFound:
        return await _overview(request, actor, platform, assessment_id, {"bank": "Choose a bank."})
    return redirect(f"/teach/assessments/{assessment_id}")


@page_post("/teach/assessments/{assessment_id:uuid}/draws/{draw_id:uuid}/remove")
async def remove_draw(
    assessment_id: FromPath[UUID], draw_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    await assessment.remove_draw(platform, actor, assessment_id=assessment_id, draw_id=draw_id)
    return redirect(f"/teach/assessments/{assessment_id}", flash=Flash(text="The draw was taken out."))


@page_get("/teach/assessments/{assessment_id:uuid}/settings")
async def edit_settings(
    request: PageRequest, assessment_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    view = await assessment.access_assessment(platform, actor, assessment_id)
    fields = settings.fields_of_policy(view.policy, zone_of(request))
    return await _settings_page(request, actor, platform, view, fields, view.title, {})


async def _settings_page(
    request: PageRequest,
    actor: Actor,
    platform: Platform,
    view: AssessmentView,
    fields: settings.SettingsFields,
    title: str,
    errors: dict[str, str],
) -> Response[Any]:
    link = Crumb(label=view.title, href=f"/teach/assessments/{view.id}")
    return show(
        request,
        "teach/assessment_settings.html",
        title=f"Settings: {view.title}",
        area="teach",
        crumbs=await crumbs_for(platform, actor, view.course_id, link, Crumb(label="Settings")),
        status_code=422 if errors else 200,
        quiz=view,
        fields=fields,
        quiz_title=title,
        errors=errors,
        choices=settings,
        zone=str(zone_of(request)),
    )


@page_post("/teach/assessments/{assessment_id:uuid}/settings")
async def save_settings(
    request: PageRequest, assessment_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    form = await read_form(request)
    view = await assessment.access_assessment(platform, actor, assessment_id)
    fields = settings.fields_from_form(form)
    try:
        await _save(platform, actor, view, form, fields, zone_of(request))
    except InvalidAssessment as error:
        problems = settings.control_errors(error.fields) or {"title": error.message}
        return await _settings_page(request, actor, platform, view, fields, form.text("title"), problems)
    return redirect(f"/teach/assessments/{assessment_id}", flash=Flash(text="The settings are saved."))


async def _save(
    platform: Platform,
    actor: Actor,
    view: AssessmentView,
    form: Form,
    fields: settings.SettingsFields,
    zone: ZoneInfo,
) -> None:
    await assessment.update_assessment(
        platform,
        actor,
        assessment_id=view.id,
        title=form.text("title"),
        settings=lambda policy: settings.policy_from_fields(fields, policy, zone),
    )


ROUTES: tuple[Any, ...] = (
    course_assessments,
    create,
    overview,
    set_visibility,
    move_entry,
    add_draw,
    remove_draw,
    edit_settings,
    save_settings,
)
