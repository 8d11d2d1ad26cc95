"""What kind of work a route is: the few classes that figures, objectives and alerts speak of.

A route that nobody named belongs to the class of its shape, so a new page is counted the day it is written.
`tests/platform/observability/test_route_class.py` holds that every route that is named here exists.
"""

from collections.abc import Callable

ENROL, LESSON, ANSWER, SIGN_IN, CATALOGUE = "enrol", "lesson", "answer", "sign_in", "catalogue"
PAGE, FORM, API, TRANSFER, STATIC, PROBE, OTHER = "page", "form", "api", "transfer", "static", "probe", "other"
EVENTS, MAIL = "events", "mail"
"""Not routes: looks at the age of what waits longest, see `reporter.py`."""

NAMED = {
    ("POST", "/learn/courses/{course_id}/enrol"): ENROL,
    ("POST", "/api/courses/{course_id}/enrollments"): ENROL,
    ("POST", "/api/cohorts/{cohort_id}/enrollments"): ENROL,
    ("GET", "/learn/courses/{course_id}/lessons/{lesson_id}"): LESSON,
    ("GET", "/api/lessons/{lesson_id}"): LESSON,
    ("POST", "/learn/attempts/{attempt_id}"): ANSWER,
    ("POST", "/learn/attempts/{attempt_id}/submit"): ANSWER,
    ("PUT", "/api/attempts/{attempt_id}/answers"): ANSWER,
    ("POST", "/api/attempts/{attempt_id}/submit"): ANSWER,
    ("POST", "/sign-in"): SIGN_IN,
    ("POST", "/sign-in/code"): SIGN_IN,
    ("POST", "/sign-in/passkey"): SIGN_IN,
    ("GET", "/catalogue"): CATALOGUE,
    ("GET", "/catalogue/{course_id}"): CATALOGUE,
    ("GET", "/api/courses"): CATALOGUE,
}

_PREFIXES = (
    ("/static/", STATIC),
    ("/sw.js", STATIC),
    ("/palette", STATIC),
    ("/logo/", STATIC),
    ("/health/", PROBE),
    ("/actuator/", PROBE),
    ("/metrics", PROBE),
    ("/contexts", PROBE),
    ("/media/", TRANSFER),
    ("/openapi", OTHER),
)
_WHOLE_FILES = (".csv", "/pdf", "/logo", "/import", "/imports", "{file_name}")
UNMATCHED = "unmatched"
"""Stands for every path that leads nowhere."""

TemplateFinder = Callable[[str, str], str]
"""Method and path in, route template out; UNMATCHED for a path that leads nowhere."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def class_of(method: str, template: str) -> str:
    """The class of a route; `template` is as the router has it, `/learn/courses/{course_id}`."""
    named = NAMED.get((method, template))
    if named is not None:
        return named
    if template == UNMATCHED or method not in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        return OTHER
    for prefix, found in _PREFIXES:
        if template.startswith(prefix):
            return found
    if template.endswith(_WHOLE_FILES):
        return TRANSFER
    if template.startswith("/api/"):
        return API
    return PAGE if method == "GET" else FORM
