"""Security of one's own account: password, address, second step."""

from typing import Any
from urllib.parse import urlencode

import segno
from litestar import Response

from scholr.contexts.auth import facade as auth
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.errors import DomainError
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, TheContext, ThePlatform
from scholr.platform.runtime import Platform
from scholr.web.account.profile import person_of
from scholr.web.forms import errors_of, read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.session_cookie import client_of, keep_session, session_of
from scholr.web.shell import Crumb, Flash
from scholr.web.where_next import local_or_home

SECURITY = "/account/security"
_CRUMBS = (Crumb(label="Security"),)


@page_get(SECURITY)
async def security(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    return await _security(request, actor, platform)


async def _security(
    request: PageRequest, actor: Actor, platform: Platform, error: DomainError | None = None
) -> Response[Any]:
    person_id = person_of(actor)
    async with platform.db.read(actor.tenant_id, person_id=person_id) as rx:
        person = await identity.require_person(rx, person_id)
        protection = await auth.protection_of(rx, person_id)
    return show(
        request,
        "account/security.html",
        title="Security",
        area="account",
        crumbs=_CRUMBS,
        status_code=200 if error is None else 422,
        person=person,
        protection=protection,
        shortest=auth.SHORTEST_PASSWORD,
        errors=_password_errors(error) if error else {},
    )


def _password_errors(error: DomainError) -> dict[str, str]:
    """The rules speak of `password`; on this page that field is the new one."""
    found = dict(errors_of(error, "old_password"))
    return {"new_password" if name == "password" else name: message for name, message in found.items()}


@page_post("/account/password")
async def change_password(
    request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform
) -> Response[Any]:
    form = await read_form(request)
    try:
        await auth.change_password(
            platform,
            actor,
            session_of(context),
            old=form.secret("old_password"),
            new=form.secret("new_password"),
            client=client_of(request, context),
        )
    except (auth.WrongPassword, auth.WeakPassword, auth.TooManyAttempts) as error:
        return await _security(request, actor, platform, error)
    return redirect(SECURITY, flash=Flash(text="Your password is changed. Your other devices are signed out."))


@page_post("/account/verify-email")
async def ask_for_verification(
    request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform
) -> Response[Any]:
    await auth.request_verification(platform, actor, client=client_of(request, context))
    return redirect(SECURITY, flash=Flash(text="A letter with a link is on its way to you."))


@page_get("/account/security/confirm")
async def confirm_page(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    next_path = local_or_home(request.query_params.get("next", SECURITY))
    return await _confirm_form(request, actor, platform, next_path)


async def _confirm_form(
    request: PageRequest, actor: Actor, platform: Platform, next_path: str, error: DomainError | None = None
) -> Response[Any]:
    person_id = person_of(actor)
    async with platform.db.read(actor.tenant_id, person_id=person_id) as rx:
        protection = await auth.protection_of(rx, person_id)
    return show(
        request,
        "account/confirm.html",
        title="Is it you?",
        area="account",
        crumbs=(Crumb(label="Security", href=SECURITY), Crumb(label="Is it you?")),
        status_code=200 if error is None else 422,
        next_path=next_path,
        takes_password=request.query_params.get("with") != "factor",
        has_passkey=bool(protection.passkeys),
        errors=errors_of(error, "password") if error else {},
    )


@page_post("/account/security/confirm")
async def confirm(request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform) -> Response[Any]:
    form = await read_form(request)
    next_path = local_or_home(form.text("next", SECURITY))
    try:
        started = await auth.confirm_password(
            platform,
            actor,
            session_of(context),
            email=context.viewer.email if context.viewer else "",
            password=form.secret("password"),
            client=client_of(request, context),
        )
    except (auth.WrongPassword, auth.TooManyAttempts) as error:
        return await _confirm_form(request, actor, platform, next_path, error)
    answer = redirect(next_path)
    keep_session(answer, platform, started.token, started.lasts)
    return answer


def confirm_first(next_path: str, error: auth.SignInAgain) -> Response[Any]:
    """Ask for the password or a passkey again, or for a factor where the password is not enough; then come back."""
    wanted = {"next": next_path, "with": "factor"} if isinstance(error, auth.FactorFirst) else {"next": next_path}
    return redirect(f"/account/security/confirm?{urlencode(wanted)}")


@page_get("/account/security/second-step")
async def second_step(
    request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform
) -> Response[Any]:
    try:
        return _second_step_form(request, await auth.begin_totp(platform, actor, session_of(context)))
    except auth.SignInAgain as error:
        return confirm_first("/account/security/second-step", error)


def _second_step_form(
    request: PageRequest, enrolment: auth.Enrolment, error: DomainError | None = None
) -> Response[Any]:
    return show(
        request,
        "account/second_step.html",
        title="Second step",
        area="account",
        crumbs=(Crumb(label="Security", href=SECURITY), Crumb(label="Second step")),
        status_code=200 if error is None else 422,
        secret=" ".join(enrolment.secret[at : at + 4] for at in range(0, len(enrolment.secret), 4)),
        uri=enrolment.uri,
        picture=segno.make(enrolment.uri, error="m").svg_data_uri(scale=4, border=2, dark="#000", light="#fff"),
        errors=errors_of(error, "code") if error else {},
    )


@page_post("/account/security/second-step")
async def switch_on(request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform) -> Response[Any]:
    form = await read_form(request)
    try:
        started, codes = await auth.confirm_totp(platform, actor, session_of(context), code=form.text("code"))
    except auth.SignInAgain as error:
        return confirm_first("/account/security/second-step", error)
    except auth.WrongCode as error:
        enrolment = await auth.pending_totp(platform, actor)
        return _second_step_form(request, enrolment, error) if enrolment else redirect(SECURITY)
    answer = _codes_page(request, codes, "The second step is on")
    keep_session(answer, platform, started.token, started.lasts)
    return answer


def _codes_page(request: PageRequest, codes: list[str], headline: str) -> Response[Any]:
    """Shown once; the browser is told not to keep it."""
    answer = show(
        request,
        "account/recovery_codes.html",
        title="Recovery codes",
        area="account",
        crumbs=(Crumb(label="Security", href=SECURITY), Crumb(label="Recovery codes")),
        codes=codes,
        headline=headline,
    )
    answer.headers["cache-control"] = "no-store"
    return answer


@page_post("/account/security/recovery-codes")
async def renew_codes(
    request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform
) -> Response[Any]:
    try:
        codes = await auth.renew_recovery_codes(platform, actor, session_of(context))
    except auth.SignInAgain as error:
        return confirm_first(SECURITY, error)
    return _codes_page(request, codes, "Here are your new recovery codes")


@page_post("/account/security/second-step/remove")
async def switch_off(actor: TheActor, context: TheContext, platform: ThePlatform) -> Response[Any]:
    try:
        await auth.remove_totp(platform, actor, session_of(context))
    except auth.SignInAgain as error:
        return confirm_first(SECURITY, error)
    return redirect(SECURITY, flash=Flash(text="The second step is off."))


ROUTES: tuple[Any, ...] = (
    security,
    change_password,
    ask_for_verification,
    confirm_page,
    confirm,
    second_step,
    switch_on,
    renew_codes,
    switch_off,
)
