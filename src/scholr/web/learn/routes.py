"""The routes of the learn area."""

from typing import Any

from scholr.web.learn import catalogue, course, quiz, quiz_results

ROUTES: tuple[Any, ...] = (*catalogue.ROUTES, *course.ROUTES, *quiz.ROUTES, *quiz_results.ROUTES)
