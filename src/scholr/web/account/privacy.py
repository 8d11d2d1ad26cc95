"""One's own data: what is held, taking it along, agreeing and objecting, asking for a correction or an erasure."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath
from litestar.response import Redirect, Stream

from scholr.contexts.compliance import facade as compliance
from scholr.contexts.compliance.facade import RequestKind
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Invalid
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.web.forms import Form, errors_of, read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.privacy_words import KINDS
from scholr.web.shell import Crumb, Flash

PRIVACY = "/account/privacy"

# What can be asked for, as a choice and what it means.
ASKED = {
    RequestKind.CORRECTION: ("Something about me is wrong", "Say what, and how it should read."),
    RequestKind.ERASURE: (
        "Forget me",
        "Your words and your name go for good, and so does your way in. Grades and progress stay as figures of nobody."
        " Take your file first.",
    ),
    RequestKind.OBJECTION: ("I object to something that you do with it", "Say what should stop, and why."),
}


@page_get(PRIVACY)
async def privacy(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    return await _privacy(request, actor, platform)


async def _privacy(
    request: PageRequest, actor: Actor, platform: Platform, form: Form | None = None, error: Invalid | None = None
) -> Response[Any]:
    own = await compliance.own_rights(platform, actor)
    decided = {purpose: choice.given for purpose, choice in own.choices.items()}
    in_directory = "name" in own.directory and decided.get("directory", True)
    return show(
        request,
        "account/privacy.html",
        title="Privacy",
        area="account",
        crumbs=(Crumb(label="Privacy"),),
        status_code=200 if error is None else 422,
        own=own,
        name_shown=decided.get("certificate_name", in_directory),
        told=decided.get("directory", True),
        purposes=identity.PURPOSES,
        running=any(export.state == "running" for export in own.exports),
        now=platform.clock.now(),
        asked=[(str(kind), label, sub) for kind, (label, sub) in ASKED.items()],
        kinds=KINDS,
        form_kind=form.text("kind") if form else str(RequestKind.CORRECTION),
        form_wish=form.text("wish") if form else "",
        errors=errors_of(error, "wish") if error else {},
    )


@page_post(f"{PRIVACY}/choices")
async def choose(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    form = await read_form(request)
    for purpose in identity.PURPOSES:
        if form.checked(f"asked_{purpose}"):
            await identity.choose(platform, actor, purpose=purpose, given=form.checked(purpose))
    return redirect(PRIVACY, flash=Flash(text="Your choice is kept, and holds from now on."))


@page_post(f"{PRIVACY}/exports")
async def ask(actor: TheActor, platform: ThePlatform) -> Response[Any]:
    begun = await compliance.ask_for_export(platform, actor)
    said = "The file is being made." if begun else "One is being made already."
    return redirect(PRIVACY, flash=Flash(text=f"{said} You get a letter when it is there."))


@page_get(f"{PRIVACY}/exports/{{export_id:uuid}}", media_type="application/octet-stream")
async def fetch(export_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Stream | Redirect:
    """A store that signs hands the file out itself, for five minutes; a local one lets it pass through here."""
    found = await compliance.fetch_export(platform, actor, export_id)
    if found.pieces is None:
        return Redirect(found.address, status_code=303)
    headers = {
        "content-disposition": 'attachment; filename="my-data.zip"',
        "content-length": str(found.size),
        "cache-control": "private, no-store",
    }
    return Stream(found.pieces, media_type="application/zip", headers=headers)


@page_post(f"{PRIVACY}/requests")
async def make_request(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    form = await read_form(request)
    try:
        kind = _kind(form.text("kind"))
        await compliance.make_request(platform, actor, kind=kind, wish=form.text("wish"))
    except Invalid as error:
        return await _privacy(request, actor, platform, form, error)
    return redirect(PRIVACY, flash=Flash(text="Your request has reached the administrators."))


def _kind(text: str) -> RequestKind:
    try:
        return RequestKind(text)
    except ValueError:
        raise compliance.InvalidRequest(fields={"kind": "choose what you ask for"}) from None


ROUTES: tuple[Any, ...] = (privacy, choose, ask, fetch, make_request)
