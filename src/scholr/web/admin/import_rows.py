"""Mending one row of a file before it is imported: take the value that is offered, type another, or leave it out."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.enrollment import facade as enrollment
from scholr.kernel.actor import Actor
from scholr.kernel.errors import DomainError, ErrorKind
from scholr.platform.http.api import page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.web.admin.import_pages import IMPORTS
from scholr.web.forms import Form, read_form
from scholr.web.page import PageRequest, redirect
from scholr.web.shell import Flash

COLUMNS = ("email", "name", "role", "cohort", "course")


@page_post("/admin/import/{import_id:uuid}/rows/{row:int}")
async def mend(
    request: PageRequest, import_id: FromPath[UUID], row: FromPath[int], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    form = await read_form(request)
    try:
        await _apply(platform, actor, import_id, row, form)
    except DomainError as error:
        if error.kind is not ErrorKind.CONFLICT:
            raise
        return redirect(f"{IMPORTS}/{import_id}", flash=Flash(text=error.message))
    show = form.text("show")
    return redirect(f"{IMPORTS}/{import_id}" + (f"?show={show}" if show.isalpha() and show != "error" else ""))


async def _apply(platform: Platform, actor: Actor, import_id: UUID, row: int, form: Form) -> None:
    """`do` is leave_out, prefer, `fix:<column>` for the value that was offered, or anything else for what was typed."""
    action, _, column = form.text("do").partition(":")
    if action == "leave_out":
        await enrollment.leave_out_import_row(platform, actor, import_id=import_id, row=row)
    elif action == "prefer":
        await enrollment.prefer_import_row(platform, actor, import_id=import_id, row=row)
    else:
        typed = {name: form.text(name)[:300] for name in COLUMNS if form.checked(name)}
        offered = {column: form.text(f"fix-{column}")[:300]} if action == "fix" and column in COLUMNS else {}
        await enrollment.mend_import_row(platform, actor, import_id=import_id, row=row, values={**typed, **offered})


ROUTES = (mend,)
