"""The routes of the teach area."""

from typing import Any

from scholr.web.teach import assessments, assessments_banks, assessments_people, assessments_questions, results

ROUTES: tuple[Any, ...] = (
    *assessments.ROUTES,
    *assessments_banks.ROUTES,
    *assessments_people.ROUTES,
    *assessments_questions.ROUTES,
    *results.ROUTES,
)
