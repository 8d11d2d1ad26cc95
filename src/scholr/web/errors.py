"""The page that people see when something cannot be done."""

from dataclasses import replace
from functools import lru_cache

from jinja2 import TemplateNotFound
from litestar.types import Scope

from scholr.platform.http.context import Brand, RequestContext, request_context
from scholr.platform.http.problems import TITLES, Problem
from scholr.platform.ratelimit.errors import RateLimited
from scholr.web.page import page_for
from scholr.web.rendering import render

_NONCE, _REQUEST = "@nonce@", "@request@"


def render_error(problem: Problem, scope: Scope) -> str:
    """`errors/<status>.html` where there is one, otherwise the general page; the request's shell around it."""
    context = request_context(scope)
    if problem.code == RateLimited.code and context.viewer is None:
        minute = context.received_at.strftime("%F %H:%M")
        page = _too_fast(problem.detail, minute, context.brand, _Unhashed(problem, context))
        return page.replace(_NONCE, context.nonce).replace(_REQUEST, context.request_id)
    return _rendered(problem, context, scope["path"])


def _rendered(problem: Problem, context: RequestContext, path: str) -> str:
    title = problem.title or TITLES.get(problem.status, "Error")
    page = page_for(context, path, title=title)
    known = {"problem": problem, "detail": problem.detail, "request_id": problem.request_id}
    try:
        return render(f"errors/{problem.status}.html", page=page, **known)
    except TemplateNotFound:
        return render("errors/error.html", page=page, **known)


class _Unhashed:
    """What the page is made of the first time; any other of the same sentence and minute makes the same page."""

    def __init__(self, problem: Problem, context: RequestContext) -> None:
        self.problem = replace(problem, request_id=_REQUEST)
        self.context = replace(context, given_nonce=_NONCE, request_id=_REQUEST)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Unhashed)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=32)
def _too_fast(_sentence: str, _minute: str, _brand: Brand | None, made_of: _Unhashed) -> str:
    """Refusing a flood costs no rendering: a page takes milliseconds, and a refusal tenths of one."""
    return _rendered(made_of.problem, made_of.context, "/")
