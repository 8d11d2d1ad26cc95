"""The routes of the learn area."""

from typing import Any

from scholr.web import palette
from scholr.web.learn import (
    catalogue,
    certificates,
    course,
    courses,
    enrolment,
    home,
    lesson,
    notes,
    path,
    quiz,
    quiz_results,
)

_PAGES = (home, courses, catalogue, path, course, enrolment, lesson, notes, quiz, quiz_results, certificates, palette)

ROUTES: tuple[Any, ...] = tuple(route for page in _PAGES for route in page.ROUTES)
