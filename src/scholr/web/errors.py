"""The page that people see when something cannot be done."""

from jinja2 import TemplateNotFound
from litestar.types import Scope

from scholr.platform.http.context import request_context
from scholr.platform.http.problems import TITLES, Problem
from scholr.web.page import page_for
from scholr.web.rendering import render


def render_error(problem: Problem, scope: Scope) -> str:
    """`errors/<status>.html` where there is one, otherwise the general page; the request's shell around it."""
    context = request_context(scope)
    title = problem.title or TITLES.get(problem.status, "Error")
    page = page_for(context, scope["path"], title=title)
    known = {"problem": problem, "detail": problem.detail, "request_id": problem.request_id}
    try:
        return render(f"errors/{problem.status}.html", page=page, **known)
    except TemplateNotFound:
        return render("errors/error.html", page=page, **known)
