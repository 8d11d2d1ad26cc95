"""Privacy in an organisation: what people ask for, what must stay, how long the rest is kept."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.compliance import facade as compliance
from scholr.contexts.compliance.facade import Rights
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.errors import DomainError, Invalid, NotFound
from scholr.kernel.ids import MembershipId
from scholr.kernel.text import whole_number
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may
from scholr.web.admin import privacy_holds
from scholr.web.admin.privacy_holds import PRIVACY, member_called
from scholr.web.forms import Form, errors_of, read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.privacy_words import KINDS
from scholr.web.shell import Crumb, Flash

RULES = f"{PRIVACY}/rules"
_EXPORT = "export-email"


@page_get(PRIVACY)
async def privacy(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    return await _privacy(request, actor, platform)


async def _privacy(
    request: PageRequest,
    actor: Actor,
    platform: Platform,
    *,
    field: str = "",
    typed: str = "",
    error: DomainError | None = None,
) -> Response[Any]:
    """`field` is the one of the page that the error belongs to, where `typed` is kept."""
    found = await compliance.rights(platform, actor)
    names, titles = await _names(platform, actor, found)
    return show(
        request,
        "admin/privacy.html",
        title="Privacy",
        area="admin",
        crumbs=(Crumb(label="Privacy"),),
        status_code=200 if error is None else 422,
        open_requests=[each for each in found.requests if each.answered_at is None],
        answered=[each for each in found.requests if each.answered_at is not None],
        standing=[each for each in found.holds if each.released_at is None],
        released=[each for each in found.holds if each.released_at is not None],
        exports=found.exports,
        names=names,
        titles=titles,
        kinds=KINDS,
        now=platform.clock.now(),
        may_manage=may(actor, compliance.MANAGE_PRIVACY),
        field=field,
        typed={field: typed},
        errors={field: ", ".join(errors_of(error, field).values())} if error else {},
    )


async def _names(platform: Platform, actor: Actor, found: Rights) -> tuple[dict[UUID, str], dict[UUID, str]]:
    """What the people and the courses of the page are called."""
    people: set[UUID] = {each.learner_id for each in found.requests} | {each.learner_id for each in found.exports}
    people |= {each.learner_id for each in found.holds if each.learner_id}
    courses = {each.course_id for each in found.holds if each.course_id}
    async with platform.db.read(actor.tenant_id) as rx:
        members = await identity.members(rx, _memberships(people)) if people else {}
        listed = await catalog.list_courses(rx, list(courses)) if courses else {}
    titles = {UUID(str(key)): course.title for key, course in listed.items()}
    return {UUID(str(key)): member.name for key, member in members.items()}, titles


def _memberships(ids: Iterable[UUID]) -> list[MembershipId]:
    return [MembershipId(each) for each in ids]


@page_post(f"{PRIVACY}/requests/{{request_id:uuid}}")
async def answer(
    request: PageRequest, request_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    form = await read_form(request)
    done, words = form.text("state") == "done", form.text("answer")
    try:
        await compliance.answer_request(platform, actor, request_id, done=done, answer=words)
    except Invalid as error:
        return await _privacy(request, actor, platform, field=f"answer-{request_id}", typed=words, error=error)
    except compliance.AnsweredAlready:
        return redirect(PRIVACY, flash=Flash(text="It was answered before; that answer stands."))
    return redirect(PRIVACY, flash=Flash(text="The answer is on its way to them by mail."))


@page_post(f"{PRIVACY}/exports")
async def export(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    typed = (await read_form(request)).text("email")
    try:
        learner_id = await member_called(platform, actor, typed)
        if learner_id is None:
            raise compliance.InvalidHold(fields={"email": "say whose data"})
        begun = await compliance.ask_for_export_of(platform, actor, learner_id)
    except Invalid as error:
        return await _privacy(request, actor, platform, field=_EXPORT, typed=typed, error=error)
    except NotFound:
        return redirect(PRIVACY, flash=Flash(text="They are no member any more."))
    said = "The file is being made; the person is told of it." if begun else "A file of theirs is being made already."
    return redirect(PRIVACY, flash=Flash(text=said))


@page_get(RULES)
async def rules(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    return await _rules(request, actor, platform)


async def _rules(
    request: PageRequest, actor: Actor, platform: Platform, form: Form | None = None, error: DomainError | None = None
) -> Response[Any]:
    found = await compliance.rules(platform, actor)
    kind = form.text("kind") if form else ""
    return show(
        request,
        "admin/privacy_rules.html",
        title="What is kept and told",
        area="admin",
        crumbs=(Crumb(label="Privacy", href=PRIVACY), Crumb(label="What is kept and told")),
        status_code=200 if error is None else 422,
        keeping=found.keeping,
        due=sum(each.due for each in found.keeping),
        directory=found.directory,
        may_manage=may(actor, compliance.MANAGE_PRIVACY),
        typed={kind: form.text("days")} if form else {},
        labels={f"days-{each.period.kind}": each.period.title for each in found.keeping},
        errors={f"days-{kind}": ", ".join(errors_of(error, "days").values())} if error else {},
    )


@page_post(f"{PRIVACY}/retention")
async def keep(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    form = await read_form(request)
    days = whole_number(form.text("days"), digits=5)
    try:
        await compliance.set_period(platform, actor, kind=form.text("kind"), days=-1 if days is None else days)
    except Invalid as error:
        return await _rules(request, actor, platform, form, error)
    return redirect(RULES, flash=Flash(text="The new time holds from the next tidying on."))


@page_post(f"{PRIVACY}/directory")
async def directory(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    form = await read_form(request)
    await identity.set_directory(platform, actor, form.many("fields"))
    return redirect(RULES, flash=Flash(text="What strangers are told has changed."))


ROUTES: tuple[Any, ...] = (privacy, answer, export, rules, keep, directory, *privacy_holds.ROUTES)
