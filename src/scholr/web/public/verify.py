"""Verifying a certificate: for strangers, who hold nothing but a code."""

from typing import Any
from urllib.parse import quote

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.learning import facade as learning
from scholr.platform.http.api import page_get
from scholr.platform.http.given import ThePlatform
from scholr.platform.runtime import Platform
from scholr.web.page import PageRequest, redirect, show

LONGEST_CODE = 100


@page_get("/verify", public=True)
async def verify_form(request: PageRequest) -> Response[Any]:
    """The form sends its code as `?code=`, which leads to the code's own address."""
    typed = request.query_params.get("code", "").strip()[:LONGEST_CODE]
    if not typed:
        return _page(request, typed="", problem="")
    code = learning.parse_verification_code(typed)
    if code is None:
        return _page(request, typed=typed, problem="mistyped", status_code=422)
    return redirect(f"/verify/{quote(code)}")


@page_get("/verify/{code:str}", public=True)
async def verify_code(request: PageRequest, code: FromPath[str], platform: ThePlatform) -> Response[Any]:
    return await _verify(request, code[:LONGEST_CODE], platform)


async def _verify(request: PageRequest, typed: str, platform: Platform) -> Response[Any]:
    if learning.parse_verification_code(typed) is None:
        return _page(request, typed=typed, problem="mistyped", status_code=404)
    try:
        found = await learning.verify(platform, typed)
    except learning.CertificateNotFound:
        return _page(request, typed=typed, problem="unknown", status_code=404)
    state = found.state(platform.clock.now())
    return _page(request, typed=typed, problem="", paper=found, state=state.value)


def _page(
    request: PageRequest,
    *,
    typed: str,
    problem: str,
    paper: learning.VerifiedCertificate | None = None,
    state: str = "",
    status_code: int = 200,
) -> Response[Any]:
    return show(
        request,
        "public/verify.html",
        title="Verify a certificate",
        status_code=status_code,
        typed=typed,
        problem=problem,
        paper=paper,
        state=state,
    )


ROUTES: tuple[Any, ...] = (verify_form, verify_code)
